// The clinic's members, each with the way to their sessions and devices.

import { get } from "../api.js";
import { h } from "../dom.js";
import { feed } from "../feed.js";
import { dateTime } from "../format.js";
import { PagedTable } from "../paged-table.js";
import { field, heading, identifier, whenQuiet } from "../parts.js";
import { link, rewrite } from "../router.js";
import { empty } from "../states.js";

const PAGE = 50;

export function membersView({ query, signal }) {
  const text = h("input", { type: "search", name: "q", value: query.q ?? "", placeholder: "Member", maxlength: 200 });
  const table = new PagedTable({
    caption: "Members",
    what: "members",
    columns: ["Member", "First named", "Devices"],
    cells,
    key: (member) => member.member_id,
    fetchPage: (cursor, loading) => get("/members", { limit: PAGE, cursor, q: text.value.trim() }, loading),
    empty: () => nothing(text.value.trim()),
    signal,
  });
  text.addEventListener("input", whenQuiet(() => {
    rewrite(["members"], { q: text.value.trim() });
    table.load();
  }));
  feed.addEventListener("reset", () => table.load({ quiet: true }), { signal });
  table.load();
  const form = h("form", { class: "filters", role: "search", "aria-label": "Members", on: { submit: (event) => event.preventDefault() } }, field("Search", text));
  return { title: "Members", element: h("div", {}, heading("Members"), form, table.element) };
}

function cells(member) {
  return [
    identifier(member.member_id, link(["sessions"], { member_id: member.member_id })),
    dateTime(member.named_at),
    h("a", { href: link(["devices"], { q: member.member_id }), text: "Devices", "aria-label": `Devices of ${member.member_id}` }),
  ];
}

function nothing(q) {
  if (q) return empty("No member matches", "Shorten the search.");
  return empty("No members yet", "A member appears when a device is registered for them, or when their first session starts.");
}
