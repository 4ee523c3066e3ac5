/* The staff's dashboards: a press on a chart shows what that day is made of, and the page is printed.
 *
 *   <section id="panel-…"><div data-drill> … <figure class="chart"> whose rows' heads are links … */
(() => {
  "use strict";

  /* The page of the link, whose panel stands in for this one: the same address works without JavaScript. */
  function show(section, href) {
    htmx.ajax("GET", href, { target: `#${section.id}`, select: `#${section.id}`, swap: "outerHTML" }).then(() => {
      const fresh = document.getElementById(section.id);
      const figure = fresh.querySelector("figure.chart");
      if (figure) window.siteCharts.draw(figure);
      wire();
      history.replaceState(null, "", href);
    });
  }

  function linkOf(figure, index) {
    return figure.querySelector("table").tBodies[0].rows[index]?.cells[0].querySelector("a[href*='on=']");
  }

  /* Where a press leads: beside the chart, where a day is told so; else behind the part that was pressed, or the whole day. */
  function pressed(canvas, event) {
    const chart = Chart.getChart(canvas), figure = canvas.closest("figure");
    const at = (mode, intersect) => chart.getElementsAtEventForMode(event, mode, { intersect }, true);
    const [near] = at("index", false);
    const day = near && linkOf(figure, near.index)?.getAttribute("href");
    if (!day || day.includes("panel=")) return day;
    const cells = figure.querySelector("table").tBodies[0].rows[near.index].cells;
    const parts = at("point", true).map((part) => cells[part.datasetIndex + 1]?.querySelector("a[href*='on=']"));
    return parts.find(Boolean)?.getAttribute("href") ?? day;
  }

  function wire() {
    document.querySelectorAll("[data-drill] figure.chart").forEach((figure) => {
      figure.querySelector(".plot").classList.toggle("is-asked", Boolean(linkOf(figure, 0)));
    });
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
    const section = event.target.closest("section[id^=panel-]");
    if (!section || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const close = event.target.closest("[data-drill-close]");
    const link = event.target.closest("figure.chart tbody a[href*='panel=']");
    const canvas = event.target.closest("canvas");
    let href = (close ?? link)?.getAttribute("href");
    if (canvas) {
      href = pressed(canvas, event);
      if (href && !href.includes("panel=")) {
        location.assign(href);
        return;
      }
    }
    if (!href) return;
    event.preventDefault();
    show(section, href.startsWith("?") ? location.pathname + href : href);
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    const asOf = event.detail.xhr.getResponseHeader("X-As-Of");
    const shown = document.querySelector("[data-as-of-head]");
    if (asOf && shown) shown.textContent = asOf;
  });
  wire();
})();
