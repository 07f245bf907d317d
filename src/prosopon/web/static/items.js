// Items: whatever a decision is on. A face, a cluster, a question. A button in an item decides on it.
//
//   [data-item]   data-key, data-faces ("12 13"), data-cluster, data-person, data-photo
//   button        data-post: the action; data-k: "enter", or its letter with Alt; data-person; data-of: "ticked" or "unticked"
//   checkboxes    input[name=face]; those of the nearest [data-scope] count

import { go, post, refresh, together } from "./desk.js";
import { chosenName, clearName } from "./names.js";
import { ngettext } from "./translate.js";

const OPEN = "[data-item]:not(.done)";

export const items = () => [...document.querySelectorAll(`main ${OPEN}`)].filter((it) => it.offsetParent !== null);
export const current = () =>
  document.activeElement?.closest(OPEN) ?? document.querySelector(`main .now${OPEN}`) ?? items()[0];

/** Put the focus on an item without moving the view more than it must; `still`: not at all. */
export function focus(item, { still = false } = {}) {
  if (!item) return;
  const place = item.classList.contains("face") ? item.querySelector("input[name=face]") ?? item
    : item.querySelector("[data-first]") ?? item;
  place.tabIndex = 0;
  place.focus({ preventScroll: true });
  if (still) return;
  if (item.matches(".question")) { // the next stands where the last stood; up to it only where it began above
    if (item.getBoundingClientRect().top < 0) item.scrollIntoView();
  } else if (item.offsetHeight < innerHeight) item.scrollIntoView({ block: "nearest" });
}

document.addEventListener("focusin", ({ target }) => {
  const item = target.closest("[data-item]");
  if (!item) return;
  for (const other of document.querySelectorAll("main .now")) other.classList.remove("now");
  item.classList.add("now");
  const drawn = document.querySelector(`.box[data-face="${item.dataset.faces}"]`);
  for (const box of document.querySelectorAll(".box")) box.classList.toggle("now", box === drawn);
});

const ticks = (scope, ticked) =>
  [...scope.querySelectorAll(`${OPEN} input[name=face], .question input[name=face]`)]
    .filter((box) => box.checked === ticked).map((box) => Number(box.value));
const listed = (item) => (item?.dataset.faces ?? "").split(" ").filter(Boolean).map(Number);

/** Whether faces are shown because they have no name; the server leaves out those that got one since. */
export const waits = (item) => Boolean(item ? item.closest("[data-waiting]") : document.querySelector("#main [data-waiting]"));

/** What a button's action is on, as the server wants it. */
function body(button) {
  const item = button.closest("[data-item]");
  const scope = button.closest("[data-scope]") ?? item ?? document.getElementById("main");
  const said = button.dataset.with === "name" ? chosenName(scope) : {};
  if ("optional" in button.dataset) delete said.person; // a name of its own, not somebody's
  const person = button.dataset.person ?? (said.name || said.person ? null : item?.dataset.person);
  if (person) said.person = person;
  if (button.dataset.of) {
    const all = document.getElementById("main");
    said.faces = ticks(all, button.dataset.of === "ticked");
    if (!all.querySelector(".pick")) said.others = ticks(all, button.dataset.of !== "ticked");
  } else if (scope.querySelector("input[name=face]") && !item?.classList.contains("face")) {
    said.faces = ticks(scope, true);
    said.others = ticks(scope, false);
  } else if (item?.dataset.cluster) {
    said.cluster = Number(item.dataset.cluster);
  } else {
    said.faces = listed(item);
  }
  if (item?.dataset.question) said.question = item.dataset.question;
  if (waits(item)) said.waiting = true;
  if (scope.querySelector("input[name=doubtful]")?.checked) said.doubtful = true;
  return said;
}

/** Do what a button says; the item answers at once and the focus goes on. */
export async function press(button) {
  const said = body(button);
  if (button.dataset.of && !said.faces.length) return; // disabled, but for a moment
  if (button.dataset.with === "name" && !("optional" in button.dataset) && !said.name && !said.person) {
    (button.closest("[data-scope], [data-item]") ?? document).querySelector(".who input")?.focus();
    return;
  }
  const whole = button.dataset.of || button.closest(".bar");
  const concerned = whole
    ? items().filter((item) => listed(item).some((face) => said.faces.includes(face)))
    : [button.closest("[data-item]")];
  const putBack = button.dataset.with === "name" ? clearName(button.closest("[data-scope]")) : () => {};
  const outcome = said.name ?? button.dataset.outcome ?? button.textContent.trim();
  const answer = await decide(button.dataset.post, said, concerned, outcome);
  if (!answer) putBack();
  return answer;
}

/** Do what several buttons say, one after another, to be taken back together. */
export async function pressAll(buttons) {
  let done = 0;
  for (const button of buttons) done += (await press(button)) ? 1 : 0;
  if (done > 1) together(done);
}

/** Post a decision on items, which show it at once and come back if it fails. */
export async function decide(action, said, concerned, outcome) {
  const question = concerned[0]?.classList.contains("question");
  const after = question ? null : next(concerned);
  for (const item of concerned) mark(item, outcome);
  if (!question) focus(after);
  document.dispatchEvent(new CustomEvent("deciding", { detail: concerned }));
  const answer = await post(action, said);
  for (const item of concerned) {
    if (answer) item.dataset.decisions = answer.decisions.join(" ") || (said.question ?? "");
    else unmark(item);
  }
  count();
  document.dispatchEvent(new CustomEvent("decided", { detail: { answer, concerned } }));
  if (answer && !question && !items().length) await onward();
  return answer;
}

async function onward() {
  const next = document.querySelector("#main > [data-next]")?.dataset.next;
  if (next) go(next);
  else await refresh();
}

function mark(item, outcome) {
  item.classList.add("done");
  const place = item.querySelector(".outcome");
  if (place) place.textContent = outcome;
}

function unmark(item) {
  item.classList.remove("done");
  delete item.dataset.decisions;
}

/** The item after those, else the one before. */
function next(concerned) {
  const open = items();
  const last = open.indexOf(concerned.at(-1));
  return open.slice(last + 1).find((item) => !concerned.includes(item))
    ?? open.slice(0, last).reverse().find((item) => !concerned.includes(item));
}

/** Say how many faces are ticked, where the page has a bar. */
export function count() {
  const main = document.getElementById("main");
  for (const output of document.querySelectorAll("output[data-of]")) {
    const number = ticks(main, output.dataset.of === "ticked").length;
    output.textContent = output.dataset.of === "ticked"
      ? ngettext("%(number)s ticked", "%(number)s ticked", number) : ngettext("%(number)s not ticked", "%(number)s not ticked", number);
    for (const button of document.querySelectorAll(`.bar button[data-of=${output.dataset.of}]`)) button.disabled = !number;
    if (output.dataset.of === "ticked") output.closest(".bar").classList.toggle("idle", !number && main.querySelector(".pick") !== null);
  }
}

/** Tick or un-tick all faces of a group, as its first box is or is not. */
export function tickGroup(group, ticked) {
  for (const box of group.querySelectorAll("input[type=checkbox]")) box.checked = ticked;
  count();
}

document.addEventListener("change", ({ target }) => {
  if ("group" in target.dataset) tickGroup(target.closest(".group"), target.checked);
  else if (target.name === "face") count();
});
document.addEventListener("refreshed", ({ detail }) => {
  count();
  focus(document.querySelector(`main [data-key="${CSS.escape(detail ?? "")}"]`) ?? items()[0]);
});
document.addEventListener("undone", async ({ detail }) => {
  const back = [...document.querySelectorAll("main .done")]
    .filter((it) => it.dataset.decisions?.split(" ").some((id) => detail.includes(id)));
  back.forEach(unmark);
  count();
  if (back.length) focus(back[0]);
  else if (!document.querySelector(".deck")) await refresh();
});
