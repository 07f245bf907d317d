// Lists load as one scrolls: the link to the rest is followed when it comes into view.

import { load } from "./desk.js";

const watch = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) if (isIntersecting) follow(target);
}, { rootMargin: "1200px" });

async function follow(link) {
  watch.unobserve(link);
  const list = document.getElementById(link.dataset.list);
  const rest = await load(link.href);
  if (!rest) { watch.observe(link); return; }
  const shown = new Set([...list.children].map((item) => item.dataset.key).filter(Boolean));
  const fresh = [...(rest.getElementById(list.id)?.children ?? [])];
  list.append(...fresh.filter((item) => !shown.has(item.dataset.key)));
  const on = rest.querySelector(`a.more[data-list="${list.id}"]`);
  if (on) { link.replaceWith(on); watch.observe(on); } else link.remove();
}

export function watchLists() {
  for (const link of document.querySelectorAll("a.more")) watch.observe(link);
}
document.addEventListener("refreshed", watchLists);
