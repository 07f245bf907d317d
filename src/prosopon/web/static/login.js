// Logging in by name and password.

import { _ } from "./translate.js";

const form = document.getElementById("login");
const wrong = document.getElementById("wrong");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  wrong.textContent = "";
  try {
    const answer = await fetch("/do/enter", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRF-Token": document.querySelector("meta[name=csrf]").content },
      body: JSON.stringify(Object.fromEntries(new FormData(form))),
    });
    if (answer.ok) { location.assign("/"); return; }
    wrong.textContent = (await answer.json()).error;
  } catch {
    wrong.textContent = _("Prosopon does not answer: is it still running? Nothing was changed.");
  }
  form.password.value = "";
  form.password.focus();
});
