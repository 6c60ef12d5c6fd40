// Light or dark: the system's choice until somebody chooses here.

const KEY = "gonio.theme";
const system = matchMedia("(prefers-color-scheme: dark)");
export const themeChanges = new EventTarget();

/** "light" or "dark", as shown now. */
export function theme() {
  return document.documentElement.dataset.theme ?? (system.matches ? "dark" : "light");
}

/** A colour of the design tokens as the browser resolves it now, for what is drawn on a canvas. */
export function colour(token) {
  const probe = document.createElement("span");
  probe.style.color = `var(${token})`;
  document.body.append(probe);
  const resolved = getComputedStyle(probe).color;
  probe.remove();
  return resolved;
}

/** Let this button switch, and tell everybody who draws. */
export function wireTheme(button) {
  const show = () => {
    button.setAttribute("aria-pressed", String(theme() === "dark"));
    themeChanges.dispatchEvent(new Event("change"));
  };
  button.addEventListener("click", () => {
    const chosen = theme() === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = chosen;
    try {
      localStorage.setItem(KEY, chosen);
    } catch {
      // It holds for this page then, and is forgotten with it.
    }
    show();
  });
  system.addEventListener("change", show);
  show();
}
