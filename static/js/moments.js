/* Toasts of what happens to the member: points that arrive, levels, achievements, streaks. Asked for while the page is
 * looked at, and some seconds after the page has reported something, or where it answers to something that was
 * (`data-reported`). The server marks what was shown, so of several tabs one shows it; which points are known is kept by
 * the browser. */
(() => {
  "use strict";

  const list = document.getElementById("moments");
  if (!list) return;

  const EVERY_MS = 45_000;
  const AFTER_MS = [600, 3000, 8000, 16000]; // what was reported is counted some seconds later
  const LEAST_MS = 1500;
  const STAYS_MS = 9000;
  const { poll, show, member } = list.dataset;
  const KEY = `moments.${member}`;
  let asked = 0, busy = false, later = [];

  const known = () => {
    try {
      return Number(localStorage.getItem(KEY) ?? NaN);
    } catch {
      return NaN; // storage is off: no points are told, everything else is
    }
  };
  const keep = (number) => {
    try {
      localStorage.setItem(KEY, String(number));
    } catch {
      // storage is off
    }
  };
  const token = () => document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";

  function add(toast) {
    list.append(toast);
    let timer;
    const close = () => toast.remove();
    const wait = () => { timer = setTimeout(close, STAYS_MS); };
    const stay = () => clearTimeout(timer);
    toast.querySelector("[data-close]").addEventListener("click", close);
    toast.addEventListener("pointerenter", stay);
    toast.addEventListener("focusin", stay);
    toast.addEventListener("pointerleave", wait);
    toast.addEventListener("focusout", wait);
    wait();
  }

  async function take(after) {
    const body = new FormData();
    if (!Number.isNaN(after)) body.set("after", after);
    const answer = await fetch(show, { method: "POST", body, headers: { "X-CSRFToken": token() }, redirect: "error" });
    if (answer.status !== 200) return;
    const holder = document.createElement("template");
    holder.innerHTML = await answer.text();
    keep(holder.content.querySelector("[data-last]").dataset.last);
    const toasts = [...holder.content.querySelectorAll("[data-toast]")];
    toasts.forEach(add);
    if (toasts.length) document.dispatchEvent(new CustomEvent("moments"));
  }

  async function ask() {
    if (document.hidden || busy || Date.now() - asked < LEAST_MS) return;
    busy = true;
    asked = Date.now();
    try {
      const answer = await fetch(poll, { headers: { Accept: "application/json" }, redirect: "error" });
      if (!answer.ok) return;
      const { moments, last_entry: last } = await answer.json();
      const after = known();
      if (Number.isNaN(after) || after > last) keep(last);
      if (moments.length || last > after) await take(after > last ? last : after);
    } catch {
      // offline, or logged out elsewhere
    } finally {
      busy = false;
    }
  }

  function soon() {
    later.forEach(clearTimeout);
    later = AFTER_MS.map((ms) => setTimeout(ask, ms));
  }

  setTimeout(ask, 300);
  setInterval(ask, EVERY_MS);
  document.addEventListener("visibilitychange", ask);
  document.addEventListener("reported", soon);
  if (document.querySelector("[data-reported]")) soon();
})();
