// What was recommended counts as seen once half of its tile was visible for a second, and as clicked when it is.
(() => {
  "use strict";
  const SEEN_MS = 1000;
  const lists = document.querySelectorAll("[data-recommended]");
  const itemOf = (tile) => tile.pathname.match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/)?.[0];
  const tell = (kind, list, tile) => {
    const item = itemOf(tile);
    if (item) window.eightpoint?.track(kind, { item, name: list.dataset.recommended });
  };
  const waiting = new Map();
  const observer = new IntersectionObserver((entries) => {
    for (const { target, intersectionRatio } of entries) {
      clearTimeout(waiting.get(target));
      if (intersectionRatio >= 0.5) waiting.set(target, setTimeout(seen, SEEN_MS, target));
    }
  }, { threshold: [0, 0.5] });
  const seen = (tile) => {
    if (document.hidden) return waiting.set(tile, setTimeout(seen, SEEN_MS, tile));
    observer.unobserve(tile);
    tell("recommendation_viewed", tile.closest("[data-recommended]"), tile);
  };
  for (const list of lists) {
    list.querySelectorAll("a.tile").forEach((tile) => observer.observe(tile));
    list.addEventListener("click", ({ target }) => {
      const tile = target.closest("a.tile");
      if (tile) tell("recommendation_clicked", list, tile);
    }, true);
  }
})();
