/* Figures that refresh without a reload, on top of htmx.
 *
 *   <div id="live" hx-get="this page" hx-trigger="every 10s, live" hx-ext="parts" hx-swap="parts" data-version="…">
 *     … <section data-live="top">…</section>
 *   </div>
 *
 * The answer is the same element again. Only parts whose text has changed are replaced, so that what somebody chose,
 * focused or opened elsewhere stays; a chart whose table changed is drawn anew in its place. While nothing changed the
 * server answers 304 to the version that was sent. The header X-As-Of of any answer is shown in [data-as-of]. Nothing
 * is asked while the page is not looked at. */
(() => {
  "use strict";
  const told = new WeakMap(); // what the server last said of a part; scripts may have changed the page's

  const parts = (root) => [...root.querySelectorAll("[data-live]")];
  const live = () => document.getElementById("live");
  parts(document).forEach((part) => told.set(part, part.innerHTML));

  function replace(part, fresh) {
    if (told.get(part) === fresh.innerHTML) return;
    told.set(part, fresh.innerHTML);
    const focused = part.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    part.innerHTML = fresh.innerHTML;
    if (focused) part.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    const figure = part.closest("figure.chart");
    if (figure) window.siteCharts?.draw(figure, { quiet: true });
  }

  function patch(root, answer) {
    const fresh = new Map(parts(answer).map((part) => [part.dataset.live, part]));
    for (const part of parts(root)) {
      const now = fresh.get(part.dataset.live);
      if (now) replace(part, now);
    }
    root.dataset.version = answer.dataset.version;
    root.dispatchEvent(new CustomEvent("refreshed", { bubbles: true }));
  }

  htmx.defineExtension("parts", {
    isInlineSwap: (style) => style === "parts",
    handleSwap: (style, target, fragment) => {
      if (style !== "parts") return false;
      const answer = fragment.querySelector("#live");
      if (answer) patch(target, answer);
      else location.reload(); // signed out, or no longer allowed
      return [];
    },
  });

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.target === live()) event.detail.headers["If-None-Match"] = event.target.dataset.version;
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target === live() && document.hidden) event.preventDefault();
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status === 304) event.detail.shouldSwap = false;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const asOf = event.detail.xhr.getResponseHeader("X-As-Of");
    const shown = live()?.querySelector("[data-as-of]");
    if (asOf && shown && event.target === live()) shown.textContent = asOf;
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && live()) htmx.trigger(live(), "live");
  });
})();
