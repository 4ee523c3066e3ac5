/* Charts drawn from the tables beside them: a chart cannot show a number that its table does not.
 *
 *   <figure class="chart" data-chart="line">
 *     … <button data-chart-toggle>Table</button>
 *     <div class="plot"></div>
 *     <div class="data"><table>first column: labels; every further column: a series</table></div>
 *   </figure>
 *
 * On the figure:  data-chart    line | bar | stacked | area
 *                 data-unit     written behind the value in the tooltip ("plays", "%")
 *                 data-max      fixed top of the scale; a percentage ends at 100 without it
 *                 data-empty    what to say when there is nothing to show
 * On a <th>:      data-role="previous" (dashed, grey), data-color="3" (a palette slot, 1 to 6), data-role="skip"
 * On a <tr>:      data-partial  the words for a day that is not over: its point is hollow, its line dotted
 *                 data-mark     a note about it: a dashed upright line, the words in the tooltip; data-unusual rings it
 *                 data-low, data-high   the range that was expected of the first series, drawn as a grey band
 * On a row's th:  data-label when the axis says it shorter
 * On a <td>:      data-value when the text is not the bare number; no number in it is a gap
 * Without JavaScript the table stands where the chart would be. Who changes a table calls `siteCharts.draw(figure)`. */
(() => {
  "use strict";
  const drawn = new WeakMap();
  const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const language = document.documentElement.lang;

  /* Tokens are light-dark() and may be oklch(): let the browser resolve them, then read one pixel, as a canvas cannot. */
  function color(token, alpha = 1) {
    const span = document.createElement("span");
    span.className = "visually-hidden";
    document.body.append(span);
    span.style.setProperty("color", `var(${token})`);
    probe.clearRect(0, 0, 1, 1);
    probe.fillStyle = getComputedStyle(span).color;
    probe.fillRect(0, 0, 1, 1);
    span.remove();
    const [r, g, b] = probe.getImageData(0, 0, 1, 1).data;
    return `rgba(${r}, ${g}, ${b}, ${alpha})`;
  }

  function number(cell) {
    const text = cell.dataset.value ?? cell.textContent.replace(/[^\d.\-−]/g, "").replace("−", "-");
    return text === "" ? null : Number(text);
  }

  function read(table) {
    const rows = [...table.tBodies[0].rows];
    const heads = [...table.tHead.rows[0].cells].map((th, column) => ({ th, column })).slice(1);
    return {
      labels: rows.map((row) => row.cells[0].dataset.label ?? row.cells[0].textContent.trim()),
      partial: rows.map((row) => row.dataset.partial ?? ""),
      marks: rows.map((row) => row.dataset.mark ?? ""),
      unusual: rows.map((row) => Boolean(row.dataset.unusual)),
      expected: ["low", "high"].map((end) => rows.map((row) => (row.dataset[end] ? Number(row.dataset[end]) : null))),
      series: heads.filter(({ th }) => th.dataset.role !== "skip").map(({ th, column }) => (
        { name: th.textContent.trim(), ...th.dataset, values: rows.map((row) => number(row.cells[column])) })),
    };
  }

  const stands = (values, at) => values[at] !== null && values[at] !== undefined;
  const alone = (values, at) => stands(values, at) && !stands(values, at - 1) && !stands(values, at + 1);

  function dataset(kind, one, index, partial) {
    const previous = one.role === "previous";
    const token = previous ? "--e-c6" : `--e-c${one.color ?? index + 1}`;
    const line = kind === "line" || kind === "area";
    const isOpen = (at) => !previous && Boolean(partial[at]);
    return {
      label: one.name, data: one.values, order: previous ? 9 : index, borderColor: color(token),
      backgroundColor: line ? color(token, previous ? 0 : 0.09) : one.values.map((_, at) => color(token, isOpen(at) ? 0.45 : 1)),
      fill: line && !previous && (kind === "area" || index === 0), borderWidth: line ? (previous ? 1.5 : 2.25) : 0,
      borderDash: previous ? [3, 4] : [], borderRadius: line ? 0 : 3, maxBarThickness: 28,
      segment: { borderDash: (part) => (isOpen(part.p1DataIndex) ? [2, 4] : undefined) },
      cubicInterpolationMode: "monotone", spanGaps: false, pointHitRadius: 16, pointHoverRadius: 4,
      pointRadius: one.values.map((_, at) => (isOpen(at) ? 3.5 : alone(one.values, at) ? 3 : 0)),
      pointBackgroundColor: one.values.map((_, at) => (isOpen(at) ? color("--e-surface") : color(token))),
      pointBorderWidth: 2, pointHoverBackgroundColor: color(token), clip: 8,
    };
  }

  /* The expected range: two lines that are not seen, and what lies between them. */
  function band({ expected }) {
    if (!expected[0].some((value) => value !== null)) return [];
    return expected.map((data, end) => ({
      label: "", type: "line", data, stack: `expected-${end}`, order: 20, borderWidth: 0, pointRadius: 0, pointHitRadius: 0,
      pointHoverRadius: 0, fill: end ? "-1" : false, backgroundColor: color("--e-c6", 0.16), cubicInterpolationMode: "monotone",
    }));
  }

  const notes = {
    id: "notes",
    afterDatasetsDraw(chart, _args, { marks = [], unusual = [] }) {
      const { ctx, chartArea, scales } = chart;
      const points = chart.getDatasetMeta(chart.data.datasets.findIndex((one) => one.label)).data;
      marks.forEach((text, at) => {
        if (!text) return;
        const x = Math.round(scales.x.getPixelForValue(at)) + 0.5;
        ctx.save();
        ctx.strokeStyle = ctx.fillStyle = color(unusual[at] ? "--e-warm" : "--e-muted");
        if (unusual[at] && points[at]) {
          ctx.lineWidth = 2;
          ctx.beginPath();
          ctx.arc(points[at].x, points[at].y, 7, 0, 2 * Math.PI);
          ctx.stroke();
        } else {
          ctx.lineWidth = 1;
          ctx.setLineDash([3, 3]);
          ctx.beginPath();
          ctx.moveTo(x, chartArea.top);
          ctx.lineTo(x, chartArea.bottom);
          ctx.stroke();
          ctx.beginPath();
          ctx.arc(x, chartArea.top, 3.5, 0, 2 * Math.PI);
          ctx.fill();
        }
        ctx.restore();
      });
    },
  };

  function options(figure, { series, partial, marks, unusual }) {
    const muted = color("--e-muted"), ink = color("--e-ink"), rule = color("--e-line");
    const stacked = figure.dataset.chart === "stacked", percent = figure.dataset.unit === "%";
    const unit = figure.dataset.unit ? ` ${figure.dataset.unit}` : "";
    const whole = series.every((one) => one.values.every((value) => value === null || Number.isInteger(value)));
    const write = (value, how = {}) => value.toLocaleString(language, how).replace("-", "−");
    const most = figure.dataset.max ?? (percent ? 100 : undefined);
    return {
      responsive: true, maintainAspectRatio: false, animation: calm.matches ? false : { duration: 350 },
      interaction: { mode: "index", intersect: false },
      scales: {
        x: { stacked, grid: { display: false }, border: { color: rule }, ticks: { color: muted, maxRotation: 0, autoSkipPadding: 28, padding: 6 } },
        y: {
          stacked, beginAtZero: true, max: most === undefined ? undefined : Number(most), border: { display: false },
          grid: { color: rule, drawTicks: false },
          ticks: {
            color: muted, padding: 10, maxTicksLimit: 5, precision: whole ? 0 : undefined,
            callback: (value) => write(value, { notation: value >= 1e4 ? "compact" : "standard" }) + (percent ? " %" : ""),
          },
        },
      },
      plugins: {
        legend: { display: false },
        notes: { marks, unusual },
        tooltip: {
          filter: (item) => Boolean(item.dataset.label),
          backgroundColor: color("--e-surface"), titleColor: ink, bodyColor: ink, footerColor: muted, borderColor: rule,
          borderWidth: 1, padding: 12, cornerRadius: 8, boxWidth: 8, boxHeight: 8, boxPadding: 6, usePointStyle: true,
          titleFont: { weight: 600 }, footerFont: { weight: 400 }, caretSize: 0, caretPadding: 10,
          callbacks: {
            label: (item) => ` ${item.dataset.label}: ${write(item.parsed.y, { maximumFractionDigits: 1 })}${unit}`,
            labelColor: (item) => ({ borderColor: item.dataset.borderColor, backgroundColor: item.dataset.borderColor }),
            footer: (items) => [marks[items[0]?.dataIndex], partial[items[0]?.dataIndex]].filter(Boolean),
          },
        },
      },
    };
  }

  function say(figure, plot) {
    drawn.get(figure)?.destroy();
    drawn.delete(figure);
    const text = figure.dataset.empty ?? "Nothing was counted in this period.";
    plot.replaceChildren(Object.assign(document.createElement("p"), { className: "chart-empty muted small", textContent: text }));
  }

  function begin(figure, plot, config) {
    drawn.get(figure)?.destroy();
    const canvas = document.createElement("canvas");
    const name = figure.querySelector("h2, h3, figcaption")?.textContent.trim() ?? "Chart";
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${name}. The table holds the same numbers.`);
    plot.replaceChildren(canvas);
    drawn.set(figure, new Chart(canvas, { ...config, plugins: [notes] }));
  }

  /* Draws a figure anew; with `quiet`, moves the chart that is there to the new numbers without a show. */
  function draw(figure, { quiet = false } = {}) {
    const plot = figure.querySelector(".plot");
    const table = read(figure.querySelector("table"));
    const chart = drawn.get(figure);
    if (!table.series.some((one) => one.values.some(Boolean))) {
      say(figure, plot);
    } else {
      const series = table.series.map((one, index) => dataset(figure.dataset.chart, one, index, table.partial));
      const datasets = [...series, ...band(table)];
      if (quiet && chart && chart.data.datasets.length === datasets.length) {
        chart.data.labels = table.labels;
        datasets.forEach((one, index) => Object.assign(chart.data.datasets[index], one));
        chart.options = options(figure, table);
        chart.update("none");
      } else {
        const type = ["bar", "stacked"].includes(figure.dataset.chart) ? "bar" : "line";
        const shown = options(figure, table);
        begin(figure, plot, { type, data: { labels: table.labels, datasets }, options: quiet ? { ...shown, animation: false } : shown });
      }
    }
    figure.classList.add("ready");
  }

  function drawAll(how) {
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    Chart.defaults.font.size = 12;
    document.querySelectorAll("figure.chart").forEach((figure) => draw(figure, how));
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-chart-toggle]");
    if (!button) return;
    const asTable = button.closest(".chart").classList.toggle("as-table");
    button.setAttribute("aria-pressed", asTable);
  });
  const recolor = () => drawAll({ quiet: true });
  new MutationObserver(recolor).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolor);
  window.siteCharts = { draw, drawAll, color };
  document.fonts.load("12px Inter").finally(() => drawAll()); // a canvas does not redraw itself when the font arrives
})();
