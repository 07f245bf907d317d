// Names complete as one types: a combobox after the ARIA Authoring Practices.

import { _ } from "./translate.js";

const field = (target) => target.closest?.(".who");
let asked = 0;
const LONGEST = 500; // letters of a name; no more are looked up
let answering = null; // the list being looked up

/** What is chosen in the name field of `scope`: a person, or a name, or nothing. */
export function chosenName(scope) {
  const input = [...scope.querySelectorAll(".who input")].find((it) => it.value.trim());
  if (!input) return {};
  if (input.dataset.person) return { person: input.dataset.person, name: input.value };
  return { name: input.value, ...(input.dataset.fresh ? { fresh: true } : {}) };
}

/** Empty the name fields of `scope`, for the next name. Returns what puts the names back. */
export function clearName(scope) {
  const before = [...scope.querySelectorAll(".who input")].map((input) => [input, input.value, { ...input.dataset }]);
  for (const [input] of before) {
    input.value = "";
    forget(input);
  }
  return () => {
    for (const [input, value, data] of before) {
      input.value = value;
      Object.assign(input.dataset, data);
    }
  };
}

function forget(input) {
  delete input.dataset.person;
  delete input.dataset.fresh;
  close(input);
}

function close(input) {
  const list = field(input).querySelector("ul");
  list.hidden = true;
  list.replaceChildren();
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}

/** Offer persons for what is typed; for nothing, those named last. The first is what Enter takes. */
async function suggest(input) {
  forget(input);
  const text = input.value.trim();
  const turn = ++asked;
  let people = [];
  try {
    people = await (await fetch(`/names?q=${encodeURIComponent([...text].slice(0, LONGEST).join(""))}`)).json();
  } catch { /* a name can be typed all the same */ }
  if (turn !== asked || document.activeElement !== input) return; // typed on, or left
  const same = people.some((person) => person.name.toLowerCase() === text.toLowerCase());
  const list = field(input).querySelector("ul");
  list.replaceChildren(...people.map((person, row) => option(list, row, person)));
  if (text && !("noNew" in input.dataset)) {
    const label = same ? _("Somebody else named “%(name)s”", { name: text }) : _("New person “%(name)s”", { name: text });
    list.append(option(list, people.length, { name: label, about: "", fresh: true, begins: true }));
  }
  const first = text ? people.findIndex((person) => person.begins) : -1;
  if (text) mark(input, first >= 0 ? first : list.querySelector("[data-fresh]") ? people.length : -1);
  list.hidden = !list.children.length;
  list.classList.toggle("below", input.getBoundingClientRect().top < 380);
  input.setAttribute("aria-expanded", String(!list.hidden));
}

function option(list, row, person) {
  const item = document.createElement("li");
  item.role = "option";
  item.id = `${list.id}-${row}`;
  item.ariaSelected = "false";
  if (person.id) item.dataset.person = person.id;
  if (person.fresh) item.dataset.fresh = "true";
  if (person.face) {
    const picture = document.createElement("img");
    picture.src = `/faces/${person.face}.jpg?of=${document.querySelector("meta[name=picture-key]").content}`;
    picture.alt = "";
    item.append(picture);
  }
  const text = document.createElement("span");
  const name = document.createElement("bdi");
  name.textContent = person.name;
  const about = document.createElement("small");
  about.textContent = person.about;
  text.append(name, about);
  item.append(text);
  return item;
}

/** Mark the option that Enter takes. */
function mark(input, row) {
  const options = [...field(input).querySelectorAll("li")];
  options.forEach((it, place) => { it.ariaSelected = String(place === row); });
  if (options[row]) input.setAttribute("aria-activedescendant", options[row].id);
}

function choose(input, item) {
  if (item.dataset.person) {
    input.value = item.querySelector("bdi").textContent;
    input.dataset.person = item.dataset.person;
  } else {
    input.dataset.fresh = "true";
  }
  close(input);
}

function move(input, step) {
  const options = [...field(input).querySelectorAll("li")];
  if (!options.length) return;
  const now = options.findIndex((it) => it.ariaSelected === "true");
  const then = (now + step + options.length + (now < 0 && step < 0 ? 1 : 0)) % options.length;
  mark(input, then);
  options[then].scrollIntoView({ block: "nearest" });
}

/** A key in a name field. Enter calls `submit`, once what was typed is looked up. */
export function keyInName(event, submit) {
  const input = event.target;
  const marked = () => field(input).querySelector("ul:not([hidden]) li[aria-selected=true]");
  const open = !field(input).querySelector("ul").hidden;
  const chosen = marked();
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    if (open) move(input, step);
    else lookUp(input).then(() => move(input, step));
  } else if (event.key === "Tab" && open && chosen) {
    choose(input, chosen);
    event.preventDefault();
  } else if (event.key === "Enter" && !event.isComposing) {
    event.preventDefault();
    const take = () => {
      if (marked()) choose(input, marked());
      close(input);
      submit();
    };
    if (answering) holdKeys(answering, take); // typed faster than it was looked up
    else take();
  } else if (event.key === "Escape" && open) {
    close(input);
    event.stopPropagation();
    event.preventDefault();
  }
}

function lookUp(input) {
  const now = suggest(input).finally(() => { if (answering === now) answering = null; });
  answering = now;
  return now;
}

/** Act after `waiting`; keys pressed until then count after that, wherever the focus is by then. */
async function holdKeys(waiting, act) {
  const keys = [];
  const hold = (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    keys.push(event);
  };
  document.addEventListener("keydown", hold, true);
  try {
    await waiting;
  } finally {
    document.removeEventListener("keydown", hold, true);
  }
  act();
  keys.forEach(pressAgain);
}

function pressAgain({ key, code, shiftKey }) {
  const event = new KeyboardEvent("keydown", { key, code, shiftKey, bubbles: true, cancelable: true });
  if (!document.activeElement.dispatchEvent(event)) return;
  if (!document.activeElement.matches("input:not([type=checkbox]), textarea")) return;
  if ([...key].length === 1) document.execCommand("insertText", false, key);
  else if (key === "Backspace") document.execCommand("delete");
}

document.addEventListener("input", ({ target }) => { if (field(target)) lookUp(target); });
/** For the mouse alone: the names used last, where they do not stand beside the field. */
document.addEventListener("click", ({ target }) => {
  if (field(target) && target.matches("input") && !target.value && !target.closest("[data-scope]")?.querySelector(".recent")) lookUp(target);
});
document.addEventListener("focusout", ({ target }) => {
  if (field(target)) setTimeout(() => { if (document.activeElement !== target) close(target); }, 150);
});
document.addEventListener("mousedown", (event) => {
  const item = event.target.closest?.(".who li");
  if (!item) return;
  event.preventDefault(); // the field keeps the focus
  choose(field(item).querySelector("input"), item);
});
