// Pairs of faces, many at a time: what is ticked or named is one person, the others are two.

import { post, refresh } from "./desk.js";
import { chosenName } from "./names.js";

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-pairs]");
  if (!form) return;
  event.preventDefault();
  const pairs = [...form.querySelectorAll("[data-pair]")].map((item) => {
    const [face, other] = item.dataset.pair.split(" ").map(Number);
    return { face, other, known: item.dataset.known ?? "", same: item.querySelector("input[type=checkbox]").checked, ...chosenName(item) };
  });
  if (await post("compare", { pairs })) await refresh();
});
