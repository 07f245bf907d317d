// The page's own script: small modules, no build step.

import "./deck.js";
import "./forms.js";
import "./photo.js";
import "./keys.js";
import { count, focus, items } from "./items.js";
import { watchLists } from "./lists.js";

document.documentElement.classList.add("js");
watchLists();
count();
if (document.activeElement === document.body) focus(items()[0]);
