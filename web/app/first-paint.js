// Before the first paint: the theme that was chosen here earlier, so that a dark page does not flash white.
// A classic script, because modules wait until the page has been parsed.
(() => {
  try {
    const chosen = localStorage.getItem("gonio.theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch {
    // A browser that keeps no storage for us follows the system's theme.
  }
})();
