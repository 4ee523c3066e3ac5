// See docs/collector.md
(() => {
  "use strict";
  const { endpoint, key, user = "", pageViews } = document.currentScript.dataset;
  let timer, busy, off, failures = 0, size = 50, last = 0, store = {}, tab = {};

  try {
    store = localStorage;
    tab = sessionStorage;
  } catch {}
  const put = (name, text) => {
    try {
      store[name] = text;
    } catch {
      store = { ...store, [name]: text };
    }
  };
  const forget = (name) => delete store[name];
  const stored = (prefix) => Object.keys(store).filter((name) => name.startsWith(prefix)).sort();
  // A guest's events may go out after the log-in, a member's only as that member.
  const waiting = () => stored("eightpoint:").filter((name) => name.endsWith(":") || name.endsWith(":" + user));

  const purge = () => stored("eightpoint").forEach(forget);
  const declined = () =>
    navigator.doNotTrack === "1" || navigator.globalPrivacyControl || store.optout || /\boptout=1/.test(document.cookie);
  const optOut = () => {
    document.cookie = "optout=1; path=/; samesite=lax; max-age=31536000";
    put("optout", 1);
    purge();
  };
  const optIn = () => {
    document.cookie = "optout=; path=/; max-age=0";
    forget("optout");
  };

  const uuid = (now = Date.now()) =>
    (now.toString(16).padStart(12, 0) + "7xxx8xxxxxxxxxxxxxxx")
      .replace(/x/g, () => (crypto.getRandomValues(new Uint8Array(1))[0] & 15).toString(16))
      .replace(/(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  const track = (type, fields) => {
    if (declined()) return;
    const queue = stored("eightpoint:"), now = (last = Math.max(Date.now(), last + 1));
    if (queue.length > 999) {
      forget(queue[0]);
      put("eightpoint_dropped", (+store.eightpoint_dropped || 0) + 1);
    }
    let [session_id, seen] = (store.eightpoint_session || "").split(" ");
    if (!(now - seen < 18e5)) session_id = uuid();
    put("eightpoint_session", session_id + " " + now);
    const id = uuid(now), name = "eightpoint:" + id + ":" + user;
    put(name, JSON.stringify({ id, type, occurred_at: new Date(now), session_id, ...fields }));
    if (queue.length > 48 && !failures) flush();
    return name;
  };

  const pack = (names) => JSON.stringify({ key, sent_at: new Date() }).slice(0, -1) + `,"events":[${names.map((name) => store[name])}]}`;
  const send = async () => {
    for (let names; (names = waiting().slice(0, size)).length; ) {
      const body = pack(names);
      const { ok, status, headers } = await fetch(endpoint, {
        method: "POST", body, keepalive: body.length < 2e4, signal: AbortSignal.timeout(2e4),
      }).catch(() => ({}));
      const unread = status === 400 || status === 413;
      if (unread && names[1]) size = names.length >> 1;
      else if (ok || unread || status === 422) {
        names.forEach(forget);
        failures = 0;
        size = 50;
        const count = +store.eightpoint_dropped;
        forget("eightpoint_dropped");
        if (count) track("action", { name: "collector_dropped", props: { count } });
      } else if (status === 401 || status === 403) return (off = true);
      else return Math.min(864e5, Math.max(headers?.get("Retry-After") * 1e3 || 0, 2500 * 2 ** Math.min(7, ++failures))) * (1 + Math.random() / 2);
    }
    return 5e3;
  };
  const flush = async () => {
    if (busy) return;
    busy = true;
    if (declined()) purge();
    later(off ? 5e3 : await send());
    busy = false;
  };
  const later = (ms) => {
    clearTimeout(timer);
    timer = setTimeout(flush, ms);
  };

  // Credits the time in which clock and media went on together.
  const play = (el) => {
    if (el.eightpoint) return;
    el.eightpoint = true;
    const { dataset } = el, media = el.play;
    let current, range, over, told, due, event, seen, clock, origin, speed;
    const shown = () => {
      const { top, bottom } = el.getBoundingClientRect();
      return !document.hidden && bottom > top && top + bottom > 0 && top + bottom < 2 * innerHeight;
    };
    const begin = () => {
      const item = dataset.playItem, [saved, kept] = JSON.parse(tab.eightpoint_play || "[0]");
      const { playId = uuid(), playStarted = new Date(), playWatched } = over ? {} : dataset;
      // a report that the server had not yet when it made the page
      if (Date.now() - saved < 5e3 && kept.item === item && !kept.completed) current = kept;
      else current = { item, play_id: playId, occurred_at: playStarted, duration_seconds: +playWatched || 0, ranges: [], replayed: over };
      due = 0;
    };
    const tick = ({ type }) => {
      const now = performance.now() / 1e3, at = media ? +el.currentTime.toFixed(3) : now, rate = media ? el.playbackRate : 1;
      const runs = media ? !el.paused && !el.seeking && el.readyState > 2 && rate : shown();
      const gap = now - seen, gain = at - range?.[1], whole = gap < 2 && gain >= 0 && gain < gap * speed + 0.5 && !el.seeking;
      if (whole) {
        range[1] = at;
        current.duration_seconds = Math.min(now - clock, (at - origin) / speed, media ? 86400 : 60);
      }
      if (!whole || !runs || rate !== speed) range = 0;
      seen = now;
      if (runs && !range) {
        if (!current || (over && at < 2)) begin();
        over = false;
        current.ranges.push((range = [at, at]));
        clock = now - current.duration_seconds;
        origin = at - current.duration_seconds * rate;
        speed = rate;
      }
      if (!current) return;
      const { duration_seconds, ranges } = current;
      if (type === "ended") over = current.completed = true;
      if ((media || duration_seconds > 1) && (now > due || /pause|e[nm]|hide|vis/.test(type))) {
        due = now + 10;
        const fields = {
          ...current, content_type: dataset.playType, source: dataset.playSource, item_duration_seconds: +dataset.playDuration || el.duration,
          ranges: media && ranges.slice(-1000), position_seconds: media && at, speed: media && rate,
          quality: el.videoHeight ? el.videoHeight + "p" : null, skipped: type === "pagehide" && duration_seconds < 20 && !over,
        };
        if (told !== (told = JSON.stringify(fields))) {
          forget(event);
          event = track("play", fields);
          tab.eightpoint_play = JSON.stringify([Date.now(), current]);
        }
      }
      if (type === "emptied") current = 0;
    };
    const resume = () => {
      if (dataset.playResume) el.currentTime ||= dataset.playResume;
    };
    for (const type of ["playing", "timeupdate", "ratechange", "seeking", "pause", "ended", "emptied"]) el.addEventListener(type, tick);
    for (const type of ["visibilitychange", "pagehide"]) addEventListener(type, tick, true);
    if (!media) setInterval(tick, 500, {});
    else if (el.readyState) resume();
    else el.addEventListener("loadedmetadata", resume, { once: true });
    tick({});
  };

  addEventListener("click", ({ target }) => {
    const { track: type, trackItem: item, trackPlatform: platform, trackName: name } = target.closest("[data-track]")?.dataset || {};
    if (type) track(type, { item, platform, name });
  }, true);
  addEventListener("visibilitychange", () => document.hidden && flush());
  addEventListener("pagehide", () => {
    if (!off && !failures) for (let rest = waiting(); rest[0] && navigator.sendBeacon(endpoint, pack(rest.splice(0, 50))); );
    off = true;
  });
  addEventListener("pageshow", () => (off = false));
  addEventListener("online", () => {
    failures = 0;
    flush();
  });

  window.eightpoint = { track, play, optOut, optIn };
  document.querySelectorAll("[data-play-item]").forEach(play);
  if (pageViews !== "off") track("page_view", { url: location.href.split("#")[0], referrer: document.referrer, title: document.title.slice(0, 300) });
  later(5e3);
})();
