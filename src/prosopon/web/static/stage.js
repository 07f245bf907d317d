// A photograph on its stage: zoomed by wheel, keys and buttons, moved with the mouse.

/** Pixels from which a press is a move, not a click. */
const MOVED = 4;
let zoom = 1;

/** The photograph that is looked at: the one over the page, else the page's own. */
const stage = () => document.querySelector("dialog[open] .stage") ?? document.querySelector("#main .stage");

/** Another photograph is shown, whole. */
export function wholeAgain() { zoom = 1; }

/** Where the photograph itself is drawn, without what is left free beside it. */
function drawn(svg) {
  const at = svg.getBoundingClientRect();
  const { width: across, height: down } = svg.viewBox.baseVal;
  const width = Math.min(at.width, at.height * across / down);
  const height = width * down / across;
  return { left: at.left + (at.width - width) / 2, top: at.top + (at.height - height) / 2, width, height };
}

/** Zoom to so many times the whole, and keep what is `at` a point (the middle) where it is. */
function setZoom(next, at = null) {
  const place = stage();
  const svg = place.querySelector("svg");
  const before = drawn(svg);
  const point = at ?? { x: before.left + before.width / 2, y: before.top + before.height / 2 };
  const [fx, fy] = [(point.x - before.left) / before.width, (point.y - before.top) / before.height];
  const whole = before.width / zoom;
  zoom = Math.min(Math.max(next, 1), 12);
  place.classList.toggle("zoomed", zoom > 1);
  svg.style.width = zoom > 1 ? `${zoom * whole}px` : "";
  const after = drawn(svg);
  place.scrollLeft += after.left + fx * after.width - point.x;
  place.scrollTop += after.top + fy * after.height - point.y;
  const image = svg.querySelector("image");
  if (zoom > 1.5 && image?.dataset.full) {
    image.setAttribute("href", image.dataset.full);
    delete image.dataset.full;
  }
}

/** So close that the marked face fills two thirds of the view. */
function zoomToFace() {
  const box = stage().querySelector(".box.now rect, .box rect")?.getBoundingClientRect();
  if (!box) return;
  const view = stage().getBoundingClientRect();
  const middle = { x: box.left + box.width / 2, y: box.top + box.height / 2 };
  setZoom(zoom * Math.min(view.width / box.width, view.height / box.height) / 1.5, middle);
  const after = stage().querySelector(".box.now rect, .box rect").getBoundingClientRect();
  stage().scrollBy(after.left + after.width / 2 - view.left - view.width / 2, after.top + after.height / 2 - view.top - view.height / 2);
}

/** Whether the key is one that zooms. */
function zoomByKey({ key, code, altKey }) {
  if (altKey && code === "KeyZ") zoomToFace();
  else if (altKey) return false;
  else if (key === "+" || key === "=") setZoom(zoom * 1.5);
  else if (key === "-") setZoom(zoom / 1.5);
  else if (key === "0") setZoom(1);
  else return false;
  return true;
}

document.addEventListener("keydown", (event) => {
  if (!stage() || event.defaultPrevented || event.ctrlKey || event.metaKey) return;
  if (document.querySelector("dialog[open]:not(#preview)") || event.target.matches("input, textarea")) return;
  if (zoomByKey(event)) event.preventDefault();
}, { capture: true });

document.addEventListener("click", ({ target }) => {
  const wanted = target.closest("[data-zoom]")?.dataset.zoom;
  if (wanted === "face") zoomToFace();
  else if (wanted) setZoom(wanted === "fit" ? 1 : zoom * Number(wanted));
});

document.addEventListener("wheel", (event) => {
  if (!stage()?.contains(event.target)) return;
  event.preventDefault();
  setZoom(zoom * (event.deltaY < 0 ? 1.2 : 1 / 1.2), { x: event.clientX, y: event.clientY });
}, { passive: false });

document.addEventListener("pointerdown", (event) => {
  const place = event.target.closest?.(".stage.zoomed:not(.drawing)");
  if (!place || event.button !== 0 || event.pointerType !== "mouse") return;
  event.preventDefault();
  const from = { x: event.clientX + place.scrollLeft, y: event.clientY + place.scrollTop };
  let moved = 0;
  const drag = (now) => {
    moved += Math.abs(now.movementX) + Math.abs(now.movementY);
    place.scrollTo(from.x - now.clientX, from.y - now.clientY);
  };
  document.addEventListener("pointermove", drag);
  document.addEventListener("pointerup", () => {
    document.removeEventListener("pointermove", drag);
    if (moved < MOVED) return; // a click on a face chooses it
    const swallow = (click) => { click.stopImmediatePropagation(); };
    document.addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => document.removeEventListener("click", swallow, { capture: true }));
  }, { once: true });
});
document.addEventListener("refreshed", wholeAgain);
