// The player: a clock that stands in for the music where there is no sound. It reports every play,
// long or short, with how it began, how it ended and from which slot it was started.

import { more } from "./radio.js";
import { announce, instant, nowMs, onLeaving, report, send, uuid7 } from "./reporting.js";

const FAST = 20;
const TICK_MS = 200;
const UNKNOWN_LENGTH_MS = 210000;

// The icons on a card's button; the template draws the first.
const PLAY = "M8 5.2v13.6L19 12z";
const PAUSE = "M7 5h3.5v14H7zM13.5 5H17v14h-3.5z";

const bar = document.getElementById("player");
const part = (name) => bar.querySelector(`[data-player="${name}"]`);

const state = { queue: [], place: -1, play: null, running: false, pace: 1, ticked: 0, endless: true };

/** What a slot's element says: what to play and where it stood. */
function read(element) {
  const said = element.dataset;
  return {
    item_id: said.item,
    title: said.title,
    by: said.by,
    surface: said.surface ?? "unknown",
    duration_ms: said.duration ? Number(said.duration) : null,
    start_ms: Number(said.start ?? 0),
    decision_id: said.decision ?? null,
    slot: said.shelf === undefined ? null : { shelf: said.shelf, position: Number(said.position) },
    station: element.closest("[data-station]")?.dataset.station ?? null,
  };
}

const named = (entry) => (entry.by ? `${entry.title} by ${entry.by}` : entry.title);

function start(place, beganBecause) {
  state.place = place;
  const entry = state.queue[place];
  state.play = { entry, event_id: uuid7(), started: nowMs(), ms: 0, began_because: beganBecause };
  state.running = true;
  state.ticked = performance.now();
  bar.hidden = false;
  show();
  announce(`Playing ${named(entry)}`);
}

/** End what plays and report it; the page then asks for what that changed. Resolves when it is told. */
async function end(endedBecause) {
  const { play } = state;
  if (!play) return;
  state.play = null;
  const { entry } = play;
  report("listens", {
    event_id: play.event_id,
    item_id: entry.item_id,
    started_at: instant(play.started),
    ended_at: instant(Math.max(nowMs(), play.started)),
    ms_played: Math.round(Math.min(play.ms, entry.duration_ms ?? play.ms)),
    position_ms: entry.start_ms,
    duration_ms: entry.duration_ms,
    began_because: play.began_because,
    ended_because: endedBecause,
    surface: entry.surface,
    decision_id: entry.decision_id,
    slot: entry.slot,
    station: entry.station,
    pace: state.pace,
  });
  if (await send()) document.dispatchEvent(new CustomEvent("ritornello:heard"));
}

/** Go on along the queue; past its end radio goes on from it, once it knows how this track ended. */
async function next(endedBecause, beganBecause) {
  const { queue, place } = state;
  const told = end(endedBecause);
  if (place + 1 < queue.length) return start(place + 1, beganBecause);
  state.running = false;
  show();
  if (state.endless) {
    await told;
    queue.push(...(await more(queue[place])));
    if (state.play || state.queue !== queue) return;
    if (place + 1 < queue.length) return start(place + 1, beganBecause);
  }
  announce("That was the last of them.");
}

function tick() {
  const at = performance.now();
  const passed = at - state.ticked;
  state.ticked = at;
  if (!state.running || !state.play) return;
  state.play.ms += passed * state.pace;
  const { entry } = state.play;
  if (reached(state.play) >= (entry.duration_ms ?? entry.start_ms + UNKNOWN_LENGTH_MS)) next("finished", "autoplay");
  else showClock();
}

/** How far into the item a play has come: from where it was entered on. */
const reached = (play) => play.entry.start_ms + play.ms;

function clock(ms) {
  const seconds = Math.floor(ms / 1000);
  const tail = String(seconds % 60).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes}:${tail}` : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${tail}`;
}

function showClock() {
  const { play } = state;
  const at = play ? reached(play) : 0;
  part("at").textContent = clock(at);
  part("progress").value = play ? at / (play.entry.duration_ms ?? play.entry.start_ms + UNKNOWN_LENGTH_MS) : 0;
}

function show() {
  const entry = state.play?.entry ?? state.queue[state.place];
  bar.dataset.state = state.running ? "playing" : "resting";
  part("toggle").setAttribute("aria-label", state.running ? "Pause" : "Play");
  part("skip").disabled = state.place + 1 >= state.queue.length && !state.play;
  if (entry) {
    const cover = part("cover");
    cover.hidden = false;
    cover.src = `/covers/${entry.item_id}.svg?v=${bar.dataset.drawing}`;
    part("title").textContent = entry.title;
    part("title").href = `/item/${entry.item_id}`;
    part("by").textContent = entry.by;
    part("length").textContent = entry.duration_ms ? clock(entry.duration_ms) : "";
    part("why").hidden = !entry.decision_id;
    if (entry.decision_id) {
      part("why").href = `/why/${entry.decision_id}/${encodeURIComponent(entry.slot.shelf)}/${entry.slot.position}`;
      part("why").setAttribute("aria-label", `Why ${entry.title}`);
    }
  }
  part("endless").setAttribute("aria-pressed", String(state.endless));
  part("pace").setAttribute("aria-pressed", String(state.pace !== 1));
  part("pace-label").textContent = `${state.pace}×`;
  showClock();
  mark(document);
}

/** Show on every card which one plays. */
function mark(root) {
  const playing = state.running ? state.play?.entry : null;
  for (const slot of root.querySelectorAll("[data-slot]")) {
    const plays = slot.dataset.item === playing?.item_id && Number(slot.dataset.start ?? 0) === playing.start_ms;
    slot.toggleAttribute("data-playing", plays);
    const button = slot.querySelector("[data-play]");
    button?.querySelector("path").setAttribute("d", plays ? PAUSE : PLAY);
    button?.setAttribute("aria-label", `${plays ? "Pause" : "Play"} ${named(read(slot))}`);
  }
}

/** Play from an element's slot on along its shelf or list; a passage, which goes on into its episode, stands alone. */
function playFrom(element) {
  end("replaced");
  const row = element.closest("[data-row]:not([data-alone])");
  const slots = row ? [...row.querySelectorAll("[data-slot]")] : [element];
  state.queue = slots.map(read);
  start(slots.indexOf(element), "clicked");
}

export const player = {
  start() {
    if (!bar) return;
    state.pace = document.querySelector("meta[name=simulated]").content === "yes" ? FAST : 1;
    setInterval(tick, TICK_MS);
    part("toggle").addEventListener("click", () => this.toggle());
    part("skip").addEventListener("click", () => this.skip());
    part("endless").addEventListener("click", () => {
      state.endless = !state.endless;
      show();
    });
    part("pace").addEventListener("click", () => {
      state.pace = state.pace === 1 ? FAST : 1;
      show();
    });
    document.addEventListener("click", (event) => {
      const all = event.target.closest("[data-play-all]");
      const slot = event.target.closest("[data-play]")?.closest("[data-slot]")
        ?? (all && document.querySelector("[data-row] [data-slot]"));
      if (slot?.hasAttribute("data-playing")) this.toggle();
      else if (slot) playFrom(slot);
    });
    onLeaving(() => {
      end("stopped");
      state.running = false;
      show();
    });
  },

  dress: (root) => mark(root),

  /** Pause or go on; whether there was anything to do so with. */
  toggle() {
    if (!state.play && state.place < 0) return false;
    if (!state.play) start(0, "clicked");
    else state.running = !state.running;
    show();
    return true;
  },

  skip() {
    if (state.play) next("skipped_forward", "skipped_into");
  },
};
