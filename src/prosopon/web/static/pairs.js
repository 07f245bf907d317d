// Pairs of faces, many at a time: what is ticked or named is one person, the others are two.
// No form: Enter in a name field must not answer for all that is on the page.

import { post, refresh } from "./desk.js";
import { chosenName } from "./names.js";

document.addEventListener("click", async ({ target }) => {
  if (!target.closest("[data-pairs]")) return;
  const pairs = [...document.querySelectorAll("[data-pair]")].map((item) => {
    const [face, other] = item.dataset.pair.split(" ").map(Number);
    return { face, other, known: item.dataset.known ?? "", same: item.querySelector("input[type=checkbox]").checked, ...chosenName(item) };
  });
  if (await post("compare", { pairs })) await refresh();
});
