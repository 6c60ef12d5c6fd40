// What the API's objects mean here.

const SILENT_AFTER_MS = 2 * 60_000;

/** {online: true | false | null, since}. null: the device has never been heard of. */
export function presence(device) {
  const { online = false, since = null } = device.presence ?? {};
  return { online: online || since || device.last_contact_at ? online : null, since };
}

/** The device with what an event of its contacts says. */
export function withContact(device, contact) {
  const { last_contact_at, battery_percent, presence: now } = contact;
  return { ...device, last_contact_at, battery_percent, presence: now };
}

/** "running", "silent" (no end, and no value for a while) or "ended". */
export function sessionState(session, now = Date.now()) {
  if (session.ended_at) return "ended";
  const last = session.last_value_at ?? session.started_at;
  return last && now - Date.parse(last) < SILENT_AFTER_MS ? "running" : "silent";
}

/** {joint: "knee_flexion", side: "left" | "right" | null} of `knee_flexion_left`. */
export function joint(metric) {
  const match = /^(.+)_(left|right)$/.exec(metric);
  return match ? { joint: match[1], side: match[2] } : { joint: metric, side: null };
}
