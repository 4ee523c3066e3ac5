// Eightpoint's collector: plays, page views and clicks, kept until the server has them. See docs/collector.md.
(() => {
  "use strict";
  const { endpoint, key, user = "", pageViews } = document.currentScript.dataset;
  const PREFIX = "eightpoint:", EVENT = PREFIX + "event:", SESSION = PREFIX + "session", DROPPED = PREFIX + "dropped";
  const PLAY = PREFIX + "play", OPT_OUT = "eightpoint-optout";
  const BATCH = 50, QUEUE = 1000, FLUSH_MS = 5e3, GAP_MS = 2e3;
  let timer, busy, stopped, left, failures = 0, size = BATCH, last = 0;

  // Storage: one key per event, so that tabs share the queue and never overwrite each other.

  const memory = {}; // takes what storage refuses
  const storage = (kind) => {
    try {
      return window[kind || "localStorage"];
    } catch {
      return memory;
    }
  };
  const get = (name) => memory[name] ?? storage()[name];
  const forget = (name) => {
    delete memory[name];
    delete storage()[name];
  };
  const put = (name, text) => {
    forget(name);
    try {
      storage()[name] = text;
    } catch {
      memory[name] = text;
    }
  };
  const names = () => [...new Set(Object.keys(storage()).concat(Object.keys(memory)))].filter((name) => name.startsWith(PREFIX));
  const events = () => names().filter((name) => name.startsWith(EVENT)).sort((a, b) => (a.slice(-36) < b.slice(-36) ? -1 : 1));
  // A guest's events may go out after the log-in, a member's only as that member.
  const waiting = () => events().filter((name) => ["", user].includes(name.slice(EVENT.length, -37)));

  // Consent

  const declined = () =>
    navigator.doNotTrack === "1" || navigator.globalPrivacyControl || get(OPT_OUT) || /(^|; )optout=1/.test(document.cookie);
  const purge = () => {
    names().forEach(forget);
    delete storage("sessionStorage")[PLAY];
  };
  const optOut = () => {
    document.cookie = "optout=1; path=/; max-age=31536000; samesite=lax";
    put(OPT_OUT, 1);
    purge();
  };
  const optIn = () => {
    document.cookie = "optout=; path=/; max-age=0";
    forget(OPT_OUT);
  };

  // Events

  const uuid = (ms = Date.now()) => {
    const time = ms.toString(16).padStart(12, 0);
    const hex = [...crypto.getRandomValues(new Uint8Array(10))].map((byte) => (byte + 256).toString(16).slice(1)).join("");
    return `${time.slice(0, 8)}-${time.slice(8)}-7${hex.slice(0, 3)}-8${hex.slice(3, 6)}-${hex.slice(6, 18)}`;
  };
  const session = (now) => {
    const [id, seen] = (get(SESSION) || "").split(" ");
    const own = now - seen < 18e5 ? id : uuid();
    put(SESSION, own + " " + now);
    return own;
  };
  const track = (type, fields) => {
    if (declined()) return;
    let now = Date.now();
    if (now <= last && now > last - 1e3) now = last + 1; // ids and times of one page are in order
    last = now;
    const queue = events();
    if (queue.length >= QUEUE) {
      forget(queue[0]);
      put(DROPPED, +(get(DROPPED) || 0) + 1);
    }
    const id = uuid(now), name = `${EVENT}${user}:${id}`;
    put(name, JSON.stringify({ id, type, occurred_at: new Date(now).toISOString(), session_id: session(now), ...fields }));
    if (queue.length > BATCH - 2 && !failures) flush();
    return name;
  };

  // Sending

  const pack = (batch) =>
    `${JSON.stringify({ key, sent_at: new Date() }).slice(0, -1)},"events":[${batch.map(get)}]}`;
  const send = async () => {
    for (let batch; (batch = waiting().slice(0, size)).length; ) {
      const body = pack(batch);
      let answer = {};
      try {
        answer = await fetch(endpoint, {
          method: "POST", body, credentials: "same-origin", redirect: "error",
          keepalive: new Blob([body]).size < 6e4, signal: AbortSignal.timeout(2e4),
        });
      } catch {} // no network: as a server in trouble
      const { ok, status } = answer, unread = status === 400 || status === 413;
      if (unread && batch[1]) {
        size = batch.length >> 1; // until what cannot be read stands alone
      } else if (ok || unread || status === 422) {
        batch.forEach(forget);
        failures = 0;
        size = Math.min(BATCH, size * 2);
        const count = +(get(DROPPED) || 0);
        forget(DROPPED);
        if (count) track("action", { name: "collector_dropped", props: { count } });
      } else if (status === 401 || status === 403) {
        stopped = true;
        return;
      } else {
        const after = answer.headers?.get("Retry-After");
        const asked = after * 1e3 || Date.parse(after) - Date.now() || 0;
        return Math.max(asked, Math.min(3e5, 2500 * 2 ** ++failures)) * (1 + Math.random() / 2);
      }
    }
    return FLUSH_MS;
  };
  const flush = async () => {
    if (busy || stopped || left) return;
    let wait = FLUSH_MS;
    if (declined()) purge();
    else {
      busy = true;
      const turn = async (lock) => lock && (wait = await send()); // one tab at a time
      await (navigator.locks ? navigator.locks.request(PREFIX, { ifAvailable: true }, turn) : turn(1)).catch(() => {});
      busy = false;
    }
    later(wait);
  };
  const later = (ms) => {
    clearTimeout(timer);
    timer = setTimeout(flush, ms);
  };

  // Plays: cumulative reports under one play id; docs/collector.md has the rules of what is credited.

  const players = new Map();
  const play = (el) => {
    if (players.has(el)) return;
    const { dataset } = el, media = el.play;
    let current, run, spent, over, reported;

    const begin = () => {
      let kept = {};
      try {
        kept = JSON.parse(storage("sessionStorage")[PLAY]);
      } catch {}
      const { playItem, playId, playStarted, playWatched } = dataset;
      // A page that loads within seconds of the last report was made before the server had it: go on with that play.
      if (kept.item === playItem && kept.user === user && !kept.over && Date.now() - kept.at < 5e3) current = kept;
      else current = { id: uuid(), start: new Date() };
      if (playId && playId !== spent && current !== kept) current = { id: playId, start: playStarted };
      if (current.id === playId) current.watched = Math.max(current.watched || 0, +playWatched || 0);
      spent = playId;
      ...
    };
