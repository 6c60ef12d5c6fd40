// The raw values of a session: which series there are, what they hold, and only what is new when the session goes on.

import { get } from "./api.js";
import { joint } from "./model.js";

// The API answers for a day at most, and says where to go on when there are more values than fit.
const SPAN_MS = 12 * 3_600_000;
const AT_ONCE = 4;
const GAP_MS = 1_000;

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

  /** Add points; those that were known are replaced. */
  merge(points) {
    const fresh = points.map(({ at, value }) => [Date.parse(at), value]);
    if (!fresh.length) return;
    const after = fresh.filter(([time]) => !(time <= this.last));
    const known = after.length === fresh.length || this.#holds(fresh.slice(0, fresh.length - after.length));
    const all = known ? after : [...new Map([...this.times.map((time, place) => [time, this.values[place]]), ...fresh])];
    if (!known) [this.times, this.values] = [[], []];
    for (const [time, value] of all.sort(([a], [b]) => a - b)) {
      this.times.push(time);
      this.values.push(value);
    }
  }

  /** Whether these, which overlap the end, say nothing new. */
  #holds(points) {
    return points.every(([time, value]) => {
      const place = this.times.lastIndexOf(time);
      return place >= 0 && this.values[place] === value;
    });
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

  /** Get what came since the last time; `anew`: everything, also what came late into the past. */
  async advance(session, { anew = false } = {}) {
    const span = { from: Date.parse(session.first_value_at), until: Date.parse(session.last_value_at) };
    if (!(span.from <= span.until)) return;
    const waiting = [...this.#tracks.values()];
    const worker = async () => {
      for (let track = waiting.pop(); track; track = waiting.pop()) await this.#fetch(track, anew ? span : { ...span, from: Math.max(span.from, track.last ?? 0) });
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
