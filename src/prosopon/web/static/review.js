// The page's own script: small modules, no build step.

import "./deck.js";
import "./forms.js";
import "./intake.js";
import "./missing.js";
import "./pairs.js";
import "./photo.js";
import "./preview.js";
import "./stage.js";
import "./keys.js";
import "./suggestions.js";
import "./users.js";
import { count, focus, items } from "./items.js";
import { watchLists } from "./lists.js";

document.documentElement.classList.add("js");
watchLists();
count();
document.querySelector(".top nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
if (document.activeElement === document.body) focus(document.querySelector("main .now") ?? items()[0], { still: true });
