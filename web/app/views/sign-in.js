// The page for those who are not signed in.

import { ApiError } from "../api.js";
import { h } from "../dom.js";
import { field } from "../parts.js";
import { session } from "../session.js";

export function signInView() {
  const email = h("input", { name: "email", type: "email", autocomplete: "username", required: true, maxlength: 254, spellcheck: "false", autocapitalize: "none" });
  const password = h("input", { name: "password", type: "password", autocomplete: "current-password", required: true });
  const problem = h("p", { class: "problem", role: "alert" });
  const button = h("button", { class: "button primary", type: "submit", text: "Sign in" });
  const note = session.reason === "ended" ? h("p", { class: "notice", role: "status", text: "Your session has ended. Sign in again to go on." }) : null;
  const form = h("form", { class: "card sign-in" }, h("h1", { text: "Sign in" }), h("p", { class: "faint", text: "For therapists and operators." }), note, field("Email", email), field("Password", password), problem, button);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    problem.textContent = "";
    try {
      await session.signIn(email.value.trim(), password.value);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      problem.textContent = reason(error);
      if (error.status === 401) password.select();
    } finally {
      button.disabled = false;
    }
  });
  queueMicrotask(() => email.focus());
  return { title: "Sign in", element: h("div", { class: "narrow" }, form) };
}

function reason(error) {
  if (error.status === 401) return "The email or the password is not right.";
  if (error.status === 429) return `Too many attempts. Wait ${waiting(error.retryAfter)}, then try again.`;
  if (error.status === 400) return error.message;
  return `${error.message} Try again in a moment.`;
}

function waiting(seconds) {
  if (!seconds) return "a minute";
  return seconds < 90 ? `${Math.ceil(seconds)} seconds` : `${Math.ceil(seconds / 60)} minutes`;
}
