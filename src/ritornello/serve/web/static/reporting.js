// Sends what happened to the service: listens, impressions and settled searches, each under an id of its own, so that
// a report sent twice counts once. What could not be sent is kept and sent again.

const AGAIN_MS = 5000;

const meta = (name) => document.querySelector(`meta[name=${name}]`)?.content ?? "";
const aheadMs = Number(meta("now")) - Date.now();

const nothing = () => ({ listens: [], impressions: [], queries: [] });

let waiting = nothing();
let timer = 0;

export const token = () => meta("csrf");

/** The service's own clock, as this page knows it, in milliseconds since 1970. */
export const nowMs = () => Date.now() + aheadMs;

export const instant = (ms) => new Date(ms).toISOString();

/** A time-ordered random UUID (RFC 9562, version 7). */
export function uuid7() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let ms = Math.floor(nowMs());
  for (let place = 5; place >= 0; place--) {
    bytes[place] = ms % 256;
    ms = Math.floor(ms / 256);
  }
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** Keep something to report; it goes within a few seconds, or with what is sent before. */
export function report(kind, record) {
  waiting[kind].push(record);
  if (!timer) timer = setTimeout(send, AGAIN_MS);
}

/** Send what waits; resolves to whether the service has it. */
export async function send() {
  clearTimeout(timer);
  timer = 0;
  const going = waiting;
  if (!Object.values(going).some((kind) => kind.length)) return true;
  waiting = nothing();
  try {
    const response = await fetch("/report", {
      method: "POST",
      keepalive: true,
      headers: { "Content-Type": "application/json", "X-CSRF-Token": token() },
      body: JSON.stringify(going),
    });
    if (response.ok && !response.redirected) return true;
    if (response.redirected || (response.status < 500 && response.status !== 429)) {
      notify("A play could not be recorded: this page is out of date. Open it again.");
      return false;
    }
  } catch {
    // The service is away; what waits is kept below.
  }
  for (const kind of Object.keys(waiting)) waiting[kind].unshift(...going[kind]);
  timer = setTimeout(send, AGAIN_MS);
  if (going.listens.length) notify("What you played is not saved yet; it is sent again until it is.");
  return false;
}

/** Do something when this page, or this listener, is about to go: what they did is still theirs. */
export function onLeaving(job) {
  addEventListener("pagehide", job);
  document.addEventListener("submit", (event) => {
    if (["/sign-in", "/sign-out"].includes(new URL(event.target.action).pathname)) job();
  });
}

/** Say something once, where everybody meets it. */
export function notify(text) {
  const line = document.createElement("p");
  line.textContent = text;
  document.getElementById("notice").replaceChildren(line);
}

/** Say something to those who listen to the page. */
export function announce(text) {
  document.getElementById("live-region").textContent = text;
}
