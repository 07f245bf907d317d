// The keyboard presses what can be seen: the button with that key in the current item, else on the page.

import { takeBack } from "./desk.js";
import { count, current, decide, focus, items, press, pressAll, tickGroup, waits } from "./items.js";
import { keyInName } from "./names.js";
import { closePreview, preview } from "./photo.js";

const ALIASES = { Enter: "y", Delete: "n", Backspace: "n" };
const ON_FACE = { i: ["ignore", "Ignored"], x: ["not-a-face", "Not a face"] };
const TYPED = "input:not([type=checkbox]), textarea, select";

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  const { target } = event;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
    if (target.matches(TYPED) && target.value) return; // the field's own
    event.preventDefault();
    takeBack();
  } else if (event.ctrlKey || event.metaKey || event.altKey) {
    return;
  } else if (target.closest(".who")) {
    inName(event);
  } else if (target.matches(TYPED)) {
    if (event.key === "Escape") focus(current());
  } else if (event.key === " " && closePreview()) {
    event.preventDefault();
  } else if (!document.querySelector("dialog[open]")) {
    if (onPage(event)) event.preventDefault();
  }
});

function inName(event) {
  if (event.key === "Escape" && event.target.getAttribute("aria-expanded") !== "true") {
    focus(event.target.closest("[data-item]") ?? current());
    return;
  }
  if (keyInName(event)) {
    const scope = event.target.closest("[data-scope], [data-item], dialog");
    scope.querySelector("[data-with=name]")?.click();
  }
}

/** Whether the key meant something. */
function onPage(event) {
  const native = event.target.closest("a, button, summary") !== null;
  const item = current();
  switch (event.key) {
    case "?": document.getElementById("help").showModal(); return true;
    case "/": document.getElementById("search").focus(); return true;
    case " ": return !native && preview(item);
    case "ArrowRight": case "j": return step(1);
    case "ArrowLeft": case "k": return step(-1);
    case "ArrowDown": return native ? false : row(1);
    case "ArrowUp": return native ? false : row(-1);
  }
  if (native && event.key === "Enter" && !event.shiftKey) return false;
  const key = event.key === "Enter" && event.shiftKey ? "page" : ALIASES[event.key] ?? event.key.toLowerCase();
  return pressKey(key, item);
}

function pressKey(key, item) {
  const chosen = `[data-k="${CSS.escape(key)}"]:not(:disabled)`;
  const question = item?.closest(".question"); // its keys go before those of its faces
  const own = (question ?? item)?.querySelector(chosen);
  if (own) return act(own);
  if (key === "t" && item?.classList.contains("face")) return tick(item, null);
  if (key === "g") return group(item);
  if (key === "m" && item?.querySelector(".who input")) return act(item.querySelector(".who input"));
  if (!question && item?.classList.contains("face") && onFace(key, item)) return true;
  const shown = [...document.querySelectorAll(`main ${chosen}`)]
    .find((it) => it.offsetParent !== null && (!it.closest("[data-item]") || it.closest("[data-item]") === item));
  if (shown) return act(shown);
  return key === "s" && step(1); // where nothing is asked, not sure is: go on
}

/** Keys on a face of a sheet: tick, untick, or decide on this face alone. */
function onFace(key, item) {
  const face = Number(item.dataset.faces);
  const person = item.closest("[data-not]")?.dataset.not;
  const said = { faces: [face], ...(waits(item) && { waiting: true }) };
  if (key === "n" && person) {
    decide("reject", { ...said, person }, [item], "Not this person");
  } else if (key in ON_FACE && face) {
    decide(ON_FACE[key][0], said, [item], ON_FACE[key][1]);
  } else if (key === "y" || key === "n") {
    return tick(item, key === "y");
  } else {
    return false;
  }
  return true;
}

/** Tick a face or not (null: the other way round) and go on. */
function tick(item, ticked) {
  const box = item.querySelector("input[name=face]");
  if (!box) return false;
  box.checked = ticked ?? !box.checked;
  count();
  step(1);
  return true;
}

/** Tick or un-tick the group that an item is in, else the last group of a question. */
function group(item) {
  const place = item?.closest(".group") ?? [...(item?.querySelectorAll(".group") ?? [])].at(-1);
  const box = place?.querySelector("[data-group]");
  if (!box) return false;
  tickGroup(place, !box.checked);
  return true;
}

function act(place) {
  if (place.matches(TYPED)) place.focus();
  else place.click();
  return true;
}

function step(by) {
  const open = items();
  const now = open.indexOf(current());
  focus(open[Math.min(Math.max(now + by, 0), open.length - 1)]);
  return open.length > 0;
}

/** To the item above or below in a grid. */
function row(by) {
  const from = current()?.getBoundingClientRect();
  if (!from) return false;
  const places = items().map((it) => [it, it.getBoundingClientRect()]);
  const beyond = places.filter(([, at]) => (by > 0 ? at.top >= from.bottom - 2 : at.bottom <= from.top + 2));
  const distance = ([, at]) => Math.abs(at.top - from.top) * 4 + Math.abs(at.left - from.left);
  const nearest = beyond.sort((a, b) => distance(a) - distance(b))[0];
  if (!nearest) return false;
  focus(nearest[0]);
  return true;
}

document.addEventListener("click", (event) => {
  const whole = event.target.closest("[data-page]");
  if (whole) {
    const list = document.getElementById(whole.dataset.page);
    pressAll(list.querySelectorAll("[data-item]:not(.done) [data-post=yes]"));
    return;
  }
  const button = event.target.closest("[data-post]");
  if (button) { event.preventDefault(); press(button); return; }
  const look = event.target.closest("[data-look]");
  if (look) { event.preventDefault(); preview(look.closest("[data-item]")); }
});
