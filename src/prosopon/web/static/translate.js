// What the scripts say, in the page's language. English is the source, as in the templates.

import { plural, texts } from "./texts.js";

const fill = (text, values) => text.replaceAll(/%\((\w+)\)s/g, (_, name) => values[name]);

/** A message, with %(name)s filled in. */
export const _ = (message, values = {}) => fill(texts[message] ?? message, values);

/** A message in the form that fits `number`, which is %(number)s in it. */
export const ngettext = (one, many, number) =>
  fill(texts[one]?.[plural(number)] ?? (number === 1 ? one : many), { number: number.toLocaleString(document.documentElement.lang) });
