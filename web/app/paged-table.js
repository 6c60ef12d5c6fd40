// A list of the API as a table: page by page, each row replaceable while it is looked at.

import { ApiError } from "./api.js";
import { announce, h, replaceKeepingFocus } from "./dom.js";
import { failure, fill } from "./states.js";

/** A row's cells are given by `cells(item)`; its first is the row's header and carries the link. */
export class PagedTable {
  element = h("div", { class: "list" });
  #items = new Map();
  #options;
  #rows = null;
  #settled = false;
  #waiting = [];
  #loading = new AbortController();

  /**
   * @param {{caption: string, what: string, columns: string[], cells: (item) => (Node | string)[], key: (item) => string,
   *   fetchPage: (cursor: string | null, signal: AbortSignal) => Promise<{items: object[], next_cursor: string | null}>,
   *   empty: () => Node, signal: AbortSignal}} options
   */
  constructor(options) {
    this.#options = options;
  }

  /** The first page, anew. `quiet` keeps what is shown until the answer is here. */
  async load({ quiet = false } = {}) {
    this.#loading.abort();
    this.#loading = new AbortController();
    this.#settled = false;
    const signal = AbortSignal.any([this.#options.signal, this.#loading.signal]);
    const fetch = () => this.#options.fetchPage(null, signal);
    await fill(this.element, { what: this.#options.what, signal, fetch, quiet, render: (page) => this.#render(page) });
    if (!this.#settled) return;
    for (const change of this.#waiting.splice(0)) change();
  }

  /**
   * Change what is shown. While the list loads the change waits, because the answer may be older than what an event has told.
   */
  whenSettled(change) {
    if (this.#settled) change();
    else this.#waiting.push(change);
  }

  get(key) {
    return this.#items.get(key);
  }

  /** Show the item's new state where its row stands; false when it is not in the list. */
  replace(item) {
    const key = this.#options.key(item);
    if (!this.#items.has(key)) return false;
    this.#items.set(key, item);
    replaceKeepingFocus(this.#rows.querySelector(`[data-key="${CSS.escape(key)}"]`), this.#row(item));
    return true;
  }

  /** A new item, on top. */
  insertFirst(item) {
    if (!this.#rows) this.element.replaceChildren(...this.#render({ items: [item], next_cursor: null }));
    else this.#prepend(item);
  }

  #prepend(item) {
    this.#items.set(this.#options.key(item), item);
    this.#rows.prepend(this.#row(item));
  }

  #render({ items, next_cursor: cursor }) {
    this.#items.clear();
    this.#rows = null;
    this.#settled = true;
    if (!items.length) return this.#options.empty();
    this.#rows = h("tbody");
    this.#append(items);
    const heads = this.#options.columns.map((title) => h("th", { scope: "col", text: title }));
    const caption = h("caption", { class: "visually-hidden", text: this.#options.caption });
    const table = h("table", {}, caption, h("thead", {}, h("tr", {}, heads)), this.#rows);
    return [h("div", { class: "table" }, table), this.#more(cursor)];
  }

  #append(items) {
    for (const item of items) {
      this.#items.set(this.#options.key(item), item);
      this.#rows.append(this.#row(item));
    }
  }

  #row(item) {
    const [first, ...others] = this.#options.cells(item);
    return h("tr", { "data-key": this.#options.key(item) }, h("th", { scope: "row" }, first), others.map((cell) => h("td", {}, cell)));
  }

  #more(cursor) {
    if (!cursor) return h("div", { class: "more" });
    const button = h("button", { class: "button", type: "button", text: "Load more" });
    const host = h("div", { class: "more" }, button);
    button.addEventListener("click", () => this.#loadMore(cursor, host, button));
    return host;
  }

  async #loadMore(cursor, host, button) {
    button.disabled = true;
    const signal = AbortSignal.any([this.#options.signal, this.#loading.signal]);
    try {
      const page = await this.#options.fetchPage(cursor, signal);
      const fresh = page.items.filter((item) => !this.#items.has(this.#options.key(item)));
      this.#append(fresh);
      const next = this.#more(page.next_cursor);
      host.replaceWith(next);
      next.querySelector("button")?.focus();
      announce(`${fresh.length} more ${this.#options.what}`);
    } catch (error) {
      if (signal.aborted || !(error instanceof ApiError)) return;
      host.replaceChildren(failure(error, `More ${this.#options.what} could not be loaded`, () => { host.replaceChildren(button); this.#loadMore(cursor, host, button); }));
    }
  }
}
