// What every page needs: asking the server, telling the user, taking back.

import { _, ngettext } from "./translate.js";

const status = document.getElementById("status");
const secret = document.querySelector("meta[name=csrf]").content;
const TAKING_BACK = ["undo", "again"];
const [UNDO, SAID] = ["prosopon-undo", "prosopon-said"];
let known = Number(document.body.dataset.log);
let fading = 0;
let busy = 0;
/** Milliseconds between two questions whether others have decided something. */
const EVERY = 3000;

/** Say what happened, in a place that screen readers hear; an error stays until the next word. */
export function say(message, { error = false, undo = null } = {}) {
  clearTimeout(fading);
  status.replaceChildren(message);
  status.classList.toggle("error", error);
  status.setAttribute("role", error ? "alert" : "status");
  if (undo) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = _("Undo");
    button.addEventListener("click", takeBack);
    status.append(button);
  }
  if (!error) fading = setTimeout(() => status.replaceChildren(), 8000);
}

/** To another page, where the last word is said again. */
export function go(address) {
  sessionStorage.setItem(SAID, status.firstChild?.textContent ?? "");
  location.assign(address);
}

/** Ask for a change. Returns what the server answers, or null after telling what went wrong. */
export async function post(action, body) {
  let answer;
  busy += 1; // what comes of this is not others' news
  try {
    const response = await fetch(`/do/${action}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRF-Token": secret },
      body: JSON.stringify(body),
    });
    answer = response.headers.get("Content-Type")?.startsWith("application/json")
      ? await response.json() : { error: await response.text() };
  } catch {
    answer = { error: _("Prosopon does not answer: is it still running? Nothing was changed.") };
  } finally {
    busy -= 1;
  }
  if (answer.error !== undefined) {
    say(answer.error, { error: true });
    listen(); // perhaps somebody else was faster
    return null;
  }
  known += answer.decisions.length;
  const undoable = !TAKING_BACK.includes(action) && (answer.decisions.length > 0 || action === "later");
  if (undoable) {
    const step = answer.decisions.length ? answer.decisions : [body.question];
    sessionStorage.setItem(UNDO, JSON.stringify([...stack(), step].slice(-100)));
  }
  say(answer.message, { undo: undoable });
  return answer;
}

/** Undo what this window did last; without that, what this author did last. */
export async function takeBack() {
  const last = stack().at(-1) ?? [];
  const putOff = last.length === 1 && last[0].includes("."); // the key of a question, no decision
  const answer = putOff ? await post("again", { question: last[0] }) : await post("undo", { decisions: last });
  if (!answer) return;
  sessionStorage.setItem(UNDO, JSON.stringify(stack().slice(0, -1)));
  document.dispatchEvent(new CustomEvent("undone", { detail: last }));
}

/** Make one step of the last few, to be taken back at once. */
export function together(steps) {
  const all = stack();
  sessionStorage.setItem(UNDO, JSON.stringify([...all.slice(0, -steps), all.slice(-steps).flat()]));
  say(ngettext("%(number)s answer given.", "%(number)s answers given.", steps), { undo: true });
}

function stack() {
  return JSON.parse(sessionStorage.getItem(UNDO) ?? "[]");
}

/** Load a page of ours as a document; null after telling what went wrong. */
export async function load(address) {
  try {
    const response = await fetch(address);
    if (!response.ok) throw new Error();
    return new DOMParser().parseFromString(await response.text(), "text/html");
  } catch {
    say(_("This could not be loaded: is Prosopon still running?"), { error: true });
    return null;
  }
}

/** Show the page as it is now, without moving the view. */
export async function refresh() {
  let fresh = await load(location.href);
  if (fresh && Number(fresh.body.dataset.log) < known) fresh = await load(location.href); // decided meanwhile
  if (!fresh) return;
  const [x, y] = [scrollX, scrollY];
  const key = document.activeElement?.closest("[data-item]")?.dataset.key;
  const main = document.getElementById("main");
  main.replaceChildren(...fresh.getElementById("main").childNodes);
  document.querySelector(".top nav").replaceWith(fresh.querySelector(".top nav"));
  known = Number(fresh.body.dataset.log);
  document.getElementById("news").hidden = true;
  document.dispatchEvent(new CustomEvent("refreshed", { detail: key }));
  scrollTo(x, y);
}

/** Show what others have decided since this page was loaded; tell, where that would disturb. */
async function listen() {
  if (document.visibilityState !== "visible" || busy) return;
  try {
    const deck = document.querySelector(".deck");
    const asked = [...(deck?.querySelector(".question")?.querySelectorAll("input[name=face]") ?? [])].map((box) => box.value);
    const response = await fetch(`/pulse?since=${known}${deck ? `&asking=${asked.join("+")}` : ""}`);
    if (response.status === 401) location.reload(); // logged out, or no user any more
    const { length, authors, settled } = await response.json();
    const idle = deck?.querySelector("[data-others]"); // others are being asked what is left
    if ((length <= known && !idle) || busy) return;
    if (deck) document.dispatchEvent(new CustomEvent("news", { detail: { settled } }));
    else if (!inUse()) await refresh();
    else tell(authors);
  } catch { /* the next action will tell */ }
}

/** What was decided elsewhere is on the page now. */
export function caughtUp(length) {
  known = Math.max(known, length);
}

function tell(authors) {
  const news = document.getElementById("news");
  news.querySelector("span").textContent =
    _("%(authors)s decided something since this page was loaded.", { authors: authors.join(", ") });
  news.hidden = false;
}

/** Whether somebody is in the midst of something that a fresh page would take away. */
function inUse() {
  const main = document.getElementById("main");
  return document.querySelector("dialog[open], main [aria-expanded=true], main .done") !== null
    || [...main.querySelectorAll("input, textarea, select")].some((field) =>
      field.type === "checkbox" ? field.checked !== field.defaultChecked : field.matches(":focus") || field.value !== (field.defaultValue ?? field.value))
    || scrollY > innerHeight;
}

if (sessionStorage.getItem(SAID)) {
  say(sessionStorage.getItem(SAID), { undo: true });
  sessionStorage.removeItem(SAID);
}
document.addEventListener("visibilitychange", listen);
document.addEventListener("added", refresh);
setInterval(listen, EVERY);
document.querySelector("#news button").addEventListener("click", refresh);
