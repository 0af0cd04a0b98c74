// Radio: what the player goes on with where its queue ends. Each track is asked for once it is known how the
// one before it ended, so that a skip or a love of a second ago has its say.

import { close } from "./panel.js";
import { notify, token } from "./reporting.js";

let beginning = false;

/** What follows a station's track, or the last one of a list; nothing where there is no more. */
export async function more(last) {
  const seed = last.decision_id ? `list:${last.decision_id}/${last.slot.shelf}` : last.item_id;
  try {
    const response = await fetch("/radio/next", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRF-Token": token() },
      body: JSON.stringify(last.station ? { station: last.station } : { seed }),
    });
    if (!response.ok || response.redirected) return [];
    const { title, ends, entries } = await response.json();
    if (ends) notify(`${title} has come to its end. Love or play something to go on.`);
    else if (!last.station) notify(`That was the last of them. ${title} goes on from there.`);
    if (entries.length) document.dispatchEvent(new CustomEvent("ritornello:heard"));
    return entries;
  } catch {
    notify("Radio cannot be reached. Press play to try again.");
    return [];
  }
}

export const radio = {
  start() {
    document.addEventListener("submit", (event) => {
      beginning = event.target.hasAttribute("data-radio");
    });
    document.addEventListener("htmx:afterSettle", (event) => {
      if (!beginning || event.detail.target.id !== "main") return;
      beginning = false;
      close();
      document.querySelector("[data-station] [data-play]")?.click();
    });
  },
};
