// The clinic's sessions, in the API's order, with filters; those that run move while they are looked at.

import { get } from "../api.js";
import { h } from "../dom.js";
import { feed } from "../feed.js";
import { count, dateTime, elapsed, words } from "../format.js";
import { sessionState } from "../model.js";
import { PagedTable } from "../paged-table.js";
import { badge, field, heading, identifier, whenQuiet } from "../parts.js";
import { link, rewrite } from "../router.js";
import { empty } from "../states.js";

const PAGE = 50;
const CHOICES = 100;
const STATES = { running: ["live", "Running"], silent: ["plain", "No end recorded"], ended: ["done", "Ended"] };

export function sessionsView({ query, signal }) {
  const controls = {
    q: h("input", { type: "search", name: "q", value: query.q ?? "", placeholder: "Exercise, member, device", maxlength: 200 }),
    member_id: select("member_id", "All members", query.member_id),
    device_id: select("device_id", "All devices", query.device_id),
    exercise: select("exercise", "All exercises", query.exercise),
  };
  const filters = () => Object.fromEntries(Object.entries(controls).map(([name, control]) => [name, control.value.trim()]));
  const table = sessionTable({ controls, filters, signal });
  const reload = () => {
    rewrite(["sessions"], filters());
    table.load();
  };
  controls.q.addEventListener("input", whenQuiet(reload));
  for (const name of ["member_id", "device_id", "exercise"]) controls[name].addEventListener("change", reload);
  listen(table, filters, signal);
  table.load();
  offerChoices(controls, signal);
  const form = h("form", { class: "filters", role: "search", "aria-label": "Sessions", on: { submit: (event) => event.preventDefault() } }, field("Search", controls.q), field("Member", controls.member_id), field("Device", controls.device_id), field("Exercise", controls.exercise));
  return { title: "Sessions", element: h("div", {}, heading("Sessions"), form, table.element) };
}

function sessionTable({ controls, filters, signal }) {
  return new PagedTable({
    caption: "Sessions",
    what: "sessions",
    columns: ["Exercise", "Member", "Started", "Length", "Values", "State"],
    cells,
    key: (item) => item.session_id,
    fetchPage: async (cursor, loading) => {
      const page = await get("/sessions", { limit: PAGE, cursor, ...filters() }, loading);
      offer(controls.exercise, page.items.map((item) => item.exercise), words);
      return page;
    },
    empty: () => nothing(filters()),
    signal,
  });
}

function cells(item) {
  const [kind, text] = STATES[sessionState(item)];
  const began = Date.parse(item.started_at ?? item.first_value_at);
  const until = Date.parse(item.ended_at ?? item.last_value_at);
  return [
    h("a", { href: link(["sessions", item.session_id]), text: item.exercise ? words(item.exercise) : item.session_id }),
    h("span", {}, identifier(item.member_id), h("span", { class: "second" }, (item.device_ids ?? []).flatMap((id, place) => [place ? ", " : "", identifier(id)]))),
    h("span", { class: "nowrap", text: dateTime(item.started_at ?? item.first_value_at) }),
    until >= began ? elapsed((until - began) / 1000) : "–",
    count(item.value_count),
    badge(kind, text),
  ];
}

function listen(table, filters, signal) {
  feed.addEventListener("session.updated", ({ detail: item }) => {
    table.whenSettled(() => {
      if (!table.replace(item) && matches(item, filters())) table.insertFirst(item);
    });
  }, { signal });
  feed.addEventListener("reset", () => table.load({ quiet: true }), { signal });
}

/** Whether a session that has just appeared belongs into the list; a text search is the read model's to answer. */
function matches(item, { q, member_id: member, device_id: device, exercise }) {
  return !q && (!member || item.member_id === member) && (!device || item.device_ids?.includes(device)) && (!exercise || item.exercise === exercise);
}

function select(name, all, chosen) {
  const control = h("select", { name }, h("option", { value: "", text: all }));
  if (chosen) offer(control, [chosen], name === "exercise" ? words : String);
  control.value = chosen ?? "";
  return control;
}

/** Add what is not yet there to choose. */
function offer(control, values, label = String) {
  const known = new Set([...control.options].map((option) => option.value));
  for (const value of [...new Set(values)].filter((one) => one && !known.has(one)).sort()) control.append(h("option", { value, text: label(value) }));
}

/** Without these the page still works, with fewer choices; that they failed shows where they are listed. */
async function offerChoices(controls, signal) {
  const lists = [["/members", "member_id"], ["/devices", "device_id"]];
  await Promise.allSettled(lists.map(async ([path, name]) => {
    const page = await get(path, { limit: CHOICES }, signal);
    offer(controls[name], page.items.map((item) => item[name]));
  }));
}

function nothing(filters) {
  if (Object.values(filters).some(Boolean)) return empty("No session matches", "Take a filter away, or shorten the search.", h("a", { class: "button", href: link(["sessions"]), text: "Show all sessions" }));
  return empty("No sessions yet", "A session appears here when a member starts an exercise with a device.");
}
