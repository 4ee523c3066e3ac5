/* The page of a lesson. The collector reports what is played; here the page asks the server what that amounts to, tells
 * it that a text is being read, and puts what it answers in place. Without this script the page shows what it knew. */
(() => {
  "use strict";

  const CHECK_MS = 12000;
  const AFTER_MS = [1500, 4000, 7000, 12000, 20000]; // the reports of a film arrive some seconds later
  const FIRST_MS = [1500, 4000];

  const lesson = document.getElementById("lesson");
  if (!lesson) return;
  const { kind, check, reading, watching, beat } = lesson.dataset;
  const isDone = () => document.getElementById("lesson-note")?.hasAttribute("data-done");
  const token = () => lesson.querySelector("input[name=csrfmiddlewaretoken]")?.value || "";

  function replace(html) {
    const wasDone = isDone();
    const focused = document.activeElement?.closest("#lesson-note, #lesson-next")?.id;
    const holder = document.createElement("template");
    holder.innerHTML = html;
    for (const part of [...holder.content.children]) {
      const shown = document.getElementById(part.id);
      const stays = part.id === "lesson-outline" && shown?.textContent === part.textContent;
      if (shown && !stays) shown.replaceWith(part);
    }
    if (isDone() && !wasDone) document.dispatchEvent(new CustomEvent("reported"));
    if (focused) document.getElementById(focused)?.querySelector("a, button")?.focus();
  }

  async function post(address, body) {
    const answer = await fetch(address, {
      method: "POST",
      body,
      credentials: "same-origin",
      headers: { "HX-Request": "true", "X-CSRFToken": token() },
    });
    if (!answer.ok || answer.redirected) return null;
    replace(await answer.text());
    return answer;
  }

  const ask = () => (isDone() ? null : post(check, new FormData()).catch(() => null));

  // A film: what was played is asked for while it runs, and a few times after it stops.
  function watch(video) {
    let asked = 0, later = [];
    video.addEventListener("timeupdate", () => {
      if (video.paused || Date.now() - asked < CHECK_MS) return;
      asked = Date.now();
      ask();
    });
    for (const type of ["pause", "ended"]) {
      video.addEventListener(type, () => {
        later.forEach(clearTimeout);
        later = AFTER_MS.map((ms) => setTimeout(ask, ms));
      });
    }
  }

  // A film of somebody who wants no statistics, for whom the collector is silent: the page reports what it covers.
  function measure(film) {
    const ranges = [];
    let sitting = "", range = null, seen = 0, sent = -CHECK_MS;
    const report = async () => {
      sent = performance.now();
      const body = new FormData();
      if (sitting) body.set("sitting", sitting);
      body.set("ranges", JSON.stringify(ranges.slice(-200)));
      const answer = await post(watching, body).catch(() => null);
      sitting = answer?.headers.get("X-Sitting") || sitting;
    };
    const tick = ({ type }) => {
      const now = performance.now(), at = film.currentTime, gap = (now - seen) / 1000, gain = at - range?.[1];
      const goesOn = gap < 2 && gain >= 0 && gain < gap * film.playbackRate + 0.5 && !film.seeking;
      if (goesOn) range[1] = at;
      if (!goesOn || film.paused) range = null;
      seen = now;
      if (!range && !film.paused && !film.seeking && film.readyState > 2) ranges.push((range = [at, at]));
      if (!isDone() && ranges.length && (type !== "timeupdate" || now - sent > CHECK_MS)) report();
    };
    for (const type of ["playing", "timeupdate", "pause", "ended"]) film.addEventListener(type, tick);
  }

  // A text: the page reports while it is seen; how long that was the server measures itself.
  function read(text) {
    let sitting = "", reached = 0, timer, sent = 0;
    const look = () => {
      const { top, height } = text.getBoundingClientRect();
      if (!document.hidden) reached = Math.max(reached, Math.min(1000, Math.round((1000 * (innerHeight - top)) / height)));
    };
    const report = async () => {
      clearTimeout(timer);
      timer = setTimeout(report, FIRST_MS[sent] || 1000 * beat);
      if (document.hidden) return;
      look();
      sent += 1;
      const body = new FormData();
      if (sitting) body.set("sitting", sitting);
      body.set("reached", Math.max(0, reached));
      const answer = await post(reading, body).catch(() => null);
      sitting = answer?.headers.get("X-Sitting") || sitting;
    };
    addEventListener("scroll", look, { passive: true });
    document.addEventListener("visibilitychange", () => { if (!document.hidden) { sitting = ""; report(); } });
    report();
  }

  lesson.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-partial]")) return;
    event.preventDefault();
    post(form.action, new FormData(form)).catch(() => form.submit());
  });

  const video = lesson.querySelector("video");
  if (watching && video) measure(video);
  else if (check && kind === "video" && video) watch(video);
  const text = document.getElementById("text");
  if (reading && text) read(text);

  function press(key) {
    if (key === "n") document.querySelector("#lesson-next a[rel=next]")?.click();
    else if (key === "p") document.querySelector("#lesson-next a[rel=prev]")?.click();
    else if (video && key === "k") video.paused ? video.play() : video.pause();
    else if (video && key === "j") video.currentTime -= 10;
    else if (video && key === "l") video.currentTime += 10;
  }

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (!typing && !event.ctrlKey && !event.metaKey && !event.altKey) press(event.key.toLowerCase());
  });
})();
