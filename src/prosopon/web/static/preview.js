// The whole photograph of a face, from anywhere: over the page, or small beside the pointer.

import { load } from "./desk.js";
import { focus } from "./items.js";
import { wholeAgain } from "./stage.js";
import { _ } from "./translate.js";

/** Milliseconds that the mouse rests on a face before its place in the photograph is shown. */
const REST = 400;
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
  row.append(close, ...page.querySelectorAll(".tools [data-zoom]"), link);
  wholeAgain();
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
dialog.addEventListener("close", () => { dialog.replaceChildren(); wholeAgain(); focus(opener); });
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

// ---- beside the pointer

const glimpse = Object.assign(document.createElement("div"), { className: "glimpse", ariaHidden: "true", hidden: true });
document.body.append(glimpse);
let resting = 0;
let wanted = null;

/** Show where in the photograph a face is, beside its picture. */
async function show(picture, { photo, faces }) {
  const page = await load(`/photos/${photo}?face=${faces.split(" ")[0]}`);
  const drawn = page?.querySelector("#main .stage svg image") && page.querySelector("#main .stage svg");
  if (!drawn || wanted !== picture) return;
  const image = drawn.querySelector("image");
  image.setAttribute("href", image.getAttribute("href").replace(".jpg", "-small.jpg"));
  for (const other of drawn.querySelectorAll(".box:not(.now), .box text")) other.remove();
  glimpse.replaceChildren(document.importNode(drawn, true));
  glimpse.hidden = false;
  const at = picture.getBoundingClientRect();
  const { width, height } = glimpse.getBoundingClientRect();
  const beside = at.right + 8 + width <= innerWidth ? at.right + 8 : at.left - 8 - width;
  glimpse.style.left = `${Math.max(beside, 0)}px`;
  glimpse.style.top = `${Math.max(Math.min(at.top, innerHeight - height - 8), 8)}px`;
}

function hide() {
  clearTimeout(resting);
  wanted = null;
  glimpse.hidden = true;
}

document.addEventListener("pointerover", ({ target, pointerType }) => {
  if (target === wanted) return;
  hide();
  const face = target.matches?.("main img") && target.closest("[data-faces][data-photo]");
  if (!face || !new RegExp(`/faces/${parseInt(face.dataset.faces)}\\D`).test(target.src) || pointerType !== "mouse" || dialog.open) return;
  wanted = target;
  resting = setTimeout(show, REST, target, face.dataset);
});
for (const end of ["pointerdown", "keydown", "scroll"]) document.addEventListener(end, hide, { capture: true, passive: true });
