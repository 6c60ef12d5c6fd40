// From the address to a view. Addresses are fragments (`#/sessions/s-1?member_id=m`), so that any static server can serve the client.

/** @typedef {{path: string, parts: string[], query: Record<string, string>}} Place */

/** The place that the address names now. */
export function place() {
  const [path, query] = location.hash.replace(/^#/, "").split("?");
  const parts = path.split("/").filter(Boolean).map(decoded);
  return { path, parts, query: Object.fromEntries(new URLSearchParams(query)) };
}

/** An address: `link(["sessions", id], {member_id})`. Empty parameters are left out. */
export function link(parts, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value);
  const parameters = given.length ? `?${new URLSearchParams(given)}` : "";
  return `#/${parts.map(encodeURIComponent).join("/")}${parameters}`;
}

/** Change the address without a step in the history: a filter is the same page. */
export function rewrite(parts, query) {
  history.replaceState(null, "", link(parts, query));
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
