// Joint angles over time: one chart a joint, left and right together, with a legend that is also its switchboard and its read-out.

import uPlot from "/vendor/uplot-1.6.32/uPlot.esm.js";
import { announce, h } from "./dom.js";
import { elapsed, value, words } from "./format.js";
import { colour, themeChanges } from "./theme.js";

const HEIGHT = 190;
const TICK_FONT = "12px system-ui, sans-serif";
const STEPS = { ArrowLeft: -1, ArrowRight: 1, PageUp: -30, PageDown: 30 };
const ELAPSED_STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
const CROSSHAIR = "gonio";

/** The joint's chart. `tone`: 1 to 4, the pair of colours. `origin`: epoch ms that the time axis counts from. `onView`: called when it comes into view. */
export class JointChart {
  element;
  isInView = true;
  #plot;
  #tracks;
  #origin;
  #legend;
  #at = h("small", { class: "faint at" });

  constructor({ tracks, tone, origin, signal, onView }) {
    this.#tracks = tracks;
    this.#origin = origin;
    const title = words(tracks[0].joint);
    const unit = tracks[0].unit === "deg" ? "degrees" : tracks[0].unit;
    this.#legend = tracks.map((track, place) => legendEntry(track, token(tone, track, place), (shown) => this.#toggle(place, shown)));
    const canvas = h("div", { class: "plot", tabindex: 0, role: "group", "aria-label": `${title}, ${unit} over time. Left and right arrow keys move the crosshair.` });
    const head = h("figcaption", {}, h("h2", { text: title }), this.#at, h("div", { class: "legend" }, this.#legend.map((entry) => entry.button)));
    this.element = h("figure", { class: "card chart", "data-joint": tracks[0].joint }, head, canvas);
    this.#plot = new uPlot(this.#options(tone), this.#data(), canvas);
    this.#wire(canvas, signal);
    this.#watch(onView, signal);
    this.#readOut();
  }

  /** Draw what the tracks hold now, between these seconds since the origin. */
  update(min, max) {
    this.#plot.batch(() => {
      this.#plot.setData(this.#data(), false);
      this.#plot.setScale("x", { min, max });
    });
    this.#readOut();
  }

  #data() {
    return uPlot.join(this.#tracks.map((track) => {
      const [times, values] = track.drawn();
      return [times.map((time) => (time - this.#origin) / 1000), values];
    }));
  }

  #options(tone) {
    const axis = { stroke: () => colour("--ink-soft"), font: TICK_FONT, grid: { stroke: () => colour("--line"), width: 1 }, ticks: { show: false } };
    const line = (track, place) => ({ label: track.metric, width: 2, stroke: () => colour(token(tone, track, place)), dash: track.side === "right" ? [6, 4] : undefined, points: { show: false } });
    return {
      width: 320,
      height: HEIGHT,
      legend: { show: false },
      padding: [12, 12, 0, 0],
      cursor: { drag: { x: false, y: false }, y: false, sync: { key: CROSSHAIR, setSeries: false }, points: { size: 9 } },
      hooks: { setCursor: [() => this.#readOut()] },
      scales: { x: { time: false }, y: { range: (_, low, high) => paddedRange(low, high) } },
      axes: [{ ...axis, incrs: ELAPSED_STEPS_S, values: (_, ticks) => ticks.map(elapsed), size: 26 }, { ...axis, values: (_, ticks) => ticks.map((tick) => value(tick, this.#tracks[0].unit, 0)), size: 54 }],
      series: [{}, ...this.#tracks.map(line)],
    };
  }

  #wire(canvas, signal) {
    const size = new ResizeObserver(([entry]) => this.#plot.setSize({ width: Math.floor(entry.contentRect.width), height: HEIGHT }));
    size.observe(canvas);
    canvas.addEventListener("keydown", (event) => this.#key(event), { signal });
    themeChanges.addEventListener("change", () => this.#plot.redraw(false), { signal });
    signal.addEventListener("abort", () => {
      size.disconnect();
      this.#plot.destroy();
    });
  }

  #watch(onView, signal) {
    const view = new IntersectionObserver((entries) => {
      const wasInView = this.isInView;
      this.isInView = entries.at(-1).isIntersecting;
      if (this.isInView && !wasInView) onView();
    });
    view.observe(this.element);
    signal.addEventListener("abort", () => view.disconnect());
  }

  #key(event) {
    const [first, last] = this.#visible();
    const now = this.#plot.cursor.idx ?? last;
    const next = { Home: first, End: last }[event.key] ?? now + (STEPS[event.key] ?? Number.NaN);
    if (Number.isNaN(next)) return;
    event.preventDefault();
    const place = Math.min(Math.max(next, first), last);
    this.#plot.setCursor({ left: this.#plot.valToPos(this.#plot.data[0][place], "x"), top: 0 }, true, true);
    const read = this.#legend.map((entry) => `${entry.name} ${entry.output.textContent}`).join(", ");
    announce(`${elapsed(this.#plot.data[0][place])}: ${read}`);
  }

  /** First and last index of what the x axis shows. */
  #visible() {
    const { min, max } = this.#plot.scales.x;
    const times = this.#plot.data[0];
    const first = times.findIndex((time) => time >= min);
    return [Math.max(first, 0), Math.max(times.findLastIndex((time) => time <= max), 0)];
  }

  /** The values at the crosshair, or the newest. */
  #readOut() {
    if (!this.#plot) return; // uPlot calls its hooks from its constructor
    const place = this.#plot.cursor.idx;
    const isPlaced = place !== null && place !== undefined;
    this.#at.textContent = isPlaced ? `at ${elapsed(this.#plot.data[0][place])}` : "";
    this.#legend.forEach((entry, series) => {
      const shown = isPlaced ? this.#plot.data[series + 1][place] : this.#tracks[series].values.at(-1);
      entry.output.textContent = value(shown, this.#tracks[series].unit);
    });
  }

  #toggle(place, shown) {
    this.#plot.setSeries(place + 1, { show: shown });
  }
}

function legendEntry(track, tokenName, toggle) {
  const name = track.side ? words(track.side) : words(track.metric);
  const output = h("span", { class: "read-out" });
  const swatch = h("span", { class: "swatch", "data-side": track.side ?? "left", "aria-hidden": "true" });
  swatch.style.setProperty("--swatch", `var(${tokenName})`);
  const button = h("button", { class: "legend-entry", type: "button", "aria-pressed": "true", title: `Show or hide: ${track.metric} of ${track.deviceId}` }, swatch, `${name} `, output);
  button.addEventListener("click", () => {
    const shown = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(shown));
    toggle(shown);
  });
  return { button, output, name };
}

/** Left and right of a joint are a deep and a light tone of one hue; a joint's further devices take the next hue. */
function token(tone, track, place) {
  const shift = Math.floor(place / 2);
  return `--joint-${((tone - 1 + shift) % 4) + 1}-${track.side === "right" ? "right" : "left"}`;
}

/** Some room above and below, never less than ten units: noise of a joint at rest is not a movement. */
function paddedRange(low, high) {
  if (low === null || high === null) return [0, 10];
  const middle = (low + high) / 2;
  const half = Math.max((high - low) * 0.55, 5);
  return [middle - half, middle + half];
}
