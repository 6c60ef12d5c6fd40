// The clinic's devices: which are online, how their batteries are, when they were last heard of.

import { get } from "../api.js";
import { h } from "../dom.js";
import { feed } from "../feed.js";
import { words } from "../format.js";
import { withContact } from "../model.js";
import { PagedTable } from "../paged-table.js";
import { battery, field, heading, identifier, presenceMark, whenQuiet } from "../parts.js";
import { link, rewrite } from "../router.js";
import { session } from "../session.js";
import { empty } from "../states.js";
import { timeAgo } from "../time.js";

const PAGE = 50;

export function devicesView({ query, signal }) {
  const text = h("input", { type: "search", name: "q", value: query.q ?? "", placeholder: "Device or member", maxlength: 200 });
  const online = h("select", { name: "online" }, h("option", { value: "", text: "All" }), h("option", { value: "true", text: "Online" }), h("option", { value: "false", text: "Offline" }));
  online.value = query.online ?? "";
  const filters = () => ({ q: text.value.trim(), online: online.value });
  const table = new PagedTable({
    caption: "Devices with presence, battery and last contact",
    what: "devices",
    columns: columns(),
    cells,
    key: (device) => device.device_id,
    fetchPage: (cursor, loading) => get("/devices", { limit: PAGE, cursor, ...filters() }, loading),
    empty: () => nothing(filters()),
    signal,
  });
  const reload = () => {
    rewrite(["devices"], filters());
    table.load();
  };
  text.addEventListener("input", whenQuiet(reload));
  online.addEventListener("change", reload);
  listen(table, signal);
  table.load();
  const form = h("form", { class: "filters", role: "search", "aria-label": "Devices", on: { submit: (event) => event.preventDefault() } }, field("Search", text), field("Presence", online));
  return { title: "Devices", element: h("div", {}, heading("Devices"), form, table.element) };
}

const seesAllClinics = () => session.user?.role === "operator";

function columns() {
  return ["Device", seesAllClinics() ? "Clinic" : "Member", "Presence", "Battery", "Last contact"];
}

function cells(device) {
  return [
    h("span", {}, identifier(device.device_id, link(["devices", device.device_id])), device.status === "active" ? null : h("span", { class: "second", text: words(device.status) })),
    identifier(seesAllClinics() ? device.tenant_id : device.member_id),
    presenceMark(device),
    battery(device.battery_percent),
    timeAgo(device.last_contact_at),
  ];
}

function listen(table, signal) {
  feed.addEventListener("device.presence", ({ detail: contact }) => {
    table.whenSettled(() => {
      const device = table.get(contact.device_id);
      if (device) table.replace(withContact(device, contact));
    });
  }, { signal });
  feed.addEventListener("reset", () => table.load({ quiet: true }), { signal });
}

function nothing({ q, online }) {
  if (q || online) return empty("No device matches", "Shorten the search, or choose all.");
  return empty("No devices yet", "An operator registers a device for a member; it appears here at once.");
}
