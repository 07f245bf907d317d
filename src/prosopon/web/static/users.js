// The page of users: add, give a role, a link or a password, remove.

import { go, post, refresh } from "./desk.js";

async function change(what, said) {
  const answer = await post(`users/${what}`, said);
  if (!answer) return void refresh(); // the choice as it is
  if (!document.querySelector("[data-user]")) return void go("/login"); // from now on everybody logs in
  await refresh();
  if (!answer.link) return;
  const field = document.getElementById("link");
  field.value = `${location.origin}/enter?link=${answer.link}`;
  document.getElementById("new-link").hidden = false;
  field.select();
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-users]");
  if (!form) return;
  event.preventDefault();
  change(form.dataset.users, Object.fromEntries(new FormData(form)));
});
document.addEventListener("click", ({ target }) => {
  const button = target.closest("button[data-users]");
  if (button) change(button.dataset.users, { name: button.closest("[data-user]").dataset.user });
});
document.addEventListener("change", ({ target }) => {
  if ("role" in target.dataset && target.matches("select")) change("role", { name: target.closest("[data-user]").dataset.user, role: target.value });
});
