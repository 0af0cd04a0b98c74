// Editors' pages: drag what must be included into another order, and hear what the form finds now. Without this file
// every row has buttons up and down, and the form a button that counts.

import { announce } from "./reporting.js";

let held = null;

const rowsOf = (list) => [...list.querySelectorAll("[data-id]")];
const order = (list) => rowsOf(list).map((row) => row.dataset.id).join(" ");

function take(event) {
  const row = event.target.closest("[data-order] .number")?.closest("[data-id]");
  if (!row || event.button) return;
  held = { row, list: row.parentElement, before: order(row.parentElement) };
  row.setPointerCapture(event.pointerId);
  row.toggleAttribute("data-held", true);
  event.preventDefault();
}

function carry(event) {
  if (!held) return;
  const { row, list } = held;
  const under = rowsOf(list).find((other) => {
    const { top, bottom } = other.getBoundingClientRect();
    return other !== row && event.clientY > top && event.clientY < bottom;
  });
  if (!under) return;
  const goesDown = rowsOf(list).indexOf(under) > rowsOf(list).indexOf(row);
  under[goesDown ? "after" : "before"](row);
}

function drop() {
  if (!held) return;
  const { row, list, before } = held;
  held = null;
  row.removeAttribute("data-held");
  if (order(list) === before) return;
  const form = document.getElementById(list.dataset.order);
  form.elements.order.value = order(list);
  form.requestSubmit();
}

export const edit = {
  start() {
    document.addEventListener("pointerdown", take);
    document.addEventListener("pointermove", carry);
    for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, drop);
    document.addEventListener("htmx:afterSettle", (event) => {
      if (event.detail.target?.id === "found") announce(document.getElementById("found-total").textContent);
    });
  },

  dress(root) {
    for (const one of root.querySelectorAll(".pool-form [data-without-script]")) one.hidden = true;
  },
};
