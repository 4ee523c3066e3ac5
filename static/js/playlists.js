/* Ordering a playlist: by its grips with a pointer, or with space and the arrow keys. Without this script each row has
 * two buttons. The whole new order goes to the server with the version that it was made from. */
(() => {
  "use strict";
  const list = document.querySelector("[data-order]");
  if (!list) return;
  const said = document.querySelector("[data-said]");
  const rows = () => [...list.children];
  const ids = () => rows().map((row) => row.dataset.item);
  let kept = ids(); // the order that the server has
  let held = null; // the row that the keyboard holds
  let saving = Promise.resolve();

  function tell(words, row) {
    const place = rows().indexOf(row) + 1;
    said.textContent = said.dataset[words]
      .replace("%(title)s", row.dataset.title).replace("%(place)s", place).replace("%(total)s", rows().length);
  }

  function number() {
    rows().forEach((row, at) => { row.querySelector("[data-number]").textContent = at + 1; });
  }

  function restore(order) {
    const by = new Map(rows().map((row) => [row.dataset.item, row]));
    list.append(...order.map((id) => by.get(id)));
    number();
  }

  async function save() {
    const items = ids();
    if (items.join() === kept.join()) return;
    const answer = await fetch(list.dataset.order, {
      method: "PUT",
      headers: { "Content-Type": "application/json", "X-CSRFToken": document.querySelector("[name=csrfmiddlewaretoken]").value },
      body: JSON.stringify({ items, version: Number(list.dataset.version) }),
    }).catch(() => null);
    if (answer?.ok) {
      list.dataset.version = (await answer.json()).version;
      kept = items;
      document.querySelector("[data-failed]").hidden = true;
      list.querySelectorAll("[name=version]").forEach((field) => { field.value = list.dataset.version; });
    } else {
      restore(kept);
      document.querySelector(answer?.status === 409 ? "[data-stale]" : "[data-failed]").hidden = false;
    }
  }

  const later = () => { saving = saving.then(save); };

  // With a pointer: the row follows it, the others make room.
  function drag(event, grip) {
    const row = grip.closest("li");
    const start = event.clientY;
    const tops = rows().map((one) => one.offsetTop);
    const heights = rows().map((one) => one.offsetHeight);
    const from = rows().indexOf(row);
    const scrolled = scrollY;
    let to = from;
    let frame = 0;
    let y = start;
    row.classList.add("is-held", "is-dragged");
    list.classList.add("is-sorting");
    grip.setPointerCapture(event.pointerId);

    function place() {
      const shift = y - start + (scrollY - scrolled);
      const middle = tops[from] + heights[from] / 2 + shift;
      to = tops.findLastIndex((top, at) => middle > top + (at > from ? heights[at] / 2 : at < from ? -1 : 0));
      to = Math.max(0, to);
      row.style.setProperty("transform", `translateY(${shift}px)`);
      rows().forEach((one, at) => {
        if (one === row) return;
        const away = at > from && at <= to ? -heights[from] : at < from && at >= to ? heights[from] : 0;
        one.style.setProperty("transform", away ? `translateY(${away}px)` : "");
      });
    }

    function creep() {
      const edge = 72;
      if (y < edge) scrollBy(0, -8);
      else if (y > innerHeight - edge) scrollBy(0, 8);
      place();
      frame = requestAnimationFrame(creep);
    }

    function move(next) {
      y = next.clientY;
    }

    function end(last) {
      cancelAnimationFrame(frame);
      grip.removeEventListener("pointermove", move);
      for (const type of ["pointerup", "pointercancel"]) grip.removeEventListener(type, end);
      if (last.type === "pointerup") place();
      row.classList.remove("is-held", "is-dragged");
      list.classList.remove("is-sorting");
      rows().forEach((one) => one.style.removeProperty("transform"));
      if (last.type === "pointercancel" || to === from) return;
      const rest = rows().filter((one) => one !== row);
      list.insertBefore(row, rest[to] ?? null);
      number();
      tell("at", row);
      later();
    }

    grip.addEventListener("pointermove", move);
    for (const type of ["pointerup", "pointercancel"]) grip.addEventListener(type, end);
    frame = requestAnimationFrame(creep);
  }

  list.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest("[data-grip]");
    if (!grip || event.button) return;
    event.preventDefault();
    grip.focus();
    drag(event, grip);
  });

  // With keys: space picks up and puts down, the arrows move, escape leaves it.
  function release() {
    held?.classList.remove("is-held");
    held?.querySelector("[data-grip]").setAttribute("aria-pressed", "false");
    held = null;
  }

  function shift(row, by) {
    const all = rows();
    const to = Math.min(Math.max(all.indexOf(row) + by, 0), all.length - 1);
    const rest = all.filter((one) => one !== row);
    list.insertBefore(row, rest[to] ?? null);
    number();
    row.querySelector("[data-grip]").focus();
    row.scrollIntoView({ block: "nearest" });
    tell("at", row);
  }

  list.addEventListener("keydown", (event) => {
    const grip = event.target.closest("[data-grip]");
    if (!grip) return;
    const row = grip.closest("li");
    const steps = { ArrowUp: -1, ArrowDown: 1, Home: -1e6, End: 1e6 };
    if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      if (held) {
        release();
        later();
        return;
      }
      held = row;
      row.classList.add("is-held");
      grip.setAttribute("aria-pressed", "true");
      tell("picked", row);
    } else if (held === row && steps[event.key]) {
      event.preventDefault();
      shift(row, steps[event.key]);
    } else if (held && event.key === "Escape") {
      restore(kept);
      tell("left", row);
      release();
      grip.focus();
    }
  });

  list.addEventListener("focusout", (event) => {
    if (!held || list.contains(event.relatedTarget) || event.relatedTarget === null) return;
    release();
    later();
  });
})();
