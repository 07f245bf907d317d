// The keyboard. Letters are always the beginning of a name; what settles faces takes Enter or Alt.
//
//   Enter          the button with data-k="enter" of the current item, else ticks a face
//   Alt + letter   the button with data-k of that letter: of the current item, else of the page
//   1 to 9         a name used last, only where the names stand beside the faces: in the item
//   a letter       goes to the name field of the current item, else of the page

import { say, takeBack } from "./desk.js";
import { count, current, decide, focus, items, press, pressAll, tickGroup, waits } from "./items.js";
import { keyInName } from "./names.js";
import { closePreview, preview } from "./preview.js";
import { _ } from "./translate.js";

const ON_FACE = { i: ["ignore", _("Ignored")], x: ["not-a-face", _("Not a face")] };
const TYPED = "input:not([type=checkbox]), textarea, select";
const LETTER = /^[\p{L}\p{M}]$/u;
const COMPOSING = ["Dead", "Process"]; // an accent, or the first key of an input method
const OPTION_TYPES = /Mac|iP(hone|ad)/.test(navigator.platform);

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  const { target } = event;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
    if (target.matches(TYPED) && target.value) return; // the field's own
    event.preventDefault();
    takeBack();
  } else if ((event.ctrlKey || event.metaKey) && !typesWithAlt(event)) {
    return;
  } else if (event.altKey && !typesWithAlt(event)) {
    if (!document.querySelector("dialog[open]") && withAlt(event)) event.preventDefault();
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

/** Whether Alt is a part of typing: AltGr is, which Windows tells as Ctrl with Alt, and a Mac's Option in a field. */
function typesWithAlt(event) {
  return event.getModifierState("AltGraph") || (OPTION_TYPES && !event.ctrlKey && !event.metaKey && event.target.matches(TYPED));
}

function inName(event) {
  if (event.key === "Escape" && event.target.getAttribute("aria-expanded") !== "true") {
    focus(event.target.closest("[data-item]") ?? current());
    return;
  }
  const scope = event.target.closest("[data-scope], [data-item], dialog");
  keyInName(event, () => {
    const button = scope.querySelector("[data-with=name]");
    if (button?.disabled) say(_("Nothing is ticked: tick the faces first, with Space or the mouse."), { error: true });
    else button?.click();
  });
}

/** Whether the key meant something. */
function onPage(event) {
  const native = event.target.closest("a, button, summary") !== null;
  const item = current();
  switch (event.key) {
    case "?": document.getElementById("help").showModal(); return true;
    case "/": document.getElementById("search").focus(); return true;
    case " ": return !native && !event.target.matches("[type=checkbox]") && preview(item);
    case "ArrowRight": return step(1);
    case "ArrowLeft": return step(-1);
    case "ArrowDown": return native ? false : row(1);
    case "ArrowUp": return native ? false : row(-1);
    case "Enter":
      if (event.shiftKey) return pressShown("page", item);
      return !native && enter(item);
  }
  if (/^[1-9]$/.test(event.key)) return pressIn(item, event.key);
  if (LETTER.test(event.key) || COMPOSING.includes(event.key)) typeName(item); // the field gets the letter itself
  return false;
}

/** The main answer of an item; on a face of a sheet: it belongs. */
function enter(item) {
  return pressIn(item, "enter") || (item?.classList.contains("face") && tick(item, true));
}

/** Put the focus where a name is typed: beside the faces, else in the page's bar. */
function typeName(item) {
  const scope = item?.closest(".question, .card, [data-scope]") ?? item;
  const field = scope?.querySelector(".who input") ?? document.querySelector("main .bar .who input");
  field?.focus();
}

/** A letter with Alt, told by its place on the keyboard where Alt makes it another sign. */
function withAlt(event) {
  const key = /^Key[A-Z]$/.test(event.code) ? event.code.at(-1).toLowerCase() : event.key.toLowerCase();
  const item = current();
  const question = item?.closest(".question"); // its keys go before those of its faces
  if (pressIn(question ?? item, key)) return true;
  if (key === "p") return preview(item);
  if (key === "t") return Boolean(item?.classList.contains("face")) && tick(item, null);
  if (key === "g") return group(item);
  if (!question && item?.classList.contains("face") && onFace(key, item)) return true;
  return pressShown(key, item) || (key === "s" && step(1)); // where nothing is asked: go on
}

const chosen = (key) => `[data-k="${CSS.escape(key)}"]:not(:disabled)`;

function pressIn(item, key) {
  const own = (item?.closest(".question") ?? item)?.querySelector(chosen(key));
  return Boolean(own) && act(own);
}

function pressShown(key, item) {
  const shown = [...document.querySelectorAll(`main ${chosen(key)}`)]
    .find((it) => it.offsetParent !== null && (!it.closest("[data-item]") || it.closest("[data-item]") === item));
  return Boolean(shown) && act(shown);
}

/** Keys on a face of a sheet: decide on this face alone. */
function onFace(key, item) {
  const face = Number(item.dataset.faces);
  const person = item.closest("[data-not]")?.dataset.not;
  const said = { faces: [face], ...(waits(item) && { waiting: true }) };
  if (key === "n" && person) {
    decide("reject", { ...said, person }, [item], _("Not this person"));
  } else if (key in ON_FACE && face) {
    decide(ON_FACE[key][0], said, [item], ON_FACE[key][1]);
  } else if (key === "n") {
    return tick(item, false);
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
    pressAll(list.querySelectorAll("[data-item]:not(.done) [data-post=yes][data-firm]"));
    return;
  }
  const button = event.target.closest("[data-post]");
  if (button) { event.preventDefault(); press(button); return; }
  const look = event.target.closest("[data-look]");
  if (look) { event.preventDefault(); preview(look.closest("[data-item]")); }
});
