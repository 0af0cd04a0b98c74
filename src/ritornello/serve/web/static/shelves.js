// Shelves and lists by keyboard: arrows move along and between them, Tab walks the controls of one
// card and then goes on to the next shelf. The wheel and the finger scroll them as they are.

import { calmly } from "./motion.js";

const CONTROLS = "a[href]:not([aria-hidden]), button:not([hidden])";
const ALONG = { ArrowRight: 1, ArrowLeft: -1 };
const ACROSS = { ArrowDown: 1, ArrowUp: -1 };

const slotsOf = (row) => [...row.querySelectorAll("[data-slot]")];
const rows = () => [...document.querySelectorAll("[data-row]")];

/** Make one slot of a row the one that Tab reaches. */
function settle(row, place) {
  const slots = slotsOf(row);
  const current = Math.min(Math.max(place, 0), slots.length - 1);
  row.dataset.current = current;
  slots.forEach((slot, n) => {
    for (const control of slot.querySelectorAll(CONTROLS)) control.tabIndex = n === current ? 0 : -1;
  });
  return slots[current];
}

/** Focus in another slot what has focus in this one: play stays on play, why on why. */
function step(row, place, like) {
  const slot = settle(row, place);
  const controls = [...slot.querySelectorAll(CONTROLS)];
  const target = controls[Math.min(like, controls.length - 1)];
  target.focus({ preventScroll: true });
  slot.scrollIntoView({ block: "nearest", inline: "nearest", behavior: calmly("smooth") });
}

function onKey(event) {
  const slot = event.target.closest("[data-row] [data-slot]");
  if (!slot || event.altKey || event.ctrlKey || event.metaKey) return;
  const row = slot.closest("[data-row]");
  const vertical = "vertical" in row.dataset;
  const place = slotsOf(row).indexOf(slot);
  const controls = [...slot.querySelectorAll(CONTROLS)];
  const like = controls.indexOf(event.target);
  const along = (vertical ? ACROSS : ALONG)[event.key];
  const across = (vertical ? ALONG : ACROSS)[event.key];
  if (along) step(row, place + along, like);
  else if (event.key === "Home") step(row, 0, like);
  else if (event.key === "End") step(row, Infinity, like);
  else if (across && vertical) controls[(like + across + controls.length) % controls.length].focus();
  else if (across) {
    const all = rows();
    const other = all[all.indexOf(row) + across];
    if (!other) return;
    step(other, Number(other.dataset.current), like);
  } else return;
  event.preventDefault();
}

/** Say at the buttons beside a shelf's title whether there is more either way; none needs none. */
function turns(shelf) {
  const row = shelf.querySelector("[data-row]");
  const [back, on] = shelf.querySelectorAll("[data-turn]");
  const look = () => {
    back.disabled = row.scrollLeft < 4;
    on.disabled = row.scrollLeft > row.scrollWidth - row.clientWidth - 4;
    back.parentElement.hidden = back.disabled && on.disabled;
  };
  row.addEventListener("scroll", look, { passive: true });
  look();
}

export const shelves = {
  start() {
    document.addEventListener("keydown", onKey);
    document.addEventListener("focusin", (event) => {
      const slot = event.target.closest("[data-row] [data-slot]");
      const row = slot?.closest("[data-row]");
      if (row) settle(row, slotsOf(row).indexOf(slot));
    });
    document.addEventListener("click", (event) => {
      const turn = event.target.closest("[data-turn]");
      const row = turn?.closest(".shelf").querySelector("[data-row]");
      row?.scrollBy({ left: Number(turn.dataset.turn) * row.clientWidth * 0.8, behavior: calmly("smooth") });
    });
  },

  dress(root) {
    for (const row of root.querySelectorAll("[data-row]")) settle(row, Number(row.dataset.current ?? 0));
    for (const shelf of root.querySelectorAll(".shelf")) turns(shelf);
  },
};
