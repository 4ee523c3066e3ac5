// Counts plays, page views and clicks, and keeps each until the server has it. docs/collector.md
(() => {
  "use strict";
  const { endpoint, key, user = "", pageViews } = document.currentScript.dataset;
  const EVENT = "eightpoint:event:", SESSION = "eightpoint:session", DROPPED = "eightpoint:dropped", PLAY = "eightpoint:play";
  let timer, busy, off, failures = 0, size = 50, last = 0;

  // One key per event: tabs share the queue and never overwrite each other.
  let store = {};
  try {
    store = localStorage || store;
  } catch {}
  const put = (name, text) => {
    try {
      store[name] = text;
    } catch {
      store = { ...store, [name]: text }; // full: go on in memory
    }
  };
  const forget = (name) => delete store[name];
  const stored = (prefix) => Object.keys(store).filter((name) => name.startsWith(prefix)).sort();
  // A guest's events may go out after the log-in, a member's only as that member.
  const waiting = () => stored(EVENT).filter((name) => name.endsWith(":") || name.endsWith(":" + user));

  const declined = () =>
    navigator.doNotTrack === "1" || navigator.globalPrivacyControl || store.optout || /\boptout=1/.test(document.cookie);
  const consent = (given) => {
    document.cookie = `optout=${given ? "" : 1}; path=/; samesite=lax; max-age=${given ? 0 : 31536000}`;
    given ? forget("optout") : put("optout", 1);
    if (!given) stored("eightpoint:").forEach(forget);
  };

  const uuid = (ms = Date.now()) =>
    (ms.toString(16).padStart(12, 0) + "7xxx8xxxxxxxxxxxxxxx")
      .replace(/x/g, () => (crypto.getRandomValues(new Uint8Array(1))[0] & 15).toString(16))
      .replace(/(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  const session = (now) => {
    const [id, seen] = (store[SESSION] || "").split(" ");
    const own = now - seen < 18e5 ? id : uuid();
    put(SESSION, own + " " + now);
    return own;
  };
  const track = (type, fields) => {
    if (declined()) return;
    const queue = stored(EVENT);
    if (queue.length > 999) {
      forget(queue[0]);
      put(DROPPED, +(store[DROPPED] || 0) + 1);
    }
    last = Math.max(Date.now(), last + 1); // a page's events are in order
    const id = uuid(last), name = EVENT + id + ":" + user;
    put(name, JSON.stringify({ id, type, occurred_at: new Date(last), session_id: session(last), ...fields }));
    if (queue.length > 48 && !failures) flush();
    return name;
  };

  const pack = (names) => JSON.stringify({ key, sent_at: new Date() }).slice(0, -1) + `,"events":[${names.map((name) => store[name])}]}`;
  const send = async () => {
    for (let names; (names = waiting().slice(0, size)).length; ) {
      const body = pack(names);
      const { ok, status, headers } = await fetch(endpoint, {
        method: "POST", body, credentials: "same-origin", keepalive: body.length < 2e4, signal: AbortSignal.timeout(2e4),
      }).catch(() => ({}));
      const unread = status === 400 || status === 413;
      if (unread && names[1]) size = names.length >> 1; // until what cannot be read stands alone
      else if (ok || unread || status === 422) {
        names.forEach(forget);
        failures = 0;
        size = 50;
        const count = +store[DROPPED];
        forget(DROPPED);
        if (count) track("action", { name: "collector_dropped", props: { count } });
      } else if (status === 401 || status === 403) off = true;
      else {
        const after = headers?.get("Retry-After");
        return Math.max(after * 1e3 || Date.parse(after) - Date.now() || 0, Math.min(3e5, 2500 * 2 ** ++failures)) * (1 + Math.random() / 2);
      }
    }
    return 5e3;
  };
  const flush = async () => {
    if (busy || off) return;
    busy = true;
    const wait = declined() ? 5e3 : await send();
    busy = false;
    later(wait);
  };
  const later = (ms) => {
    clearTimeout(timer);
    timer = setTimeout(flush, Math.min(ms, 864e5));
  };

  // Plays: cumulative reports under one id. Credited is the time in which clock and media went on together.
  const players = new Map();
  const round = (seconds) => Math.round(seconds * 1e3) / 1e3;
  const play = (el) => {
    if (players.has(el)) return;
    const { dataset } = el, media = el.play;
    let current, run, over, known, told, due;

    const begin = () => {
      const { playItem: item, playId: id, playStarted: start, playWatched } = dataset;
      // The page may have been made before the server knew what this tab reported seconds ago.
      let kept = JSON.parse(sessionStorage[PLAY] || "{}");
      if (kept.item !== item || kept.completed || Date.now() - kept.at > 5e3) kept = id && id !== known ? { id, start } : { id: uuid(), start: new Date(), replayed: over };
      current = { watched: 0, ...kept, item, ranges: [] };
      if (current.id === id) current.watched = Math.max(current.watched, playWatched || 0);
      known = id;
      due = 0;
    };
    const report = (leaving) => {
      const watched = current.watched + (run ? run.played : 0);
      const fields = {
        play_id: current.id, occurred_at: current.start, item: current.item, content_type: dataset.playType, source: dataset.playSource,
        duration_seconds: round(media ? watched : Math.min(watched, 60)), completed: current.completed, replayed: current.replayed,
      };
      if (media) Object.assign(fields, {
        item_duration_seconds: +dataset.playDuration || (isFinite(el.duration) ? el.duration : undefined),
        ranges: current.ranges.concat(run ? [[run.from, run.to]] : []).slice(-1000), 
        position_seconds: round(el.currentTime), speed: el.playbackRate, quality: el.videoHeight ? el.videoHeight + "p" : undefined,
        skipped: (leaving && watched < 20 && !current.completed) || undefined,
      });
      else if (watched < 1) return;
      due = performance.now() + 1e4;
      if (told === (told = JSON.stringify(fields))) return;
      forget(current.event); // the new report says all that one still waiting did
      current.event = track("play", fields);
      sessionStorage[PLAY] = JSON.stringify({ ...current, watched, at: Date.now() });
    };
    const shown = () => {
      const { top, bottom } = el.getBoundingClientRect();
      return !document.hidden && Math.min(bottom, innerHeight) - Math.max(top, 0) > Math.min(bottom - top, innerHeight) / 2;
    };
    const tick = ({ type }) => {
      const now = performance.now() / 1e3, at = media ? el.currentTime : now, rate = media ? el.playbackRate : 1;
      const runs = media ? !el.paused && !el.seeking && !el.ended && el.readyState > 2 && rate > 0 : shown();
      if (run) {
        const gap = now - run.seen, gain = at - run.to;
        const whole = gap < 2 && gain >= 0 && gain <= gap * run.rate + 0.5 && !el.seeking && type !== "seeking";
        if (whole) run = { ...run, seen: now, to: at, played: Math.min(now - run.since, (at - run.from) / run.rate) };
        if (!whole || !runs || rate !== run.rate) {
          current.watched += run.played;
          if (run.to > run.from) current.ranges.push([run.from, run.to]);
          run = 0;
        }
      }
      if (runs && !run) {
        if (!current || (over && at < 2)) begin();
        over = false;
        run = { since: now, seen: now, from: at, to: at, rate, played: 0 };
      }
      if (!current) return;
      if (type === "ended") over = current.completed = true;
      if (run ? now > due : /pause|ended|emptied|pagehide/.test(type)) report();
      if (type === "emptied") current = 0;
    };
  };
