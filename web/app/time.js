// Times that stay true while they are looked at: "3 minutes ago" grows old with the page.

import { h } from "./dom.js";
import { ago, exactTime } from "./format.js";

const EVERY_MS = 10_000;

/** How long ago that was; the exact time on hover. */
export function timeAgo(iso) {
  if (!iso) return h("span", { class: "faint", text: ago(iso) });
  return h("time", { datetime: iso, title: exactTime(iso), "data-ago": true, text: ago(iso) });
}

/** Keep all of them true, as long as the page lives. */
export function keepTimesTrue() {
  setInterval(() => {
    for (const time of document.querySelectorAll("time[data-ago]")) {
      const text = ago(time.dateTime);
      if (time.textContent !== text) time.textContent = text;
    }
  }, EVERY_MS);
}
