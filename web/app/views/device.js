// One device: presence, battery, and the last value of everything that it measures.

import { get } from "../api.js";
import { h } from "../dom.js";
import { feed } from "../feed.js";
import { dateTime, value, words } from "../format.js";
import { presence } from "../model.js";
import { battery, facts, heading, identifier, notMoreOften, presenceMark } from "../parts.js";
import { link } from "../router.js";
import { session } from "../session.js";
import { empty, fill } from "../states.js";
import { timeAgo } from "../time.js";

const REFRESH_AFTER_MS = 1_500;

export function deviceView({ id, signal }) {
  const host = h("div");
  const load = (quiet) => fill(host, { what: "device", signal, quiet, fetch: () => get(`/devices/${encodeURIComponent(id)}`, {}, signal), render });
  const refresh = notMoreOften(() => load(true), REFRESH_AFTER_MS);
  for (const type of ["device.presence", "reading.rolled_up"]) {
    feed.addEventListener(type, ({ detail }) => detail.device_id === id && refresh(), { signal });
  }
  feed.addEventListener("reset", refresh, { signal });
  load(false);
  const back = h("a", { class: "back", href: link(["devices"]), text: "All devices" });
  return { title: id, element: h("div", {}, back, heading(id), host) };
}

function render(device) {
  const sees = session.user?.role === "therapist";
  const pairs = [
    ["Presence", presenceMark(device)],
    ["Battery", battery(device.battery_percent)],
    ["Last contact", timeAgo(device.last_contact_at)],
    ["Member", memberLink(device, sees)],
    ["Certificate", words(device.status)],
    ["Registered", dateTime(device.registered_at)],
  ];
  const sessions = sees ? h("p", {}, h("a", { href: link(["sessions"], { device_id: device.device_id }), text: "Sessions of this device" })) : null;
  return [h("section", { class: "card", "aria-label": "State" }, facts(pairs), sessions), lastValues(device)].filter(Boolean);
}

function memberLink(device, sees) {
  return identifier(device.member_id, sees && device.member_id ? link(["sessions"], { member_id: device.member_id }) : null);
}

function lastValues(device) {
  const values = device.last_values;
  if (!values) return null; // not for this role
  const title = h("h2", { text: "Last values" });
  if (!values.length) {
    const hint = presence(device).online ? "It is online; values appear when a session starts." : "Values appear when it is switched on and a session starts.";
    return h("section", {}, title, empty("Nothing measured yet", hint));
  }
  const rows = values.map((last) => h("tr", {}, h("th", { scope: "row", text: words(last.metric) }), h("td", { class: "number", text: value(last.value, last.unit) }), h("td", {}, timeAgo(last.measured_at))));
  const heads = ["Metric", "Value", "Measured"].map((text, place) => h("th", { scope: "col", class: place === 1 && "number", text }));
  return h("section", {}, title, h("div", { class: "table" }, h("table", {}, h("thead", {}, h("tr", {}, heads)), h("tbody", {}, rows))));
}
