// Impressions: which slots were really in view, at least half of each for at least a second, and for
// how long. A slot of a decision is reported once, when it leaves view or the page is left.

import { instant, nowMs, onLeaving, report, send, uuid7 } from "./reporting.js";

const HALF = 0.5;
const LEAST_MS = 1000;

const inView = new Map();
const reported = new Set();

const watcher = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      if (entry.isIntersecting && entry.intersectionRatio >= HALF) enter(entry.target);
      else leave(entry.target);
    }
  },
  { threshold: [HALF] },
);

const keyOf = ({ dataset }) => `${dataset.decision} ${dataset.shelf} ${dataset.position}`;

function enter(element) {
  if (!inView.has(element) && !reported.has(keyOf(element))) {
    inView.set(element, { seen: nowMs(), since: performance.now() });
  }
}

function leave(element) {
  const view = inView.get(element);
  inView.delete(element);
  if (!view || performance.now() - view.since < LEAST_MS || reported.has(keyOf(element))) return;
  reported.add(keyOf(element));
  const { decision, surface, shelf, position } = element.dataset;
  report("impressions", {
    event_id: uuid7(),
    decision_id: decision,
    surface,
    slot: { shelf, position: Number(position) },
    seen_at: instant(view.seen),
    visible_ms: Math.round(performance.now() - view.since),
  });
}

function leaveAll(within = document) {
  for (const element of [...inView.keys()]) if (within.contains(element)) leave(element);
}

export const seen = {
  start() {
    document.addEventListener("htmx:beforeSwap", (event) => leaveAll(event.detail.target));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") {
        leaveAll();
        send();
      } else {
        for (const slot of document.querySelectorAll("[data-slot][data-decision]")) {
          watcher.unobserve(slot);
          watcher.observe(slot);
        }
      }
    });
    onLeaving(() => {
      leaveAll();
      send();
    });
  },

  dress(root) {
    for (const slot of root.querySelectorAll("[data-slot][data-decision]")) watcher.observe(slot);
  },
};
