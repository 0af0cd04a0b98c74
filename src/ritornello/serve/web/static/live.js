// The page follows what one does: after a play, a ban or its undoing it is asked for anew, and only
// its content is swapped. Focus and every shelf stay where they were; new cards arrive softly.

import { announce } from "./reporting.js";

const REST_MS = 400;
const ABOUT_ONESELF = new Set(["you", "history", "taste"]);

let timer = 0;
let kept = null;
let postponed = false;

function refresh() {
  clearTimeout(timer);
  timer = setTimeout(() => {
    const live = document.getElementById("live");
    postponed = document.getElementById("panel").open;
    if (!live || postponed) return;
    htmx.ajax("GET", live.dataset.live, { source: live, target: live, swap: "outerHTML", select: "#live" });
  }, REST_MS);
}

const itemsOf = (live) => [...live.querySelectorAll("[data-row] [data-slot]")].map((slot) => slot.dataset.item);

/** Remember where everything stands, just before it is swapped. */
function remember(live) {
  const focused = document.activeElement.closest?.("#live [data-slot]");
  const row = focused?.closest("[data-row]");
  kept = {
    items: itemsOf(live),
    scrolled: new Map([...live.querySelectorAll("[data-row]")].map((one) => [one.dataset.row, one.scrollLeft])),
    row: row?.dataset.row,
    place: row ? [...row.querySelectorAll("[data-slot]")].indexOf(focused) : -1,
    control: focused ? [...focused.querySelectorAll("a, button")].indexOf(document.activeElement) : -1,
  };
}

function restore(live) {
  const named = new Map([...live.querySelectorAll("[data-row]")].map((row) => [row.dataset.row, row]));
  for (const [name, left] of kept.scrolled) if (named.has(name)) named.get(name).scrollLeft = left;
  const before = new Set(kept.items);
  for (const slot of live.querySelectorAll("[data-row] [data-slot]")) {
    slot.toggleAttribute("data-new", !before.has(slot.dataset.item));
  }
  const slots = named.has(kept.row) ? [...named.get(kept.row).querySelectorAll("[data-slot]")] : [];
  const slot = slots[Math.min(kept.place, slots.length - 1)];
  slot?.querySelectorAll("a, button")[kept.control]?.focus({ preventScroll: true });
  const arrived = live.querySelectorAll("[data-new]").length;
  if (kept.items.join() !== itemsOf(live).join()) announce(`The page has changed: ${arrived} new.`);
  kept = null;
}

export const live = {
  start() {
    document.addEventListener("ritornello:heard", () => {
      if (document.getElementById("live")?.dataset.surface !== "discover_weekly") refresh();
    });
    document.addEventListener("ritornello:said", (event) => {
      if (event.detail !== "love" || ABOUT_ONESELF.has(document.getElementById("live")?.dataset.surface)) refresh();
    });
    document.addEventListener("htmx:beforeSwap", (event) => {
      if (event.detail.target.id === "live") remember(event.detail.target);
    });
    document.addEventListener("htmx:afterSettle", () => {
      if (kept) restore(document.getElementById("live"));
    });
    document.getElementById("panel").addEventListener("close", () => postponed && refresh());
  },
};
