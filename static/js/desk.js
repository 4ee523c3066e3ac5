/* The people desk: tick all, another number in the filter, progress that moves by itself. All of it works without. */
(() => {
  "use strict";
  const list = document.querySelector("[data-desk-list]");
  const all = list?.querySelector("[data-desk-all]");
  const ticks = () => [...list.querySelectorAll('input[name="who"]')];
  all?.addEventListener("change", () => ticks().forEach((tick) => (tick.checked = all.checked)));
  list?.addEventListener("change", (event) => {
    if (event.target.name !== "who") return;
    all.checked = ticks().every((tick) => tick.checked);
    all.indeterminate = !all.checked && ticks().some((tick) => tick.checked);
  });

  const filter = document.querySelector("[data-desk-filter]");
  filter?.querySelector("[data-desk-add]")?.addEventListener("click", (event) => {
    const rows = filter.querySelectorAll(".desk-condition");
    if (rows.length >= 6) return;
    const row = rows[rows.length - 1].cloneNode(true);
    row.querySelectorAll("select").forEach((select) => (select.selectedIndex = 0));
    row.querySelector("input").value = "";
    rows[rows.length - 1].after(row);
    row.querySelector("select").focus();
    if (rows.length === 5) event.currentTarget.hidden = true;
  });
  filter?.addEventListener("submit", () => {
    for (const field of filter.querySelectorAll("input, select")) {
      if (!["metric", "op", "value"].includes(field.name) && field.value === "") field.disabled = true;
    }
    for (const row of filter.querySelectorAll(".desk-condition")) {
      if (!row.querySelector('[name="metric"]').value) row.querySelectorAll("select, input").forEach((one) => (one.disabled = true));
    }
  });
  window.addEventListener("pageshow", () => filter?.querySelectorAll(":disabled").forEach((one) => (one.disabled = false)));

  document.querySelectorAll("[data-desk-once]").forEach((form) =>
    form.addEventListener("submit", () => setTimeout(() => form.querySelector("button").setAttribute("disabled", ""))),
  );

  const progress = document.querySelector("[data-desk-progress='1']");
  async function follow() {
    if (!document.hidden) {
      try {
        const answer = await fetch(location.href, { headers: { "X-Progress": "1" }, credentials: "same-origin" });
        if (answer.ok) progress.innerHTML = await answer.text();
      } catch {
        // the next one tells
      }
    }
    const state = progress.querySelector("[data-state]")?.dataset.state;
    if (state === "queued" || state === "running") setTimeout(follow, 1000);
  }
  if (progress) setTimeout(follow, 700);
})();
