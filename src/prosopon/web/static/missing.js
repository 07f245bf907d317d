// A picture that can't be shown says so: its file is gone, or on a disk that is not there now.

import { _ } from "./translate.js";

const told = _("The file can't be shown");

function tell(picture) {
  if (picture.matches("svg image")) {
    const stage = picture.closest(".stage");
    if (stage.previousElementSibling?.matches(".missing")) return;
    stage.before(Object.assign(document.createElement("p"), { className: "warn missing", textContent: `${told}.` }));
  } else if (!picture.classList.contains("missing")) {
    picture.classList.add("missing");
    picture.alt = picture.alt ? `${told}: ${picture.alt}` : told;
  }
}

document.addEventListener("error", ({ target }) => { if (target.matches?.("img, svg image")) tell(target); }, true);
/** Those that failed before this script was there. */
for (const picture of document.images) if (picture.complete && !picture.naturalWidth && picture.currentSrc) tell(picture);
