/* Building courses: texts save themselves, Markdown is shown as it will look, sections and lessons are dragged, videos
 * are uploaded without leaving the page. Without this script all of it is plain forms and buttons.
 *
 * Every save names the version of the course that the page has seen. A refused one shows what the others changed; what
 * was typed here stays until one says what becomes of it. */
(() => {
  "use strict";

  const PAUSE_MS = 900;
  const RETRY_MS = 5000;
  const state = document.querySelector("[data-save-state]");
  const token = () => document.querySelector("[name=csrfmiddlewaretoken]").value;

  function say(text, kind) {
    if (!state) return;
    state.textContent = text;
    state.className = `savestate${kind ? ` is-${kind}` : ""}`;
  }

  function seen(version) {
    document.querySelectorAll("input[name=version]").forEach((field) => { field.value = version; });
  }

  async function post(url, body) {
    const answer = await fetch(url, { method: "POST", body, headers: { Accept: "application/json", "X-CSRFToken": token() } });
    return { status: answer.status, told: await answer.json().catch(() => ({})) };
  }

  /* Saving by itself */

  const form = document.querySelector("form[data-autosave]");
  const stale = document.querySelector("[data-stale]");
  const kept = document.querySelector("[data-kept]");
  let running = null;
  let waiting = null;
  let last = "";
  let dirty = false;
  let timer = 0;

  const words = (field) => [...form.elements].filter((one) => one.name === field);
  const told = () => [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !["csrfmiddlewaretoken", "version"].includes(name));

  function mark(errors) {
    form.querySelectorAll(".errorlist.of-script").forEach((list) => list.remove());
    for (const { path, detail } of errors ?? []) {
      const list = document.createElement("ul");
      list.className = "errorlist of-script";
      list.append(Object.assign(document.createElement("li"), { textContent: detail }));
      words(path)[0]?.closest(".field")?.append(list);
    }
  }

  function show(answer) {
    stale.hidden = false;
    stale.dataset.version = answer.version;
    stale.querySelector("[data-stale-changes]").replaceChildren(
      ...answer.changes.map((change) => Object.assign(document.createElement("li"), { textContent: `${change.by} ${change.what}` })),
    );
    const place = stale.querySelector("[data-stale-theirs]");
    place.replaceChildren();
    for (const [name, text] of Object.entries(answer.now ?? {})) {
      const field = words(name)[0];
      if (!field || field.type === "radio" || field.type === "checkbox" || field.value === text || !text) continue;
      const label = form.querySelector(`label[for="${field.id}"]`)?.textContent.trim() ?? name;
      place.append(
        Object.assign(document.createElement("p"), { className: "label mb-1", textContent: `${label}, ${form.dataset.theirs}` }),
        Object.assign(document.createElement("pre"), { className: "theirs", textContent: text }),
      );
    }
    stale.scrollIntoView({ block: "center", behavior: "smooth" });
  }

  function plan(ms) {
    clearTimeout(timer);
    timer = setTimeout(save, ms);
  }

  // Resolves once what stands in the form now was sent: what is typed while one save is on its way needs another.
  function save() {
    clearTimeout(timer);
    if (stale && !stale.hidden) return Promise.resolve();
    if (!running) return (running = sendForm().finally(() => { running = null; }));
    return (waiting ??= running.then(() => { waiting = null; return save(); }));
  }

  async function sendForm() {
    const sent = JSON.stringify(told());
    dirty = false;
    say(form.dataset.saving, "");
    try {
      const { status, told: answer } = await post(form.action || location.href, new FormData(form));
      mark(answer.errors);
      if (status === 200) {
        seen(answer.version);
        last = sent;
        sessionStorage.removeItem(form.dataset.autosave);
        if (!dirty) say(`${form.dataset.saved} ${new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}`, "saved");
        const title = form.elements.title?.value;
        if (title) document.querySelector("h1").textContent = title;
      } else {
        dirty = true;
        say(status === 409 ? form.dataset.unsaved : `${form.dataset.wrong} ${answer.detail ?? status}`, "wrong");
        if (answer.code === "stale_version") show(answer);
      }
    } catch {
      dirty = true;
      say(form.dataset.retrying, "wrong");
      plan(RETRY_MS);
    }
  }

  function changed() {
    if (JSON.stringify(told()) === last) return;
    dirty = true;
    if (!running) say(form.dataset.unsaved, "dirty");
    plan(PAUSE_MS);
  }

  function putBack(values) {
    form.querySelectorAll("input[type=checkbox]").forEach((box) => { box.checked = false; });
    for (const [name, value] of values) {
      for (const field of words(name)) {
        if (field.type === "checkbox" || field.type === "radio") field.checked ||= field.value === value;
        else field.value = value;
      }
    }
    changed();
  }

  if (form) {
    last = JSON.stringify(told());
    form.addEventListener("input", changed);
    form.addEventListener("change", (event) => event.target.type !== "file" && changed());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      save();
    });
    addEventListener("beforeunload", (event) => dirty && !sessionStorage.getItem(form.dataset.autosave) && event.preventDefault());
    if (stale && !stale.hidden) stale.hidden = true; // a refused plain form: saving again is the answer here too
    stale?.querySelector("[data-stale-keep]").addEventListener("click", () => {
      seen(stale.dataset.version);
      stale.hidden = true;
      save();
    });
    stale?.querySelector("[data-stale-reload]").addEventListener("click", () => {
      sessionStorage.setItem(form.dataset.autosave, JSON.stringify(told()));
      dirty = false;
      location.assign(location.pathname);
    });
    const before = sessionStorage.getItem(form.dataset.autosave);
    if (before && kept) {
      kept.hidden = false;
      kept.querySelector("[data-kept-back]").addEventListener("click", () => {
        kept.hidden = true;
        putBack(JSON.parse(before));
      });
      kept.querySelector("[data-kept-away]").addEventListener("click", () => {
        kept.hidden = true;
        sessionStorage.removeItem(form.dataset.autosave);
      });
    }
  }

  /* How Markdown will look */

  document.querySelectorAll("[data-writer]").forEach((writer) => {
    const area = writer.querySelector("textarea");
    const look = writer.querySelector("[data-look]");
    const write = writer.querySelector("[data-write]");
    const preview = writer.querySelector("[data-preview]");
    const minutes = writer.querySelector("[data-minutes]");
    let shown = area.value;

    async function render() {
      const body = new FormData();
      body.set("text", area.value);
      const { status, told: answer } = await post(writer.dataset.writer, body);
      if (status !== 200) return;
      shown = area.value;
      preview.innerHTML = answer.html; // the server's own, made safe there
      if (minutes) minutes.textContent = answer.minutes;
    }

    function turn(looking) {
      look.setAttribute("aria-selected", looking);
      write.setAttribute("aria-selected", !looking);
      preview.hidden = !looking;
      area.hidden = looking;
      if (looking) render();
      else area.focus();
    }

    look.addEventListener("click", () => turn(true));
    write.addEventListener("click", () => turn(false));
    area.addEventListener("change", () => minutes && area.value !== shown && render());
  });

  /* Dragging sections and lessons */

  const blocks = document.querySelector("[data-order]");
  let dragged = null;
  let target = null;

  const order = () => [...blocks.querySelectorAll("[data-section]")].map((section) => [
    section.dataset.section,
    [...section.querySelectorAll("[data-lesson]")].map((lesson) => lesson.dataset.lesson),
  ]);

  function clear() {
    blocks.querySelectorAll(".drop-before, .drop-after, .drop-into").forEach((one) => one.classList.remove("drop-before", "drop-after", "drop-into"));
    target = null;
  }

  function aim(x, y) {
    clear();
    const under = document.elementFromPoint(x, y);
    const isLesson = dragged.matches("[data-lesson]");
    const over = under?.closest(isLesson ? "[data-lesson], [data-section]" : "[data-section]");
    if (!over || over === dragged || !blocks.contains(over)) return;
    if (isLesson && over.matches("[data-section]")) {
      const list = over.querySelector("[data-lessons]");
      const after = y > list.getBoundingClientRect().top;
      list.classList.add("drop-into");
      target = () => (after ? list.append(dragged) : list.prepend(dragged));
      return;
    }
    const box = over.getBoundingClientRect();
    const after = y > box.top + box.height / 2;
    over.classList.add(after ? "drop-after" : "drop-before");
    target = () => (after ? over.after(dragged) : over.before(dragged));
  }

  function ends() {
    const movers = [...blocks.querySelectorAll("[data-section]")];
    movers.forEach((section, place) => enable(section.querySelector(".blockhead .mover"), place === 0, place === movers.length - 1));
    const lessons = [...blocks.querySelectorAll("[data-lesson]")];
    lessons.forEach((lesson) => {
      const list = lesson.parentElement;
      const first = list.firstElementChild === lesson && list.closest("[data-section]") === movers[0];
      const last = list.lastElementChild === lesson && list.closest("[data-section]") === movers.at(-1);
      enable(lesson.querySelector(".mover"), first, last);
    });
  }

  function enable(mover, first, last) {
    mover.querySelector("[value=up]").disabled = first;
    mover.querySelector("[value=down]").disabled = last;
  }

  async function sendOrder() {
    const body = new FormData();
    body.set("version", document.querySelector("input[name=version]").value);
    body.set("order", JSON.stringify(order()));
    const { status, told: answer } = await post(blocks.dataset.order, body).catch(() => ({ status: 0, told: {} }));
    if (status === 200) {
      seen(answer.version);
      ends();
      say(blocks.dataset.moved, "saved");
    } else {
      say(answer.code === "stale_version" ? blocks.dataset.staleList : (answer.detail ?? blocks.dataset.staleList), "wrong");
    }
  }

  function drop() {
    const put = target;
    clear();
    dragged.classList.remove("is-dragged");
    const before = JSON.stringify(order());
    put?.();
    dragged = null;
    if (put && JSON.stringify(order()) !== before) sendOrder();
  }

  blocks?.querySelectorAll("[data-handle]").forEach((handle) => {
    handle.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      event.preventDefault();
      dragged = handle.closest("[data-lesson], [data-section]");
      dragged.classList.add("is-dragged");
      handle.setPointerCapture(event.pointerId);
    });
    handle.addEventListener("pointermove", (event) => {
      if (!dragged) return;
      aim(event.clientX, event.clientY);
      const edge = 70;
      if (event.clientY < edge) scrollBy(0, -12);
      else if (event.clientY > innerHeight - edge) scrollBy(0, 12);
    });
    handle.addEventListener("pointerup", () => dragged && drop());
    handle.addEventListener("pointercancel", () => {
      if (!dragged) return;
      clear();
      drop();
    });
  });

  /* Uploading a video from the lesson */

  document.querySelectorAll("[data-upload-video]").forEach((input) => {
    const field = input.closest("[data-videos]");
    const bar = field.querySelector("[data-upload-bar]");
    const note = field.querySelector("[data-upload-state]");
    input.addEventListener("change", () => {
      const file = input.files[0];
      if (!file) return;
      const request = new XMLHttpRequest();
      const body = new FormData();
      body.set("csrfmiddlewaretoken", token());
      body.set("category", "learning");
      body.set("visibility", "private");
      body.set("file", file);
      bar.hidden = false;
      input.disabled = true;
      request.upload.addEventListener("progress", ({ loaded, total }) => {
        bar.value = (100 * loaded) / total;
        note.textContent = loaded < total ? `${file.name} · ${Math.floor((100 * loaded) / total)} %` : input.dataset.checking;
      });
      request.addEventListener("load", () => {
        let answer = {};
        try {
          answer = JSON.parse(request.responseText);
        } catch {
          answer = {};
        }
        bar.hidden = true;
        input.disabled = false;
        if (request.status !== 201) {
          note.textContent = answer.errors?.map((error) => error.detail).join(" ") || answer.detail || input.dataset.failed;
          return;
        }
        const choice = Object.assign(document.createElement("input"), { type: "hidden", name: "video", value: answer.uuid });
        field.querySelectorAll("[name=video]").forEach((one) => { one.checked = false; });
        field.append(choice);
        note.textContent = file.name;
        save().then(() => !dirty && location.reload());
      });
      request.addEventListener("error", () => {
        bar.hidden = true;
        input.disabled = false;
        note.textContent = input.dataset.failed;
      });
      request.open("POST", input.dataset.uploadVideo);
      request.setRequestHeader("Accept", "application/json");
      request.setRequestHeader("X-CSRFToken", token());
      request.send(body);
    });
  });
})();
