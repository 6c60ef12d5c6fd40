// Live events. The API's answers are finite, and come only when something happened or their wait (about 8 s) is over; then the browser asks
// again with the id of the last event. None of that is an interruption: only a pause longer than a wait, or a refusal, is shown.

const TYPES = ["session.updated", "reading.rolled_up", "device.presence", "reset"];
const PAUSE_IS_SHOWN_AFTER_MS = 12_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;

/**
 * Fires each type of event with the object in `detail`, and `state` with "connecting", "live", "reconnecting" or "off".
 * `reset` says: what you show may have missed changes, load it again.
 */
class Feed extends EventTarget {
  state = "off";
  #source = null;
  #pause = null;
  #retry = null;
  #retryMs = FIRST_RETRY_MS;
  #missed = false;

  open() {
    this.close();
    this.#show("connecting");
    this.#connect();
  }

  close() {
    clearTimeout(this.#retry);
    clearTimeout(this.#pause);
    this.#source?.close();
    this.#source = null;
    this.#missed = false;
    this.#show("off");
  }

  #connect() {
    const source = new EventSource("/api/events");
    this.#source = source;
    this.#expectNext();
    source.addEventListener("open", () => this.#opened());
    source.addEventListener("error", () => this.#interrupted(source));
    for (const type of TYPES) source.addEventListener(type, (event) => this.#deliver(type, event.data));
  }

  #opened() {
    this.#expectNext();
    this.#retryMs = FIRST_RETRY_MS;
    this.#show("live");
    if (this.#missed) this.#deliver("reset", "{}");
    this.#missed = false;
  }

  /** The end of an answer, which is nothing, or a refusal, after which the browser gives up and forgets the last event's id. */
  #interrupted(source) {
    if (source.readyState !== EventSource.CLOSED) return;
    this.#missed = true;
    this.#show("reconnecting");
    this.dispatchEvent(new Event("refused"));
    if (this.#source !== source) return;
    this.#retry = setTimeout(() => this.#connect(), this.#retryMs * (0.5 + Math.random()));
    this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS);
  }

  /** Each answer promises the next. */
  #expectNext() {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => this.#show("reconnecting"), PAUSE_IS_SHOWN_AFTER_MS);
  }

  #deliver(type, data) {
    this.dispatchEvent(new CustomEvent(type, { detail: data ? JSON.parse(data) : {} }));
  }

  #show(state) {
    if (this.state === state) return;
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: state }));
  }
}

export const feed = new Feed();
