// What contributors suggested: accepted or declined, one by one or all that are ticked.

import { post, refresh } from "./desk.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-settle]");
  if (!button) return;
  const ticked = [...document.querySelectorAll("main input[name=suggestion]:checked")].map((box) => box.value);
  const decisions = "ticked" in button.dataset ? ticked : button.closest("[data-item]").dataset.decisions.split(" ");
  if (decisions.length && await post(button.dataset.settle, { decisions })) await refresh();
});
