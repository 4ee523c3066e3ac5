/* The headline figures of the studio: pressing one shows its days.
 *
 *   <button data-trend="likes" aria-pressed="false">…  shows  <figure class="trend" id="trend-likes">  alone */
(() => {
  "use strict";
  document.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-trend]");
    if (!chosen) return;
    for (const button of document.querySelectorAll("[data-trend]")) {
      const isChosen = button === chosen;
      button.setAttribute("aria-pressed", isChosen);
      document.getElementById(`trend-${button.dataset.trend}`).classList.toggle("is-chosen", isChosen);
    }
  });
})();
