// Photographs being added: a line on every page, the whole of it on its own.

import { post } from "./desk.js";
import { _, ngettext } from "./translate.js";

const line = document.getElementById("intake");
const section = () => document.getElementById("work");
let was = false;
let timer = 0;

/** Show a state; on its own page all of it. */
function show(state) {
  line.hidden = !state.running || Boolean(section());
  const [bar, text] = line.children;
  fill(bar, state);
  text.textContent = state.stage;
  const place = section();
  if (!place) return;
  place.hidden = !(state.running || state.error || state.summary);
  place.querySelector(".doing").textContent = state.running ? state.stage : "";
  fill(place.querySelector("progress"), state);
  place.querySelector("progress").hidden = !state.running;
  place.querySelector(".figures").textContent = state.running ? figures(state) : "";
  place.querySelector(".ended").textContent = state.error;
  place.querySelector(".summary").hidden = state.running || !state.summary;
  place.querySelector(".summary").firstChild.textContent = `${state.summary} `;
  for (const button of place.querySelectorAll("[data-stop]")) button.hidden = !state.running;
  for (const button of document.querySelectorAll("form[data-do=add] button")) button.disabled = state.running;
}

function fill(bar, { done, total }) {
  if (total) [bar.max, bar.value] = [total, done];
  else bar.removeAttribute("value");
}

function figures({ done, total, rate, seconds_left: left }) {
  const shown = (number) => number.toLocaleString(document.documentElement.lang, { maximumFractionDigits: number < 10 ? 1 : 0 });
  const parts = [total ? _("%(done)s of %(total)s", { done: shown(done), total: shown(total) }) : shown(done)];
  if (rate) parts.push(_("%(rate)s a second", { rate: shown(rate) }));
  if (left !== null && done) {
    parts.push(left < 90 ? ngettext("%(number)s second left", "%(number)s seconds left", Math.ceil(left))
      : ngettext("%(number)s minute left", "%(number)s minutes left", Math.round(left / 60)));
  }
  return parts.join(" · ");
}

async function look() {
  clearTimeout(timer);
  let state;
  try {
    state = await (await fetch("/add.json")).json();
  } catch { return; /* the next action will tell */ }
  show(state);
  if (state.running) was = true;
  else if (was && !section()) {
    was = false;
    document.dispatchEvent(new CustomEvent("added"));
  }
  clearTimeout(timer);
  timer = setTimeout(look, state.running ? 700 : 5000);
}

document.addEventListener("click", ({ target }) => { if ("stop" in target.dataset) post("stop-adding", {}); });
document.addEventListener("refreshed", look);
look();
