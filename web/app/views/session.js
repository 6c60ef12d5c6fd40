// One session: its joint angles on charts, which grow while it runs.

import { ApiError, get } from "../api.js";
import { JointChart } from "../chart.js";
import { announce, h, replaceKeepingFocus } from "../dom.js";
import { feed } from "../feed.js";
import { count, dateTime, elapsed, value, words } from "../format.js";
import { sessionState } from "../model.js";
import { badge, facts, heading, identifier } from "../parts.js";
import { link } from "../router.js";
import { Rounds } from "../rounds.js";
import { SessionSeries } from "../series.js";
import { session as signedIn } from "../session.js";
import { empty, fill } from "../states.js";

const WINDOWS = [["10", "Last 10 s"], ["30", "Last 30 s"], ["120", "Last 2 min"], ["", "All"]];
/** What of a session says that there are other values than before. */
const CHANGES = ["value_count", "first_value_at", "last_value_at"];
const STATES = { running: ["live", "Running"], silent: ["plain", "No end recorded"], ended: ["done", "Ended"] };

export function sessionView({ id, signal }) {
  const page = new SessionPage(id, signal);
  page.load();
  return { title: "Session", element: h("div", {}, h("a", { class: "back", href: link(["sessions"]), text: "All sessions" }), page.element) };
}

class SessionPage {
  element = h("div");
  #id;
  #signal;
  #session = null;
  #loading = false;
  /** What an event said while an answer was under way, which may be older. */
  #told = null;
  #series;
  #charts = new Map();
  /** How many seconds are shown, "" for all; of a running session the newest. */
  #window = null;
  #parts;
  #rounds;
  #hasUnknown = false;

  constructor(id, signal) {
    this.#id = id;
    this.#signal = signal;
    this.#rounds = new Rounds({ quick: () => this.#follow(() => this.#advance()), whole: () => this.#follow(() => this.#complete()), signal });
    feed.addEventListener("session.updated", ({ detail }) => detail.session_id === id && this.#moved(detail), { signal });
    feed.addEventListener("reading.rolled_up", ({ detail }) => this.#rolledUp(detail), { signal });
    feed.addEventListener("reset", () => this.load(true), { signal });
  }

  /** Everything anew. */
  async load(quiet = false) {
    this.#loading = true;
    await fill(this.element, { what: "session", signal: this.#signal, quiet, fetch: () => this.#fetch(), render: () => this.#render() });
    this.#loading = false;
    this.#draw();
    const told = this.#told;
    this.#told = null;
    if (told && this.#session) this.#moved(told);
  }

  async #fetch() {
    const [session, series] = [await get(`/sessions/${encodeURIComponent(this.#id)}`, {}, this.#signal), new SessionSeries(this.#signal)];
    await series.complete(session);
    this.#session = session;
    this.#series = series;
  }

  #render() {
    this.#charts.clear();
    this.#window ??= sessionState(this.#session) === "running" ? "30" : "";
    this.#parts = { head: h("div"), charts: h("section", { class: "charts", "aria-label": "Joint angles" }), ranges: h("section", { "aria-label": "Range of motion" }) };
    return [this.#parts.head, this.#windows(), this.#parts.charts, this.#parts.ranges];
  }

  /** The session's new state, from an event: it says until when there are values, and those are fetched. */
  #moved(session) {
    if (this.#loading) return void (this.#told = session);
    if (!this.#session) return;
    const before = this.#session;
    this.#session = { ...before, ...session };
    this.#draw();
    this.#hasUnknown ||= !this.#series.tracks.length || before.device_ids?.length !== this.#session.device_ids?.length;
    if (CHANGES.some((name) => before[name] !== this.#session[name])) this.#rounds.moved();
    if (before.ended_at || !this.#session.ended_at) return;
    announce("The session has ended.");
    this.#rounds.wholeNow();
  }

  /** A metric that nobody had heard of yet. */
  #rolledUp({ device_id: device, metric }) {
    if (!this.#session?.device_ids?.includes(device) || this.#series.knows(device, metric)) return;
    this.#hasUnknown = true;
    this.#rounds.moved();
  }

  /** What is new, for the charts that are in view. */
  async #advance() {
    await this.#series.advance(this.#session, ({ joint }) => this.#charts.get(joint)?.chart.isInView);
  }

  /** What is new and what came late, for all. Resolves to whether values are missing. */
  async #complete() {
    if (this.#hasUnknown) await this.#series.discover(this.#session);
    this.#hasUnknown = false;
    return this.#series.complete(this.#session);
  }

  async #follow(get) {
    try {
      const isShort = await get();
      this.#draw();
      return isShort;
    } catch (error) {
      if (this.#signal.aborted) return false;
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 401) signedIn.expire();
      else announce("New values could not be loaded; the next change tries again.");
      return false;
    }
  }

  #draw() {
    if (this.#signal.aborted || !this.#parts || !this.#session) return;
    const fresh = h("div", {}, head(this.#session));
    replaceKeepingFocus(this.#parts.head, fresh);
    this.#parts.head = fresh;
    const { tracks } = this.#series;
    const byJoint = Map.groupBy(tracks, (track) => track.joint);
    if (!tracks.length) this.#parts.charts.replaceChildren(nothing(this.#session));
    else if (this.#isNew(byJoint)) this.#build(byJoint);
    const span = this.#span(tracks);
    for (const { chart } of this.#charts.values()) chart.update(...span);
    this.#parts.ranges.replaceChildren(...(tracks.length ? ranges(tracks) : []));
  }

  #isNew(byJoint) {
    return byJoint.size !== this.#charts.size || [...byJoint].some(([name, tracks]) => this.#charts.get(name)?.size !== tracks.length);
  }

  #build(byJoint) {
    this.#charts.clear();
    const origin = Math.min(...[...byJoint.values()].flat().map((track) => track.times[0]));
    let tone = 0;
    for (const [name, tracks] of byJoint) {
      tone = (tone % 4) + 1;
      this.#charts.set(name, { size: tracks.length, origin, chart: new JointChart({ tracks, tone, origin, signal: this.#signal, onView: () => this.#rounds.moved() }) });
    }
    this.#parts.charts.replaceChildren(...[...this.#charts.values()].map(({ chart }) => chart.element));
  }

  /** The seconds that all charts show. */
  #span(tracks) {
    if (!tracks.length) return [0, 1];
    const { origin } = this.#charts.values().next().value;
    const end = Math.max(...tracks.map((track) => track.last)) - origin;
    const start = this.#window ? Math.max(0, end - Number(this.#window) * 1000) : Math.min(...tracks.map((track) => track.times[0])) - origin;
    return [start / 1000, Math.max(end, start + 1000) / 1000];
  }

  #windows() {
    const choices = WINDOWS.map(([seconds, text]) => {
      const radio = h("input", { type: "radio", name: "window", value: seconds, on: { change: () => { this.#window = seconds; this.#draw(); } } });
      radio.checked = seconds === this.#window;
      return h("label", {}, radio, h("span", { text }));
    });
    return h("fieldset", { class: "choices" }, h("legend", { class: "visually-hidden", text: "Time shown" }), choices);
  }
}

function head(session) {
  const [kind, text] = STATES[sessionState(session)];
  const began = Date.parse(session.started_at ?? session.first_value_at);
  const until = Date.parse(session.ended_at ?? session.last_value_at);
  const devices = (session.device_ids ?? []).flatMap((id, place) => [place ? ", " : "", identifier(id, link(["devices", id]))]);
  return [
    heading(session.exercise ? words(session.exercise) : session.session_id, badge(kind, text)),
    h("div", { class: "card" }, facts([
      ["Member", identifier(session.member_id, link(["sessions"], { member_id: session.member_id }))],
      ["Started", dateTime(session.started_at ?? session.first_value_at)],
      ["Length", until >= began ? elapsed((until - began) / 1000) : "–"],
      ["Devices", devices.length ? h("span", {}, devices) : "–"],
      ["Values", h("span", { id: "value-count", text: count(session.value_count) })],
    ])),
  ];
}

function nothing(session) {
  if (sessionState(session) === "ended") return empty("No values", "The session ended without any. Check that the device was worn and switched on.");
  return empty("Waiting for the first values", "They appear here as the device sends them.");
}

function ranges(tracks) {
  const several = new Set(tracks.map((track) => track.deviceId)).size > 1;
  const rows = tracks.map((track) => {
    const [low, high] = track.values.reduce(([least, most], one) => [Math.min(least, one), Math.max(most, one)], [Infinity, -Infinity]);
    const cells = [low, high, high - low, track.values.at(-1)].map((number) => h("td", { class: "number", text: value(number, track.unit) }));
    return h("tr", { "data-metric": track.metric }, h("th", { scope: "row", text: words(track.metric) + (several ? ` (${track.deviceId})` : "") }), cells);
  });
  const heads = ["Metric", "Lowest", "Highest", "Range", "Latest"].map((text, place) => h("th", { scope: "col", class: place ? "number" : null, text }));
  return [h("h2", { text: "Range of motion" }), h("div", { class: "table" }, h("table", {}, h("thead", {}, h("tr", {}, heads)), h("tbody", {}, rows)))];
}
