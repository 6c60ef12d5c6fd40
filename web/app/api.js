// The API on this origin. The session is a cookie that no script can read; the CSRF token lives in this module's memory alone.

const PATIENCE_MS = 20_000;
const UNAUTHENTICATED = 401;
let csrfToken = null;
let clockAheadMs = 0;
let renew = async () => false;

/** The API refused or did not answer. `status` is 0 when nothing came back; `retryAfter` is in seconds, or null. */
export class ApiError extends Error {
  constructor(status, { code = "unknown", message = "The service gave no reason.", correlation_id: correlationId = null } = {}, retryAfter = null) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.correlationId = correlationId;
    this.retryAfter = retryAfter;
  }
}

/** Whether the API does not know who asks, or no longer. */
export const isUnauthenticated = (error) => error instanceof ApiError && error.status === UNAUTHENTICATED;

/** The token for requests that change something; null forgets it. */
export function setCsrfToken(token) {
  csrfToken = token;
}

/** What to do when the API says 401: resolves to whether the session goes on, so that the request is worth a second try. */
export function whenUnauthenticated(act) {
  renew = act;
}

/** Epoch ms by the API's clock, as its last answer told: this machine's may be wrong. */
export const apiNow = () => Date.now() + clockAheadMs;

/**
 * GET a JSON object; once more when the session had to be renewed. `query`: parameters; empty ones are left out.
 * Throws ApiError, or AbortError when `signal` fires.
 */
export async function get(path, query = {}, signal = undefined) {
  const parameters = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== "" && value !== null && value !== undefined));
  const place = parameters.size ? `${path}?${parameters}` : path;
  try {
    return await ask("GET", place, { signal });
  } catch (error) {
    if (!isUnauthenticated(error) || !(await renew())) throw error;
  }
  return ask("GET", place, { signal });
}

/** One request, whatever becomes of it. Throws ApiError, or AbortError when `signal` fires. */
export async function ask(method, path, { body, signal } = {}) {
  const { answer, text } = await reach(`/api${path}`, {
    method,
    headers: headers(method, body),
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.any([AbortSignal.timeout(PATIENCE_MS), ...(signal ? [signal] : [])]),
    credentials: "same-origin",
    cache: "no-store",
    redirect: "error",
  });
  const toldAt = Date.parse(answer.headers.get("Date"));
  if (toldAt) clockAheadMs = toldAt - Date.now();
  const content = json(answer, text);
  if (!answer.ok) throw new ApiError(answer.status, content?.error, Number(answer.headers.get("Retry-After")) || null);
  return content;
}

function headers(method, body) {
  const all = { Accept: "application/json" };
  if (body !== undefined) all["Content-Type"] = "application/json";
  if (method !== "GET" && csrfToken) all["X-CSRF-Token"] = csrfToken;
  return all;
}

async function reach(url, options) {
  try {
    const answer = await fetch(url, options);
    return { answer, text: await answer.text() };
  } catch (error) {
    if (error.name === "AbortError") throw error;
    const message = error.name === "TimeoutError" ? "The service took too long to answer." : "The service cannot be reached.";
    throw new ApiError(0, { code: "unreachable", message });
  }
}

function json(answer, text) {
  if (!text) return null;
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(answer.status, { code: "not_json", message: "The service answered with something that is not JSON." });
  }
}
