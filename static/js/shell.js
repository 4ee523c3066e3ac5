/* The administration's frame, on Unfold's pages and on ours: the menu on a phone, the key /, and one theme for both.
 *
 * Light or dark is chosen as on the site (`theme.js`). Unfold keeps its own: it is told before it starts, and follows. */
(() => {
  "use strict";
  const root = document.documentElement;
  const unfold = root.hasAttribute("x-data");

  function kept() {
    try {
      return JSON.parse(localStorage.getItem("theme")) ?? {};
    } catch {
      return {};
    }
  }

  function chosen() {
    const member = document.querySelector("[data-chosen-theme]")?.dataset.chosenTheme ?? "";
    const { theme, over } = kept();
    if (["light", "dark"].includes(theme) && over === member) return theme;
    return ["light", "dark"].includes(member) ? member : "auto";
  }

  function toggle() {
    const over = document.querySelector("[data-chosen-theme]")?.dataset.chosenTheme ?? "";
    const theme = root.classList.contains("dark") ? "light" : "dark";
    try {
      localStorage.setItem("theme", JSON.stringify({ theme, over }));
    } catch { /* no storage: the theme holds for this page */ }
    window.Alpine.$data(root).switchTheme(theme);
  }

  /* The fields that search as one types stand apart from their labels: what they are called is said to them too. */
  function nameSearches() {
    document.querySelectorAll("select.select2-hidden-accessible").forEach((select) => {
      const shown = select.nextElementSibling?.querySelector(".select2-selection__rendered");
      const label = select.labels[0]?.textContent.trim() || select.closest("td")?.dataset.label;
      if (shown && label) shown.setAttribute("aria-label", label);
    });
  }

  if (unfold) {
    document.addEventListener("readystatechange", () => {
      if (document.readyState !== "interactive") return;
      localStorage.setItem("adminTheme", JSON.stringify(chosen()));
      window.django?.jQuery?.(nameSearches); // after the handlers that make these fields
    });
    document.addEventListener("formset:added", () => setTimeout(nameSearches));
  }

  document.addEventListener("click", (event) => {
    const on = (selector) => event.target.closest(selector);
    if (unfold && on("[data-theme-toggle]")) toggle();
    if (on("[data-adm-menu]")) root.classList.toggle("adm-open");
    else if (root.classList.contains("adm-open") && !on(".adm-side")) root.classList.remove("adm-open");
    document.querySelectorAll("details.adm-menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      root.classList.remove("adm-open");
      document.querySelectorAll("details.adm-menu[open]").forEach((menu) => { menu.open = false; });
    }
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable], dialog")) return;
    const search = document.querySelector(".adm-find input");
    if (search?.offsetParent) {
      event.preventDefault();
      search.focus();
    }
  });
})();
