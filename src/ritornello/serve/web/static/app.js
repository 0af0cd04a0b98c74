// Puts the page's parts to work. Without this file every page still reads, navigates, loves and bans.

import { live } from "./live.js";
import { panel } from "./panel.js";
import { player } from "./player.js";
import { sayings } from "./sayings.js";
import { seen } from "./seen.js";
import { shelves } from "./shelves.js";
import { keys } from "./keys.js";
import { bringing } from "./bringing.js";
import { radio } from "./radio.js";
import { edit } from "./edit.js";
import { search } from "./search.js";

const parts = [player, shelves, seen, panel, sayings, live, keys, bringing, radio, edit, search];

// A part's `start` runs once; its `dress` runs on every piece of page that arrives.
for (const part of parts) part.start?.();

function dress(root) {
  for (const control of root.querySelectorAll("[data-play], [data-play-all]")) control.hidden = false;
  for (const part of parts) part.dress?.(root);
}

dress(document);
document.addEventListener("htmx:afterSettle", (event) => dress(event.detail.elt.isConnected ? event.detail.elt : document));

// Whoever is no longer signed in is led to where one signs in; an error shows the page it came with.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, boosted } = event.detail;
  if (new URL(xhr.responseURL).pathname === "/sign-in" && location.pathname !== "/sign-in") {
    event.detail.shouldSwap = false;
    location.assign("/sign-in");
  } else if (boosted && xhr.status >= 400) event.detail.shouldSwap = true;
});

// Moving between pages swaps #main alone, so that what plays goes on playing.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target?.id !== "main" && !event.detail.boosted) return;
  for (const link of document.querySelectorAll("nav[aria-label=Main] a")) {
    const within = link.dataset.under.split(" ").includes(location.pathname.split("/")[1]);
    if (link.pathname === location.pathname) link.setAttribute("aria-current", "page");
    else if (within) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  document.getElementById("main").focus({ preventScroll: true });
});
