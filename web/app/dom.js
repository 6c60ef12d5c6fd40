// Elements without markup: text is always text. Nothing in this client parses HTML, and the Content-Security-Policy holds it to that.

/**
 * An element. `properties`: attributes by name; `text` for its text, `on` for listeners by event, `class` for its class.
 * An attribute that is null, undefined or false is left out; true gives it its empty form.
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) set(element, name, value);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

function set(element, name, value) {
  if (name === "text") element.textContent = value;
  else if (name === "on") for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
  else if (value === true) element.setAttribute(name, "");
  else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, String(value));
}

const announcements = () => document.getElementById("announcements");

/** Say it to those who do not see the page. */
export function announce(sentence) {
  announcements().textContent = sentence;
}

/** Put `fresh` where `old` is; when the keyboard was in `old`, it is at the same place of `fresh`. */
export function replaceKeepingFocus(old, fresh) {
  const focusable = "a[href], button, input, select";
  const place = [...old.querySelectorAll(focusable)].indexOf(document.activeElement);
  old.replaceWith(fresh);
  if (place >= 0) fresh.querySelectorAll(focusable)[place]?.focus();
}
