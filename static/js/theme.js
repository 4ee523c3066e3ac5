/* Runs before the first paint and sets the theme.
 *
 * A member's choice stands in <html data-theme> (light, dark or system), a visitor's in this browser. The switch in
 * the bar is for this browser; a member's holds until the member chooses another theme in the settings. */
(() => {
  "use strict";
  const root = document.documentElement;
  const member = root.dataset.theme ?? "";
  const dark = matchMedia("(prefers-color-scheme: dark)");

  function kept() {
    try {
      const { theme, over } = JSON.parse(localStorage.getItem("theme")) ?? {};
      return over === member && ["light", "dark"].includes(theme) ? theme : null;
    } catch {
      return null;
    }
  }

  function apply() {
    const chosen = kept() ?? member;
    root.dataset.bsTheme = ["light", "dark"].includes(chosen) ? chosen : dark.matches ? "dark" : "light";
  }

  root.classList.add("js"); // what needs JavaScript is hidden without it
  apply();
  dark.addEventListener("change", apply);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    const theme = root.dataset.bsTheme === "dark" ? "light" : "dark";
    try {
      localStorage.setItem("theme", JSON.stringify({ theme, over: member }));
    } catch { /* no storage: the theme holds for this page */ }
    root.dataset.bsTheme = theme;
  });
})();
