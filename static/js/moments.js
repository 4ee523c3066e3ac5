/* Toasts of what happens to the member: points that arrive, levels, achievements, streaks. Asked for while the page is
 * looked at, and some seconds after the page has reported something, or where it answers to something that was
 * (`data-reported`). What the browser has painted it says to the server, which tells it until then: a toast on its way to a
 * page that is left comes on the next. Of several tabs one asks at a time; which points are known is kept by the browser. */
(() => {
  "use strict";

  const list = document.getElementById("moments");
  if (!list) return;

  const EVERY_MS = 45_000;
  const AFTER_MS = [600, 3000, 8000, 16000]; // what was reported is counted some seconds later
  const LEAST_MS = 1500;
  const STAYS_MS = 9000;
  const { poll, show, shown, member } = list.dataset;
  const KEY = `moments.${member}`;
  const unsaid = new Set(); // moments that were shown here, and the server has not answered that it knows
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

  /* Whether what was just added has been painted: not where the tab is hidden before that. */
  const painted = () => new Promise((done) => {
    requestAnimationFrame(() => requestAnimationFrame(() => done(true)));
    document.addEventListener("visibilitychange", () => done(!document.hidden), { once: true });
  });

  async function say({ moments, until }) {
    const answer = await fetch(shown, {
      method: "POST",
      keepalive: true, // also where a link of the toast is followed at once
      headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
      body: JSON.stringify({ ids: moments.split(" ").map(Number), until }),
      redirect: "error",
    });
    await answer.text(); // an answer that is not read is never over
    if (answer.ok) unsaid.clear();
  }

  async function take(after) {
    const body = new FormData();
    if (!Number.isNaN(after)) body.set("after", after);
    const answer = await fetch(show, { method: "POST", body, headers: { "X-CSRFToken": token() }, redirect: "error" });
    if (answer.status !== 200) return;
    const holder = document.createElement("template");
    holder.innerHTML = await answer.text();
    const told = holder.content.querySelector("[data-last]").dataset;
    const toasts = [...holder.content.querySelectorAll("[data-toast]")].filter(({ dataset }) => !unsaid.has(dataset.toast));
    toasts.forEach(add);
    if (toasts.length && !(await painted())) {
      toasts.forEach((toast) => toast.remove());
      return;
    }
    keep(told.last);
    toasts.forEach(({ dataset }) => dataset.toast && unsaid.add(dataset.toast));
    if (told.moments) await say(told);
  }

  async function look() {
    const answer = await fetch(poll, { headers: { Accept: "application/json" }, redirect: "error" });
    if (!answer.ok) return;
    const { moments, last_entry: last } = await answer.json();
    const after = known();
    if (Number.isNaN(after) || after > last) keep(last);
    if (moments.length || last > after) await take(after > last ? last : after);
  }

  const alone = (work) => navigator.locks?.request(KEY, { ifAvailable: true }, (lock) => lock && work()) ?? work();

  async function ask() {
    if (document.hidden || busy || Date.now() - asked < LEAST_MS) return;
    busy = true;
    asked = Date.now();
    try {
      await alone(look);
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
