// The page of one photograph: boxes drawn by hand, the faces beside it.

import { load, say } from "./desk.js";
import { focus } from "./items.js";
import { _ } from "./translate.js";

const stage = () => document.querySelector("#main .stage");
let draft = null; // the box being drawn: x1, y1, x2, y2 in pixels of the photograph

function beginDraft() {
  const { width, height } = stage().querySelector("svg").viewBox.baseVal;
  const side = Math.min(width, height) / 5;
  draft = [(width - side) / 2, (height - side) / 2, (width + side) / 2, (height + side) / 2];
  stage().classList.add("drawing");
  show();
  stage().focus({ preventScroll: true });
  stage().scrollIntoView({ block: "nearest" });
  document.getElementById("draw-help").hidden = false;
  say(_("Draw a box around the face, or move it with the arrow keys, size it with Shift and the arrow keys; Enter keeps it, Escape drops it."));
}

function endDraft() {
  draft = null;
  stage().classList.remove("drawing");
  stage().querySelector(".draft")?.remove();
  document.getElementById("draw-help").hidden = true;
}

/** Ask who is in the box. */
function keepDraft() {
  say("");
  const { width, height } = stage().querySelector("svg").viewBox.baseVal;
  const [x1, y1, x2, y2] = draft;
  const asks = document.getElementById("present");
  asks.dataset.box = JSON.stringify([x1 / width, y1 / height, x2 / width, y2 / height]);
  asks.addEventListener("close", () => { delete asks.dataset.box; endDraft(); }, { once: true });
  asks.showModal();
  asks.querySelector("input").focus();
}

function show() {
  const svg = stage().querySelector("svg");
  svg.querySelector(".draft")?.remove();
  const group = document.createElementNS("http://www.w3.org/2000/svg", "g");
  group.setAttribute("class", "box draft");
  for (const kind of ["halo", "line"]) {
    const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    rect.setAttribute("class", kind);
    const [x1, y1, x2, y2] = draft;
    for (const [name, value] of Object.entries({ x: x1, y: y1, width: x2 - x1, height: y2 - y1 })) {
      rect.setAttribute(name, value);
    }
    group.append(rect);
  }
  svg.append(group);
}

const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function moveDraft(key, sizing) {
  const { width, height } = stage().querySelector("svg").viewBox.baseVal;
  const [dx, dy] = DIRECTIONS[key].map((sign) => sign * Math.min(width, height) / 50);
  let [x1, y1, x2, y2] = draft;
  if (sizing) {
    [x2, y2] = [Math.max(x2 + dx, x1 + 8), Math.max(y2 + dy, y1 + 8)];
  } else {
    [x1, x2, y1, y2] = [x1 + dx, x2 + dx, y1 + dy, y2 + dy];
  }
  if (x1 >= 0 && y1 >= 0 && x2 <= width && y2 <= height) draft = [x1, y1, x2, y2];
  show();
}

/** To the photograph before or after. */
function turn(key) {
  document.querySelector(`[data-turn="${CSS.escape(key)}"]`)?.click();
}

document.addEventListener("keydown", (event) => {
  if (!stage() || event.defaultPrevented || event.ctrlKey || event.metaKey) return;
  if (document.querySelector("dialog[open]")) return;
  if (draft) {
    if (event.key === "Escape") { endDraft(); say(""); }
    else if (event.key === "Enter") keepDraft();
    else if (event.key in DIRECTIONS) moveDraft(event.key, event.shiftKey);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  } else if (!event.target.matches("input, textarea")) {
    turn(event.key);
  }
}, { capture: true });

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-draw]")) { if (draft) endDraft(); else beginDraft(); }
  if (event.target.closest("[data-keep]") && draft) keepDraft();
  const box = event.target.closest("#main .box[data-face]");
  if (box) focus(document.querySelector(`.faces [data-faces="${box.dataset.face}"]`));
});

document.addEventListener("pointerdown", (event) => {
  const svg = event.target.closest?.(".stage.drawing svg");
  if (!svg || event.button !== 0) return;
  event.preventDefault();
  const { width, height } = svg.viewBox.baseVal;
  const at = ({ clientX, clientY }) => {
    const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(svg.getScreenCTM().inverse());
    return [Math.min(Math.max(x, 0), width), Math.min(Math.max(y, 0), height)];
  };
  const [sx, sy] = at(event);
  const drag = (now) => {
    const [x, y] = at(now);
    draft = [Math.min(sx, x), Math.min(sy, y), Math.max(sx, x), Math.max(sy, y)];
    show();
  };
  const release = (last) => {
    drag(last);
    document.removeEventListener("pointermove", drag);
    const [x1, y1, x2, y2] = draft;
    if (Math.min(x2 - x1, y2 - y1) < Math.min(width, height) / 200) beginDraft();
    else keepDraft();
  };
  document.addEventListener("pointermove", drag);
  document.addEventListener("pointerup", release, { once: true });
});
// An answer shows in the picture and beside it, without moving or shrinking anything.
document.addEventListener("decided", async ({ detail: { answer } }) => {
  if (!answer || !stage()) return;
  const fresh = await load(location.href);
  if (!fresh) return;
  const svg = stage().querySelector("svg");
  svg.querySelectorAll(".box:not(.draft)").forEach((box) => box.remove());
  svg.append(...fresh.querySelectorAll("#main .stage .box"));
  for (const done of document.querySelectorAll(".faces .done")) {
    const same = fresh.querySelector(`.faces [data-key="${CSS.escape(done.dataset.key)}"]`);
    if (same) done.replaceWith(same); else done.remove();
  }
});
document.addEventListener("refreshed", () => { draft = null; });
