// The one panel: an item, or why it is here. A link that opens it is an ordinary link without us.

const dialog = document.getElementById("panel");
const body = document.getElementById("panel-body");

let opener = null;
let wanted = false;

async function open(link) {
  if (!dialog.open) opener = link;
  wanted = true;
  await htmx.ajax("GET", link.href, { source: dialog, target: body, swap: "innerHTML" });
}

export function close() {
  if (dialog.open) dialog.close();
}

export const panel = {
  start() {
    document.addEventListener(
      "click",
      (event) => {
        const link = event.target.closest("a[data-panel]");
        if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
        event.preventDefault();
        event.stopPropagation();
        open(link);
      },
      { capture: true },
    );
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog || event.target.closest("[data-close]")) close();
    });
    dialog.addEventListener("close", () => {
      const back = opener?.isConnected ? opener : document.getElementById("main");
      opener = null;
      back.focus({ preventScroll: true });
    });
    document.addEventListener("htmx:afterSettle", (event) => {
      if (event.detail.target !== body || !body.childElementCount) return;
      const heading = body.querySelector("h1");
      if (heading) dialog.setAttribute("aria-label", document.title = heading.textContent);
      if (wanted && !dialog.open) dialog.showModal();
      wanted = false;
      dialog.scrollTop = 0;
      body.querySelector(".changed")?.focus({ preventScroll: true });
    });
  },
};
