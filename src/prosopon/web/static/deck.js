// The questions: one at a time, always in the same place. The next ones are loaded while one is asked.

import { caughtUp, load, refresh } from "./desk.js";
import { count, focus } from "./items.js";
import { _ } from "./translate.js";

const answered = new Map();
const deck = () => document.querySelector(".deck");
let waiting = Promise.resolve();

document.addEventListener("deciding", ({ detail: [item] }) => {
  if (!item?.classList.contains("question")) return;
  const focused = item.nextElementSibling;
  answered.set(item.dataset.key, item);
  item.remove();
  if (focused) focus(focused);
  else deck().append(Object.assign(document.createElement("p"), { className: "soft wait", textContent: _("Looking for the next question …") }));
});

document.addEventListener("decided", ({ detail: { answer, concerned: [item] } }) => {
  if (!item?.classList.contains("question")) return;
  if (!answer) show(item);
  else waiting = waiting.then(refill); // one after the other, so that the last one counts
});

document.addEventListener("undone", ({ detail }) => {
  const id = detail.join(" ");
  const back = [...answered.values()].find((item) => item.dataset.decisions === id);
  if (back) show(back);
  else if (deck()) refresh();
});

document.addEventListener("news", ({ detail: { settled } }) => {
  const [now] = deck().querySelectorAll(":scope > .question");
  if (settled && now && !now.querySelector(".who input")?.value) { // somebody else has answered it
    now.remove();
    focus(deck().querySelector(".question"));
  }
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
  const [now] = deck().querySelectorAll(":scope > .question");
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

/** Whether a question was answered here, so that it is only still there by a hair. */
const recent = (item) => answered.has(item.dataset.key) && !answered.get(item.dataset.key).dataset.decisions;
