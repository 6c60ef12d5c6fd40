// Small pieces that several pages show.

import { h } from "./dom.js";
import { presence } from "./model.js";
import { timeAgo } from "./time.js";

const LOW_BATTERY_PERCENT = 20;

/** Online or not, by word, shape and colour, and since when. */
export function presenceMark(device) {
  const { online, since } = presence(device);
  const word = online === null ? "Not seen yet" : online ? "Online" : "Offline";
  const mark = h("span", { class: "presence", "data-online": String(online) }, h("span", { class: "dot", "aria-hidden": "true" }), word);
  return since ? h("span", {}, mark, h("small", { class: "faint since" }, " since ", timeAgo(since))) : mark;
}

/** "61 %", with a warning in words when it is low. */
export function battery(percent) {
  if (percent === null || percent === undefined) return h("span", { class: "faint", text: "unknown" });
  const low = percent <= LOW_BATTERY_PERCENT;
  const level = h("meter", { min: 0, max: 100, low: LOW_BATTERY_PERCENT + 1, optimum: 100, value: percent, "aria-hidden": "true" });
  return h("span", { class: low ? "battery low" : "battery" }, level, `${Math.round(percent)} %${low ? " · low" : ""}`);
}

/** An id: a short one stays on one line, hyphens or not. */
export function identifier(id, href = null) {
  if (!id) return "–";
  return h(href ? "a" : "span", { href, class: id.length <= 24 && "nowrap", text: id });
}

/** A state in words. */
export function badge(kind, text) {
  return h("span", { class: "badge", "data-kind": kind, text });
}

/** The page's title, with what stands beside it. */
export function heading(title, ...beside) {
  return h("div", { class: "heading" }, h("h1", { text: title }), ...beside);
}

/** A labelled control. */
export function field(label, control) {
  return h("label", { class: "field" }, h("span", { text: label }), control);
}

/** Facts by name. */
export function facts(pairs) {
  return h("dl", { class: "facts" }, pairs.map(([name, content]) => h("div", {}, h("dt", { text: name }), h("dd", {}, content))));
}

/** Call `act` for the first of many things soon, and for all others together: never twice within `ms`. */
export function notMoreOften(act, ms) {
  let timer = null;
  return () => {
    timer ??= setTimeout(() => {
      timer = null;
      act();
    }, ms);
  };
}

/** Call `act` once things have been quiet for a moment: nobody's typing is a request a letter. */
export function whenQuiet(act, ms = 250) {
  let timer = null;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(act, ms);
  };
}
