// The raw values of a session: which series there are, what they hold, what is new when the session goes on, and what came late.

import { get } from "./api.js";
import { joint } from "./model.js";

// The API answers for a day at most, and says where to go on when there are more values than fit.
const SPAN_MS = 12 * 3_600_000;
const AT_ONCE = 4;
const GAP_MS = 1_000;
// A message may come behind later ones, or again after an interruption.
const LATE_BY_MS = 15_000;

/** One series: a metric of a device. `times` in epoch milliseconds, ascending; `values` beside them. */
export class Track {
  times = [];
  values = [];

  constructor(deviceId, { metric, unit }) {
    Object.assign(this, { deviceId, metric, unit, ...joint(metric) });
  }

  get last() {
    return this.times.at(-1);
  }

  /** Add points, which come in the order of time; those that were known are replaced. */
  merge(points) {
    if (!points.length) return;
    const fresh = points.map(({ at, value }) => [Date.parse(at), value]);
    const kept = this.times.findLastIndex((time) => time < fresh[0][0]) + 1;
    const values = this.values.splice(kept);
    const tail = new Map(this.times.splice(kept).map((time, place) => [time, values[place]]));
    for (const [time, value] of fresh) tail.set(time, value);
    for (const [time, value] of [...tail].sort(([a], [b]) => a - b)) {
      this.times.push(time);
      this.values.push(value);
    }
  }

  /** Times and values with an empty value where the device was silent, so that no line pretends otherwise. */
  drawn() {
    const [times, values] = [[], []];
    this.times.forEach((time, place) => {
      if (place && time - this.times[place - 1] > GAP_MS) {
        times.push(this.times[place - 1] + 1);
        values.push(null);
      }
      times.push(time);
      values.push(this.values[place]);
    });
    return [times, values];
  }
}

/** All series of one session. Every method throws ApiError. */
export class SessionSeries {
  #tracks = new Map();
  #signal;
  /** Whether values are missing that only fetching everything would bring. */
  #isShort = true;
  #isFinal = false;
  /** How many values the session counts that not even that brought. */
  #missing = 0;

  constructor(signal) {
    this.#signal = signal;
  }

  /** Those that have values, by metric and device. */
  get tracks() {
    return [...this.#tracks.values()].filter((track) => track.times.length).sort((a, b) => a.metric.localeCompare(b.metric) || a.deviceId.localeCompare(b.deviceId));
  }

  knows(deviceId, metric) {
    return this.#tracks.has(`${deviceId} ${metric}`);
  }

  /** Learn what the session's devices measure. */
  async discover({ device_ids: deviceIds = [] }) {
    const devices = await Promise.all(deviceIds.map((id) => get(`/devices/${encodeURIComponent(id)}`, {}, this.#signal)));
    for (const device of devices) {
      for (const last of device.last_values ?? []) {
        if (!this.knows(device.device_id, last.metric)) this.#tracks.set(`${device.device_id} ${last.metric}`, new Track(device.device_id, last));
      }
    }
  }

  /** Get what follows the last values, of the tracks that are wanted. */
  async advance(session, isWanted) {
    await this.#fetchEach([...this.#tracks.values()].filter(isWanted), session, (track) => track.last);
  }

  /**
   * Get what came late as well, of all tracks: the last seconds again; everything at first, at the session's end, and when the session
   * counted more values than that gave. Resolves to whether another call may get values that are still missing.
   */
  async complete(session) {
    const isAnew = this.#isShort || (Boolean(session.ended_at) && !this.#isFinal);
    if (isAnew) await this.discover(session);
    await this.#fetchEach([...this.#tracks.values()], session, (track) => (isAnew ? undefined : track.last - LATE_BY_MS));
    const missing = session.value_count - this.tracks.reduce((sum, { times }) => sum + times.length, 0);
    if (isAnew) this.#missing = Math.max(missing, 0);
    this.#isFinal = Boolean(session.ended_at);
    this.#isShort = missing > this.#missing;
    return this.#isShort;
  }

  /** Get values of each from `start(track)` on, in epoch ms; of those that have none, all. */
  async #fetchEach(tracks, session, start) {
    const [first, until] = [Date.parse(session.first_value_at), Date.parse(session.last_value_at)];
    if (!(first <= until)) return;
    const waiting = [...tracks];
    const worker = async () => {
      for (let track = waiting.pop(); track; track = waiting.pop()) await this.#fetch(track, { from: Math.max(first, start(track) || first), until });
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  async #fetch(track, { from, until }) {
    for (let start = from; start <= until; ) {
      const end = Math.min(start + SPAN_MS, until + 1);
      const query = { metric: track.metric, resolution: "raw", from: iso(start), to: iso(end) };
      const answer = await get(`/devices/${encodeURIComponent(track.deviceId)}/series`, query, this.#signal);
      track.merge(answer.points);
      start = answer.truncated ? Date.parse(answer.next_from) : end;
    }
  }
}

const iso = (ms) => new Date(ms).toISOString();
