// What a page shows while it waits, when there is nothing, and when something failed: always with what to do next.

import { ApiError } from "./api.js";
import { h } from "./dom.js";
import { session } from "./session.js";

/** A calm placeholder: "Loading devices…". */
export function loading(what) {
  return h("div", { class: "state", "aria-busy": "true" }, h("span", { class: "spinner", "aria-hidden": "true" }), h("p", { text: `${what}…` }));
}

/** Nothing to show: why, and what to do about it. */
export function empty(title, advice, ...actions) {
  return h("div", { class: "state" }, h("h2", { text: title }), h("p", { text: advice }), ...actions);
}

/** What failed, the service's own reason, and a way to try again. */
export function failure(error, what, retry = null) {
  const reference = error.correlationId ? h("p", { class: "fine", text: `Reference for support: ${error.correlationId}` }) : null;
  const again = retry && h("button", { class: "button", type: "button", text: "Try again", on: { click: () => { block.remove(); retry(); } } });
  // Where the page's own title could not be loaded, this is the page's title.
  const level = document.querySelector("main h1") ? "h2" : "h1";
  const block = h("div", { class: "state failed", role: "alert" }, h(level, { text: `${what}.` }), h("p", { text: advice(error) }), reference, again);
  return block;
}

function advice(error) {
  if (error.status === 404) return "It does not exist, or it belongs to another clinic.";
  if (error.status === 403) return "Your role may not see this.";
  if (error.status === 429) return `Too many requests. Wait ${error.retryAfter ?? "some"} seconds, then try again.`;
  if (error.status === 0 || error.status >= 500) return `${error.message} Check the connection, then try again.`;
  return error.message;
}

/**
 * Fill `host` with what `fetch` gets: loading first, then `render(answer)`, or the failure with a retry.
 * A 401 ends the session instead; a view that is gone (`signal`) shows nothing.
 */
export async function fill(host, { what, signal, fetch, render, quiet = false }) {
  if (!quiet) host.replaceChildren(loading(`Loading ${what}`));
  try {
    const answer = await fetch();
    if (!signal.aborted) host.replaceChildren(...[render(answer)].flat());
  } catch (error) {
    if (signal.aborted || error.name === "AbortError") return;
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 401) session.expire();
    else host.replaceChildren(failure(error, `The ${what} could not be loaded`, () => fill(host, { what, signal, fetch, render })));
  }
}
