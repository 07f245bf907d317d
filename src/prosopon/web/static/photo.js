// One photograph: looked at from anywhere, zoomed, and boxes drawn by hand.

import { load, say } from "./desk.js";
import { focus } from "./items.js";
import { _ } from "./translate.js";

const dialog = document.getElementById("preview");
let opener = null;

/** Show the whole photograph of an item's face over the page. */
export function preview(item) {
  const photo = item?.dataset.photo ?? item?.querySelector("[data-photo]")?.dataset.photo;
  if (!photo) return false;
  opener = item;
  const face = (item.dataset.faces ?? item.querySelector("[data-faces]")?.dataset.faces ?? "").split(" ")[0];
  open(photo, face);
  return true;
}

async function open(photo, face) {
  const page = await load(`/photos/${photo}?face=${face}`);
  if (!page) return;
  const link = Object.assign(document.createElement("a"), { href: `/photos/${photo}`, textContent: _("Open the photograph") });
  link.className = "button";
  const close = Object.assign(document.createElement("button"), { type: "button", textContent: _("Close") });
  close.addEventListener("click", () => dialog.close());
  const row = Object.assign(document.createElement("div"), { className: "row" });
  row.append(close, link);
  const title = page.querySelector("h1");
  dialog.replaceChildren(...[title, page.querySelector(".warn.missing"), page.querySelector(".stage"), row].filter(Boolean));
  dialog.showModal();
  close.focus();
}

/** Close it again; whether it was open. */
export function closePreview() {
  if (!dialog.open) return false;
  dialog.close();
  return true;
}
dialog.addEventListener("close", () => { dialog.replaceChildren(); focus(opener); });
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

// ---- the page of one photograph

const stage = () => document.querySelector("#main .stage");
let zoom = 1;
let draft = null; // the box being drawn: x1, y1, x2, y2 in pixels of the photograph

function setZoom(next, at = null) {
  const place = stage();
  const svg = place.querySelector("svg");
  const before = svg.getBoundingClientRect();
  const point = at ?? { x: before.left + before.width / 2, y: before.top + before.height / 2 };
  const [fx, fy] = [(point.x - before.left) / before.width, (point.y - before.top) / before.height];
  zoom = Math.min(Math.max(next, 1), 12);
  place.classList.toggle("zoomed", zoom > 1);
  svg.style.width = zoom > 1 ? `${zoom * 100}%` : "";
  const after = svg.getBoundingClientRect();
  place.scrollLeft += after.left + fx * after.width - point.x;
  place.scrollTop += after.top + fy * after.height - point.y;
  const image = svg.querySelector("image");
  if (zoom > 1.5 && image?.dataset.full) {
    image.setAttribute("href", image.dataset.full);
    delete image.dataset.full;
  }
}

/** So close that the marked face fills a third of the view. */
function zoomToFace() {
  const box = stage().querySelector(".box.now rect, .box rect")?.getBoundingClientRect();
  if (!box) return;
  const view = stage().getBoundingClientRect();
  const middle = { x: box.left + box.width / 2, y: box.top + box.height / 2 };
  setZoom(zoom * Math.min(view.width / box.width, view.height / box.height) / 3, middle);
  const after = stage().querySelector(".box.now rect, .box rect").getBoundingClientRect();
  stage().scrollBy(after.left + after.width / 2 - view.left - view.width / 2, after.top + after.height / 2 - view.top - view.height / 2);
}

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
  const link = document.querySelector(`[data-turn="${CSS.escape(key)}"]`);
  link?.click();
  return Boolean(link);
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
    if (event.key === "+" || event.key === "=") setZoom(zoom * 1.5);
    else if (event.key === "-") setZoom(zoom / 1.5);
    else if (event.key === "0") setZoom(1);
    else if (turn(event.key)) return;
    else return;
    event.preventDefault();
  }
}, { capture: true });

document.addEventListener("click", (event) => {
  const wanted = event.target.closest("[data-zoom]")?.dataset.zoom;
  if (wanted === "face") zoomToFace();
  else if (wanted) setZoom(wanted === "fit" ? 1 : zoom * Number(wanted));
  if (event.target.closest("[data-draw]")) { if (draft) endDraft(); else beginDraft(); }
  if (event.target.closest("[data-keep]") && draft) keepDraft();
  const box = event.target.closest("#main .box[data-face]");
  if (box) focus(document.querySelector(`.faces [data-faces="${box.dataset.face}"]`));
});

document.addEventListener("wheel", (event) => {
  if (!event.target.closest?.("#main .stage")) return;
  event.preventDefault();
  setZoom(zoom * (event.deltaY < 0 ? 1.2 : 1 / 1.2), { x: event.clientX, y: event.clientY });
}, { passive: false });

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
document.addEventListener("refreshed", () => { zoom = 1; draft = null; });
