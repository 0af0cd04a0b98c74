// Keys: space plays or pauses wherever it means nothing else; the letters count only while something
// that plays has focus, so that nobody who speaks or types to the page meets them by accident.

import { player } from "./player.js";

const TYPING = "input, textarea, select, [contenteditable]";
const PRESSED_BY_SPACE = `${TYPING}, button, summary`;

const LETTERS = {
  n: () => player.skip(),
  w: (slot) => slot.querySelector(".why")?.click(),
  l: (slot) => slot.querySelector(".love")?.click(),
};

export const keys = {
  start() {
    document.addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest(TYPING)) return;
      if (event.key === " " && !event.target.closest(PRESSED_BY_SPACE)) {
        if (player.toggle()) event.preventDefault();
        return;
      }
      const slot = event.target.closest("[data-slot], #player");
      const letter = slot && LETTERS[event.key.toLowerCase()];
      if (!letter) return;
      event.preventDefault();
      letter(slot);
    });
  },
};
