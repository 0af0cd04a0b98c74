// Bringing a history: drop a file anywhere on its page or choose one, see it being sent, and hear when
// it is in. Without this file the form has a button and the page asks for itself again.

import { announce } from "./reporting.js";

const MEGABYTE = 1e6;
const ENDS = { done: "Your history is in.", failed: "The file could not be read.", cancelled: "Stopped." };

let was = null;

const formOn = () => document.querySelector("form[data-drop]");
const megabytes = (n) => (n / MEGABYTE).toFixed(n < 10 * MEGABYTE ? 1 : 0);

function refuse(form, words) {
  const line = form.querySelector("[data-refused]");
  line.textContent = words;
  line.hidden = !words;
}

function send(form) {
  const file = form.elements.file.files[0];
  if (!file) return;
  const most = Number(form.dataset.most);
  if (file.size > most) {
    refuse(form, `${file.name} is larger than the ${megabytes(most)} MB this service takes. Nothing was sent.`);
    form.reset();
    return;
  }
  refuse(form, "");
  form.requestSubmit();
}

function onDrag(event) {
  const form = formOn();
  if (!form || !event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  form.toggleAttribute("data-over", event.type === "dragover");
  if (event.type !== "drop") return;
  if (event.dataTransfer.files.length !== 1) return refuse(form, "Drop one file: the zip, or a single file of it.");
  form.elements.file.files = event.dataTransfer.files;
  send(form);
}

export const bringing = {
  start() {
    for (const name of ["dragover", "dragleave", "drop"]) document.addEventListener(name, onDrag);
    document.addEventListener("change", (event) => {
      if (event.target.matches("form[data-drop] [type=file]")) send(event.target.form);
    });
    document.addEventListener("htmx:beforeRequest", (event) => {
      const form = event.target.closest?.("form[data-drop]");
      if (!form) return;
      form.querySelector("[data-sending]").hidden = false;
      announce("Sending the file.");
    });
    document.addEventListener("htmx:xhr:progress", (event) => {
      const sending = event.target.closest?.("form[data-drop]")?.querySelector("[data-sending]");
      const { loaded, total } = event.detail;
      if (!sending || !total) return;
      sending.querySelector("progress").value = loaded / total;
      sending.querySelector("[data-sent]").textContent = `${megabytes(loaded)} of ${megabytes(total)} MB sent`;
    });
    document.addEventListener("htmx:sendError", (event) => {
      const form = event.target.closest?.("form[data-drop]");
      if (!form) return;
      form.querySelector("[data-sending]").hidden = true;
      refuse(form, "The file could not be sent, and nothing was imported. Try again in a moment.");
    });
  },

  dress(root) {
    const form = root.querySelector("form[data-drop]");
    form?.querySelector("[data-with-script]").removeAttribute("hidden");
    form?.querySelector("[data-without-script]").setAttribute("hidden", "");
    const is = document.getElementById("job")?.dataset.job ?? null;
    if (was === "running" && is in ENDS) announce(document.getElementById("job-title")?.textContent ?? ENDS[is]);
    was = is;
  },
};
