// Search as you type: htmx fetches what is found so far; here arrows walk it, a screen reader is told how much there
// is, and what one opens or plays of it settles what was typed, so that it is remembered as asked.

import { announce, instant, nowMs, report, uuid7 } from "./reporting.js";

const TELL_MS = 600;
const STOPS = "#q, #results .suggested a, #results .title";

let telling = 0;
let settled = "";

const field = () => document.getElementById("q");

/** Say how much was found, once the typing rests. */
function tell(found) {
  clearTimeout(telling);
  const n = Number(found.querySelector("[data-found]")?.dataset.found ?? 0);
  telling = setTimeout(() => announce(n === 1 ? "One result." : `${n || "No"} results.`), TELL_MS);
}

/** Remember what was typed, once, when something found for it was opened or played. */
function settle(text) {
  if (!text || text === settled) return;
  settled = text;
  report("queries", { event_id: uuid7(), happened_at: instant(nowMs()), text });
}

function onKey(event) {
  if (!event.target.matches(STOPS) || event.altKey || event.ctrlKey || event.metaKey) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const stops = [...document.querySelectorAll(STOPS)];
  const there = stops[stops.indexOf(event.target) + step];
  if (event.key === "Escape" && event.target.closest("#results")) field().focus();
  else if (there) there.focus();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

export const search = {
  start() {
    document.addEventListener("keydown", onKey, { capture: true });
    document.addEventListener("htmx:afterSettle", ({ detail }) => {
      if (detail.target?.id === "results") tell(detail.target);
    });
    document.addEventListener(
      "click",
      (event) => {
        const typed = event.target.closest("#results [data-typed]");
        if (typed && event.target.closest("[data-play], .title")) settle(typed.dataset.typed);
      },
      { capture: true },
    );
  },
};
