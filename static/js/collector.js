// See docs/collector.md
(() => {
  "use strict";
  const { endpoint, key, user = "", pageViews } = document.currentScript.dataset;
  let timer, busy, off, failures = 0, size = 50, last = 0, store = {}, tab = {};

  try { store = localStorage || {}; tab = sessionStorage; } catch {}
  const put = (name, text) => {
    try { store[name] = text; } catch { store = { ...store, [name]: text }; }
  };
  const forget = (name) => delete store[name];
  const stored = (pattern) => Object.keys(store).filter((name) => name.match(pattern)).sort();
  // a member's go out as that member only
  const waiting = () => stored(`^eightpoint:.+:(${user})?$`);

  const purge = () => {
    stored("^eightpoint").forEach(forget);
    delete tab.eightpoint_play;
  };
  const declined = () =>
    navigator.doNotTrack == 1 || navigator.globalPrivacyControl || document.cookie.includes("optout=1");
  const optOut = (seconds) => {
    document.cookie = "optout=1; path=/; samesite=lax; max-age=" + seconds;
    if (seconds) purge();
  };

  const uuid = (now) =>
    `0${now.toString(16)}7xxx8xxxxxxxxxxxxxxx`
      .replace(/x/g, () => (crypto.getRandomValues(new Uint8Array(1))[0] & 15).toString(16))
      .replace(/(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  const track = (type, fields) => {
    if (declined()) return;
    const queue = waiting(), now = (last = Math.max(Date.now(), Math.min(Date.now() + 999, last) + 1));
    if (queue.length > 999) {
      forget(queue[0]);
      put("eightpoint_dropped", (+store.eightpoint_dropped || 0) + 1);
    }
    let [session_id, seen] = (store.eightpoint_session || "").split(" ");
    if (!(now - seen < 18e5)) session_id = uuid(now);
    put("eightpoint_session", session_id + " " + now);
    const id = uuid(now), name = `eightpoint:${id}:${user}`;
    put(name, JSON.stringify({ id, type, occurred_at: new Date(now), session_id, ...fields }));
    if (queue.length > 48 && !failures) flush();
    return name;
  };

  const pack = (names) => JSON.stringify({ key, sent_at: new Date() }).slice(0, -1) + `,"events":[${names.map((name) => store[name])}]}`;
  const send = async () => {
    for (let names; (names = waiting().slice(0, size))[0]; ) {
      const body = pack(names);
      const { ok, status, headers } = await fetch(endpoint, {
        method: "POST", body, redirect: "error", keepalive: body.length < 2e4, signal: AbortSignal.timeout?.(2e4),
      }).catch(() => ({}));
      const unread = [400, 413].includes(status);
      if (unread && names[1]) size = names.length >> 1;
      else if (ok || unread || status === 422) {
        names.forEach(forget);
        failures = 0;
        size = 50;
        const count = +store.eightpoint_dropped;
        forget("eightpoint_dropped");
        if (count) track("action", { name: "collector_dropped", props: { count } });
      } else if ([401, 403].includes(status)) return (off = true);
      else return Math.max(Math.min(headers?.get("Retry-After") || 0, 86400), 2.5 * 2 ** Math.min(7, ++failures)) * (1e3 + 500 * Math.random());
    }
    return 5e3;
  };
  const flush = async () => {
    if (busy) return;
    busy = true;
    if (declined()) purge();
    clearTimeout(timer);
    timer = setTimeout(flush, off ? 5e3 : await send());
    busy = false;
  };

  // counts while clock and media go on together
  const players = new Map();
  const play = (el) => {
    if (players.has(el)) return;
    const { dataset, play: media } = el;
    let current, range, over, told, due, event, seen, clock, origin, speed;
    const tick = ({ type }) => {
      if (type === "loadedmetadata" && dataset.playResume) el.currentTime ||= dataset.playResume;
      const now = performance.now() / 1e3, at = media ? +el.currentTime.toFixed(3) : now, rate = media ? el.playbackRate : 1;
      const { y, height } = el.getBoundingClientRect(), middle = y + height / 2;
      const runs = media ? !el.paused && !el.seeking && el.readyState > 2 && rate : !document.hidden && height && middle > 0 && middle < innerHeight;
      const gap = now - seen, gain = at - range?.[1], whole = gap < 2 && gain >= 0 && gain < gap * speed + 0.5 && !el.seeking;
      if (whole) {
        range[1] = at;
        current.duration_seconds = Math.min(now - clock, (at - origin) / speed, media ? 86400 : 60);
      }
      if (!whole || !runs || rate !== speed) range = 0;
      seen = now;
      if (runs && !range) {
        if (!current || (over && at < 2)) {
          const item = dataset.playItem, [saved, kept] = JSON.parse(tab.eightpoint_play || "[0]");
          const { playId, playStarted, playWatched } = over ? {} : dataset;
          // pages may be older than reports
          if (Date.now() - saved < 5e3 && kept.item === item) current = kept;
          else current = { item, play_id: playId || uuid(Date.now()), occurred_at: playStarted || new Date(), duration_seconds: +playWatched || 0, ranges: [], replayed: over };
          due = 0;
        }
        over = false;
        current.ranges.push((range = [at, at]));
        clock = now - current.duration_seconds;
        origin = at - current.duration_seconds * rate;
        speed = rate;
      }
      if (!current || off) return;
      if (type === "ended") over = current.completed = true;
      if ((media || current.duration_seconds > 1) && (now > due || /pause|e[nm]|hide|vis/.test(type))) {
        due = now + 10;
        const fields = {
          ...current, content_type: dataset.playType, source: dataset.playSource, playlist: dataset.playList, item_duration_seconds: +dataset.playDuration || el.duration,
          ranges: media && current.ranges.slice(-1000), position_seconds: media && at, speed: media && rate,
          quality: el.videoHeight ? el.videoHeight + "p" : null, skipped: type === "pagehide" && current.duration_seconds < 20 && !over,
        };
        if (told !== (told = JSON.stringify(fields))) {
          forget(event);
          event = track("play", fields);
          if (event) tab.eightpoint_play = JSON.stringify([over ? 0 : Date.now(), current]);
          else current = range = 0;
        }
      }
      if (type === "emptied") current = 0;
    };
    for (const type of ["playing", "timeupdate", "ratechange", "seeking", "pause", "ended", "emptied", "loadedmetadata"]) el.addEventListener(type, tick);
    players.set(el, tick);
    if (!media) setInterval(tick, 500, {});
    tick({ type: el.readyState && "loadedmetadata" });
  };

  addEventListener("click", ({ target }) => {
    const { track: type, trackItem: item, trackPlatform: platform, trackName: name } = target.closest("[data-track]")?.dataset || {};
    if (type) track(type, { item, platform, name });
  }, true);
  addEventListener("visibilitychange", (event) => {
    players.forEach((tick) => tick(event));
    if (!failures) flush();
  });
  addEventListener("pagehide", (event) => {
    players.forEach((tick) => tick(event));
    const names = waiting().slice(-50);
    if (names[0] && !off && !failures) navigator.sendBeacon(endpoint, pack(names));
    off = true;
  });
  addEventListener("pageshow", () => (off = false));
  addEventListener("online", flush);

  window.eightpoint = { track, play, optOut: () => optOut(31536e3), optIn: () => optOut(0) };
  document.querySelectorAll("[data-play-item]").forEach(play);
  if (pageViews !== "off") track("page_view", { url: location.href.split("#")[0], referrer: document.referrer, title: document.title.slice(0, 300) });
  timer = setTimeout(flush, 5e3);
})();
