// When to ask for what is new: soon after something moved, never without a pause, and every few seconds for what quick rounds leave out.

const PAUSE_MS = 1_000;
const WHOLE_EVERY_MS = 5_000;

/**
 * Runs `quick` soon after `moved()`, at most once a second. In its place, every five seconds and once more after the last `quick`,
 * runs `whole`, which resolves to whether it is needed again. One at a time, and none while nobody sees the page.
 */
export class Rounds {
  #quick;
  #whole;
  #signal;
  #hasMoved = false;
  #owesWhole = false;
  #wholeAt = -Infinity;
  #isRunning = false;

  constructor({ quick, whole, signal }) {
    this.#quick = quick;
    this.#whole = whole;
    this.#signal = signal;
  }

  moved() {
    this.#hasMoved = true;
    this.#run();
  }

  /** A whole round, without waiting for its turn. */
  wholeNow() {
    this.#wholeAt = -Infinity;
    this.moved();
  }

  async #run() {
    if (this.#isRunning) return;
    this.#isRunning = true;
    while ((this.#hasMoved || this.#owesWhole) && !this.#signal.aborted) {
      await seen();
      await this.#next();
      await new Promise((resolve) => { setTimeout(resolve, PAUSE_MS); });
    }
    this.#isRunning = false;
  }

  async #next() {
    const isTurnOfWhole = performance.now() - this.#wholeAt >= WHOLE_EVERY_MS;
    if (!this.#hasMoved && !isTurnOfWhole) return;
    this.#hasMoved = false;
    this.#owesWhole = !isTurnOfWhole;
    if (!isTurnOfWhole) return void (await this.#quick());
    this.#wholeAt = performance.now();
    this.#owesWhole = await this.#whole();
  }
}

/** Once the page is to be seen. */
function seen() {
  if (!document.hidden) return null;
  return new Promise((resolve) => { document.addEventListener("visibilitychange", resolve, { once: true }); });
}
