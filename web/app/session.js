// Who is signed in: signs in and out, renews the session before its end or after it, and keeps the tabs of one browser in step.

import { ApiError, apiNow, ask, isUnauthenticated, setCsrfToken, whenUnauthenticated } from "./api.js";

const RENEW_BEFORE_END_MS = 5 * 60_000;
const AS_GOOD_AS_OVER_MS = 10_000;
const LEAST_PAUSE_MS = 1_000;
const TRY_AGAIN_AFTER_MS = 30_000;

/** Fires `change` whenever somebody is signed in or out; `user` is {email, role, tenant}, or null. */
class Session extends EventTarget {
  user = null;
  /** Why nobody is signed in, when that needs a word: "ended" or null. */
  reason = null;
  #expiresAt = null;
  #timer = null;
  #renewing = null;
  #tabs = new BroadcastChannel("gonio.session");

  constructor() {
    super();
    this.#tabs.addEventListener("message", ({ data }) => this.#hear(data));
    // A page from the back-forward cache may have slept through a sign-out.
    addEventListener("pageshow", (event) => event.persisted && this.#orLater(() => this.resume()));
  }

  /** Take up the session that the browser's cookies hold, if there is one; renew it if it has ended. Throws ApiError when the API cannot say. */
  async resume() {
    await alone(() => this.#takeUp());
  }

  /** A request was refused: whether the session goes on all the same. Many at once are one question. Throws ApiError when the API cannot say. */
  async goesOn() {
    this.#renewing ??= this.resume().finally(() => { this.#renewing = null; });
    await this.#renewing;
    return Boolean(this.user);
  }

  /** Throws ApiError: 401 for a wrong email or password, 429 when there were too many attempts. */
  async signIn(email, password) {
    this.#open(await alone(() => ask("POST", "/session", { body: { email, password } })));
    this.#tabs.postMessage("signed-in");
  }

  /** End the session here, at the API, and in the other tabs. Throws ApiError when the API did not hear of it. */
  async signOut() {
    try {
      await alone(() => ask("DELETE", "/session"));
    } catch (error) {
      if (!isUnauthenticated(error)) throw error;
    }
    this.#tabs.postMessage("signed-out");
    this.#close(null);
  }

  /** The API refused again what it was asked a second time: the session is over. */
  expire() {
    if (this.user) this.#close("ended");
  }

  /** What the cookies hold; renewed when it has ended, or is still the session that ended at `known`. */
  async #takeUp(known = null) {
    let held = null;
    try {
      held = await ask("GET", "/session");
      setCsrfToken(held.csrf_token);
      const isDue = held.expires_at === known || left(held) < AS_GOOD_AS_OVER_MS;
      this.#open(isDue ? await ask("POST", "/session/refresh") : held);
    } catch (error) {
      if (!isUnauthenticated(error)) throw error;
      this.#close(held || this.user ? "ended" : null);
    }
  }

  #open(state) {
    const { user, csrf_token: csrfToken, expires_at: expiresAt } = state;
    setCsrfToken(csrfToken);
    this.#expiresAt = expiresAt;
    // Never before half of its life: short sessions would be renewed without a pause.
    this.#renewAfter(left(state) - Math.min(RENEW_BEFORE_END_MS, left(state) / 2));
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

  #renewAfter(pauseMs) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#renew(), Math.max(pauseMs, LEAST_PAUSE_MS));
  }

  /** Another tab may have done it while this one waited for its turn. */
  async #renew() {
    const known = this.#expiresAt;
    await this.#orLater(() => alone(() => this.#takeUp(known)));
  }

  /** For what nobody waits for: when the API cannot say, it is asked again. */
  async #orLater(act) {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#renewAfter(TRY_AGAIN_AFTER_MS);
    }
  }

  #hear(message) {
    if (message === "signed-out") this.#close(null);
    // Another tab's cookie is this tab's cookie: who it belongs to, and until when, is for the API to say.
    else this.#orLater(() => this.resume());
  }
}

/** What changes the cookies, one at a time over all tabs: a refresh token is good for one use, and a second would look like a thief's. */
function alone(act) {
  return navigator.locks.request("gonio.session", act);
}

/** Milliseconds until the token ends, by the API's clock. */
function left({ expires_at: expiresAt }) {
  return Date.parse(expiresAt) - apiNow();
}

export const session = new Session();
whenUnauthenticated(() => session.goesOn());
