// The questions: one at a time, always in the same place. The next ones are loaded while one is asked.

import { caughtUp, load, refresh, say } from "./desk.js";
import { count, focus } from "./items.js";
import { _ } from "./translate.js";

const answered = new Map();
const deck = () => document.querySelector(".deck");
/** Milliseconds for which keys count for nothing after the question has changed by itself. */
const STILL = 800;
let still = 0;
const faces = (question) => [...question.querySelectorAll("input[name=face]")];
let waiting = Promise.resolve();

document.addEventListener("deciding", ({ detail: [item] }) => {
  if (!item?.classList.contains("question")) return;
  answered.set(item.dataset.key, item);
  item.remove();
  const settled = new Set(faces(item).filter((box) => box.checked).map((box) => box.value));
  for (const other of deck().querySelectorAll(":scope > .question")) { // asked about the same in other company
    if (faces(other).every((box) => settled.has(box.value))) other.remove();
  }
  const focused = deck().querySelector(":scope > .question");
  if (focused) focus(focused);
  else deck().append(Object.assign(document.createElement("p"), { className: "soft wait", textContent: _("Looking for the next question …") }));
});

document.addEventListener("decided", ({ detail: { answer, concerned: [item] } }) => {
  if (!item?.classList.contains("question")) return;
  if (!answer) show(item);
  waiting = waiting.then(refill); // one after the other, so that the last one counts
});

document.addEventListener("undone", ({ detail }) => {
  const id = detail.join(" ");
  const back = [...answered.values()].find((item) => item.dataset.decisions === id);
  if (back) show(back);
  else if (deck()) refresh();
});

document.addEventListener("news", ({ detail: { settled } }) => {
  const [now] = deck().querySelectorAll(":scope > .question");
  if (settled && now) takeAway(now);
  waiting = waiting.then(refill);
});

function show(item) {
  answered.delete(item.dataset.key);
  item.classList.remove("done");
  deck().querySelector(`:scope > [data-key="${CSS.escape(item.dataset.key)}"]`)?.remove();
  deck().querySelector(".wait")?.remove();
  deck().prepend(item);
  focus(item);
}

/** Bring the questions behind the present one up to date with what was answered. */
async function refill() {
  const fresh = (await load(location.href))?.querySelector(".deck");
  if (!fresh) return;
  caughtUp(Number(fresh.ownerDocument.body.dataset.log));
  let now = deck().querySelector(":scope > .question");
  if (now && !fresh.querySelector(`[data-key="${CSS.escape(now.dataset.key)}"]`) && await isSettled(now) && takeAway(now)) now = null;
  const left = [...fresh.children].filter((it) => !(now && it.dataset.key === now.dataset.key) && !recent(it));
  if (now) {
    while (now.nextSibling) now.nextSibling.remove();
    now.after(...left.filter((it) => it.classList.contains("question")));
    const names = fresh.querySelector(".recent");
    if (names) now.querySelector(".recent")?.replaceWith(names.cloneNode(true));
  } else {
    deck().replaceChildren(...left);
    focus(deck().querySelector(".question"));
  }
  for (const figure of document.querySelectorAll("[data-figure]")) {
    const same = fresh.ownerDocument.querySelector(`[data-figure="${figure.dataset.figure}"]`);
    if (same) figure.replaceWith(document.importNode(same, true));
  }
  count();
}

/** Take away a question that is answered already, unless somebody is typing; whether it is gone.
    Keys pressed just then were meant for it, not for the one that comes in its place. */
function takeAway(question) {
  if (!question.isConnected || question.querySelector(".who input")?.value) return false;
  question.remove();
  still = performance.now() + STILL;
  focus(deck().querySelector(".question"));
  say(_("This question is answered already; here is the next one."));
  return true;
}

document.addEventListener("keydown", (event) => {
  if (performance.now() > still || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

/** Whether nobody needs to be asked about any of its faces any more. */
async function isSettled(question) {
  const asking = faces(question).map((box) => box.value).join("+");
  try {
    return (await (await fetch(`/pulse?since=${document.body.dataset.log}&asking=${asking}`)).json()).settled;
  } catch { return false; }
}

/** Whether a question was answered here, so that it is only still there by a hair. */
const recent = (item) => answered.has(item.dataset.key) && !answered.get(item.dataset.key).dataset.decisions;
