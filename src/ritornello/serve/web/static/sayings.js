// Love, not for me, rest, never again: shown at once, taken back if the service did not take it.

import { close } from "./panel.js";
import { notify } from "./reporting.js";

const REVERSE = { love: "unlove", unlove: "love" };

/** Every button on the page that loves this item. */
const lovesOf = (aboutId) =>
  [...document.querySelectorAll("form[data-say]")]
    .filter((form) => form.elements.about_id.value === aboutId)
    .map((form) => form.querySelector(".love"))
    .filter(Boolean);

function setLove(aboutId, loved) {
  for (const button of lovesOf(aboutId)) {
    button.setAttribute("aria-pressed", String(loved));
    button.value = loved ? "unlove" : "love";
  }
}

/** Fade what will go; `leaving` false brings it back. */
function setLeaving(aboutId, leaving) {
  for (const slot of document.querySelectorAll("#live [data-slot]")) {
    if (slot.dataset.item === aboutId) slot.toggleAttribute("data-leaving", leaving);
  }
}

function show(act, aboutId) {
  if (act in REVERSE) setLove(aboutId, act === "love");
  else if (!act.startsWith("un")) setLeaving(aboutId, true);
}

function takeBack(act, aboutId) {
  if (act in REVERSE) setLove(aboutId, act !== "love");
  else setLeaving(aboutId, false);
}

/** The form behind a request, also one that its own answer has replaced. */
const saidBy = (event) => event.detail.requestConfig.elt.closest("form[data-say]");

/** Whether its answer takes the form's place in the panel, and says itself what changed. */
const stays = (form) => form.dataset.say === "stay";

export const sayings = {
  start() {
    document.addEventListener("htmx:beforeRequest", (event) => {
      const form = saidBy(event);
      if (!form) return;
      form.said = event.detail.requestConfig.parameters.act;
      if (!stays(form)) show(form.said, form.elements.about_id.value);
    });
    document.addEventListener("htmx:afterRequest", (event) => {
      const form = saidBy(event);
      if (!form) return;
      const aboutId = form.elements.about_id.value;
      if (!event.detail.successful) {
        if (!stays(form)) takeBack(form.said, aboutId);
        notify("That was not saved, and nothing else changed. Try again in a moment.");
        return;
      }
      if (!(form.said in REVERSE || stays(form))) close();
      document.dispatchEvent(new CustomEvent("ritornello:said", { detail: form.said }));
    });
  },
};
