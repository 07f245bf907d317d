// Forms that change a person, dialogs, and undoing a step of the log.

import { post, refresh } from "./desk.js";
import { count } from "./items.js";
import { chosenName, clearName } from "./names.js";

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-do]");
  if (!form) return;
  event.preventDefault();
  const said = Object.fromEntries(new FormData(form));
  for (const box of form.querySelectorAll("input[type=checkbox]")) said[box.name] = box.checked;
  for (const field of form.querySelectorAll("[data-lines]")) {
    said[field.name] = field.value.split("\n").map((line) => line.trim()).filter(Boolean);
  }
  const answer = await post(form.dataset.do, said);
  if (!answer) return;
  form.closest("dialog")?.close();
  await refresh();
});

/** Post about a person or a name typed in a dialogue. */
async function withName(button, action, said) {
  const answer = await post(action, said);
  if (!answer) return;
  button.closest("dialog").close();
  clearName(button.closest("dialog"));
  await refresh();
}

document.addEventListener("click", async (event) => {
  const { merge, present, nobody, focus, tick } = event.target.closest("button")?.dataset ?? {};
  const button = event.target.closest("button");
  if (merge || present) {
    const said = nobody === undefined ? chosenName(button.closest("[data-scope]")) : {};
    if (!said.name && nobody === undefined) button.closest("[data-scope]").querySelector("input").focus();
    else if (present) {
      const box = button.closest("dialog").dataset.box;
      await withName(button, "present", { photo: Number(present), ...said, ...(box && { box: JSON.parse(box) }) });
    }
    else await withName(button, "merge", { kept: merge, other: said });
  }
  if (focus) document.getElementById(focus).focus();
  if (tick) {
    for (const box of document.querySelectorAll("main input[name=face]")) box.checked = tick === "all";
    count();
  }
});

document.addEventListener("click", async (event) => {
  const opens = event.target.closest("[data-opens]");
  if (opens) {
    const dialog = document.getElementById(opens.dataset.opens);
    dialog.showModal();
    dialog.querySelector("[autofocus], input:not([type=hidden]), textarea")?.focus();
  }
  const closes = event.target.closest("[data-closes]");
  if (closes) closes.closest("dialog").close();
  const step = event.target.closest("[data-undo], [data-redo]");
  if (step) {
    const action = step.dataset.undo ? "undo" : "redo";
    if (await post(action, { decisions: [step.dataset.undo ?? step.dataset.redo] })) await refresh();
  }
});

document.addEventListener("click", async ({ target }) => {
  if (target.closest("[data-leave]") && await post("leave", {})) location.assign("/login");
});

document.addEventListener("change", async ({ target }) => {
  if ("language" in target.dataset && await post("language", { language: target.value })) location.reload();
});
