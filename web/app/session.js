// Who is signed in: signs in and out, refreshes the session before its end, and keeps the tabs of one browser in step.

import { ApiError, get, send, setCsrfToken } from "./api.js";

const REFRESH_BEFORE_END_MS = 5 * 60_000;
const REFRESH_WITHOUT_END_MS = 40 * 60_000;
const LEAST_PAUSE_MS = 1_000;

/** Fires `change` whenever somebody is signed in or out; `user` is {email, role, tenant}, or null. */
class Session extends EventTarget {
  user = null;
  /** Why nobody is signed in, when that needs a word: "ended" or null. */
  reason = null;
  #timer = null;
  #refreshedAt = 0;
  #tabs = new BroadcastChannel("gonio.session");

  constructor() {
    super();
    this.#tabs.addEventListener("message", ({ data }) => this.#hear(data));
    // A page from the back-forward cache may have slept through a sign-out.
    addEventListener("pageshow", (event) => event.persisted && this.resume());
  }

  /** Take up the session that the browser's cookie holds, if there is one. Throws ApiError when the API cannot say. */
  async resume() {
    try {
      this.#open(await get("/session"));
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      this.#close(this.user ? "ended" : null);
    }
  }

  /** Throws ApiError: 401 for a wrong email or password, 429 when there were too many attempts. */
  async signIn(email, password) {
    this.#open(await send("POST", "/session", { email, password }));
    this.#tabs.postMessage("signed-in");
  }

  /** End the session here, at the API, and in the other tabs. Throws ApiError when the API did not hear of it. */
  async signOut() {
    try {
      await send("DELETE", "/session");
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
    }
    this.#tabs.postMessage("signed-out");
    this.#close(null);
  }

  /** The API answered 401: the session is over. */
  expire() {
    if (this.user) this.#close("ended");
  }

  #open({ user, csrf_token: csrfToken, expires_at: expiresAt }) {
    setCsrfToken(csrfToken);
    this.#plan(expiresAt);
    const same = this.user && this.user.email === user.email && this.user.tenant === user.tenant;
    this.user = user;
    this.reason = null;
    if (!same) this.dispatchEvent(new Event("change"));
  }

  #close(reason) {
    clearTimeout(this.#timer);
    setCsrfToken(null);
    this.user = null;
    this.reason = reason;
    this.dispatchEvent(new Event("change"));
  }

  #plan(expiresAt) {
    clearTimeout(this.#timer);
    const left = expiresAt ? Date.parse(expiresAt) - Date.now() : REFRESH_WITHOUT_END_MS + REFRESH_BEFORE_END_MS;
    // Never before half of its life: short sessions would be refreshed without a pause.
    const pause = left - Math.min(REFRESH_BEFORE_END_MS, left / 2);
    this.#timer = setTimeout(() => this.#refresh(), Math.max(pause, LEAST_PAUSE_MS));
  }

  /** One tab at a time: a refresh token is good for one use, and a second would look like a thief's. */
  async #refresh() {
    const wantedAt = Date.now();
    await navigator.locks.request("gonio.refresh", async () => {
      if (this.#refreshedAt >= wantedAt) return;
      try {
        this.#open(await this.#rotated());
        this.#tabs.postMessage("refreshed");
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.status === 401) this.expire();
        else this.#plan(null);
      }
    });
  }

  /** The new session; asked for where the answer to the refresh does not carry it. */
  async #rotated() {
    const answer = await send("POST", "/session/refresh");
    return answer?.csrf_token ? { user: this.user, ...answer } : get("/session");
  }

  #hear(message) {
    if (message === "signed-out") this.#close(null);
    if (message === "refreshed") this.#refreshedAt = Date.now();
    // Another tab's cookie is this tab's cookie: who it belongs to, and until when, is for the API to say.
    if (message !== "signed-out") this.resume().catch(() => this.#plan(null));
  }
}

export const session = new Session();
