// The client's start: takes up the session, then shows the view that the address names.

import { ApiError } from "./api.js";
import { announce, h } from "./dom.js";
import { feed } from "./feed.js";
import { link, place } from "./router.js";
import { session } from "./session.js";
import { failure, loading } from "./states.js";
import { wireTheme } from "./theme.js";
import { keepTimesTrue } from "./time.js";
import { deviceView } from "./views/device.js";
import { devicesView } from "./views/devices.js";
import { membersView } from "./views/members.js";
import { sessionView } from "./views/session.js";
import { sessionsView } from "./views/sessions.js";
import { signInView } from "./views/sign-in.js";

// Operators look after devices; what members do is not theirs to see.
const SECTIONS = [
  { name: "devices", title: "Devices", list: devicesView, detail: deviceView, roles: ["therapist", "operator"] },
  { name: "sessions", title: "Sessions", list: sessionsView, detail: sessionView, roles: ["therapist"] },
  { name: "members", title: "Members", list: membersView, roles: ["therapist"] },
];
const LIVE_TEXT = { connecting: "Connecting…", live: "Live", reconnecting: "Reconnecting…", off: "" };

const element = (id) => document.getElementById(id);
const content = element("content");
let shown = new AbortController();

function sections() {
  return SECTIONS.filter((section) => session.user && section.roles.includes(session.user.role));
}

/** Show what the address names, as far as the role may see it; everything that the view before had begun ends. */
function show() {
  shown.abort();
  shown = new AbortController();
  const { parts, query } = place();
  const section = sections().find(({ name }) => name === parts[0]) ?? sections()[0];
  showFrame(section);
  const view = !section ? signInView : parts[1] && section.detail ? section.detail : section.list;
  const page = view({ id: parts[1], query, signal: shown.signal });
  content.replaceChildren(page.element);
  document.title = `${page.title} · Gonio`;
  return page;
}

function showFrame(section) {
  const { user } = session;
  for (const id of ["navigation", "who", "sign-out", "live"]) element(id).hidden = !user;
  element("who").textContent = user?.email ?? "";
  const links = sections().map(({ name, title }) => h("a", { href: link([name]), text: title, "aria-current": name === section?.name && "page" }));
  element("navigation").replaceChildren(...links);
}

/** After a step to another page the keyboard and the screen reader begin at its top. */
function follow() {
  const page = show();
  if (session.user) content.focus({ preventScroll: true });
  scrollTo(0, 0);
  announce(page.title);
}

function changed() {
  if (session.user) feed.open();
  else feed.close();
  show();
  if (session.user) content.focus({ preventScroll: true });
}

async function signOut() {
  const button = element("sign-out");
  button.disabled = true;
  try {
    await session.signOut();
    announce("You are signed out.");
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    content.prepend(failure(error, "You are still signed in: the service did not take the sign-out", signOut));
  } finally {
    button.disabled = false;
  }
}

function showLive({ detail: state }) {
  element("live").dataset.state = state;
  element("live").textContent = LIVE_TEXT[state];
}

async function start() {
  content.replaceChildren(loading("Opening Gonio"));
  try {
    await session.resume();
  } catch (error) {
    content.replaceChildren(failure(error, "Gonio could not be opened", start));
  }
}

keepTimesTrue();
wireTheme(element("theme"));
session.addEventListener("change", changed);
feed.addEventListener("state", showLive);
// The feed was refused: whether that was the session's end, the API says.
feed.addEventListener("refused", () => session.resume().catch(() => undefined));
addEventListener("hashchange", follow);
document.querySelector(".skip-link").addEventListener("click", (event) => {
  event.preventDefault(); // the fragment is the address here
  content.focus();
});
element("sign-out").addEventListener("click", signOut);
start();
