// How times, names and values are written.

const NEVER = "–";
const thisYear = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const otherYear = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
const exact = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const whole = new Intl.NumberFormat("en");
const UNITS = [["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]];

/** "24 Nov, 07:30" in the reader's time zone, with the year when it is another one. */
export function dateTime(iso, now = new Date()) {
  if (!iso) return NEVER;
  const then = new Date(iso);
  return (then.getFullYear() === now.getFullYear() ? thisYear : otherYear).format(then);
}

/** The same with seconds, for what a pointer rests on. */
export const exactTime = (iso) => (iso ? exact.format(new Date(iso)) : "");

/** "3 minutes ago". */
export function ago(iso, now = Date.now()) {
  if (!iso) return "never";
  const seconds = Math.round((Date.parse(iso) - now) / 1000);
  if (Math.abs(seconds) < 5) return "just now";
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length);
  return relative.format(Math.trunc(seconds / size), unit);
}

/** "1:05" for 65 seconds, "1:00:05" above an hour. */
export function elapsed(seconds) {
  const total = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  const tail = `${hours ? String(minutes).padStart(2, "0") : minutes}:${String(rest).padStart(2, "0")}`;
  return hours ? `${hours}:${tail}` : tail;
}

/** "Standing shoulder abduction" for `standing_shoulder_abduction`. */
export function words(name) {
  if (!name) return NEVER;
  const spaced = name.replaceAll("_", " ").trim();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

/** "121.4°", "61 %", or with the unit as it came. */
export function value(number, unit, digits = 1) {
  if (number === null || number === undefined) return NEVER;
  const text = number.toFixed(digits);
  if (unit === "deg") return `${text}°`;
  return unit ? `${text} ${unit === "percent" ? "%" : unit}` : text;
}

export const count = (number) => (number === null || number === undefined ? NEVER : whole.format(number));
