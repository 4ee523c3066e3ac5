/* The upload page: drop a file, see how far it is, and why it was refused. Without this script it is a plain form. */
(() => {
  "use strict";
  const form = document.querySelector("[data-upload]");
  const input = form.elements.file;
  const drop = form.querySelector("[data-drop]");
  const chosen = form.querySelector("[data-chosen]");
  const name = form.querySelector("[data-name]");
  const state = form.querySelector("[data-state]");
  const bar = form.querySelector("[data-bar]");
  const button = form.querySelector("[data-send]");

  const size = (bytes) =>
    bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toLocaleString(undefined, { maximumFractionDigits: 1 })} MB`;

  function say(field, lines) {
    const place = field === "file" ? form.querySelector("[data-errors=file]") : form.elements[field]?.closest(".field");
    place?.querySelector(".errorlist")?.remove();
    if (!place || !lines.length) return;
    const list = document.createElement("ul");
    list.className = "errorlist";
    list.append(...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
    place.append(list);
  }

  function clear() {
    form.querySelectorAll(".errorlist").forEach((list) => list.remove());
    drop.classList.remove("is-wrong");
  }

  function choose() {
    const file = input.files[0];
    clear();
    chosen.hidden = !file;
    if (!file) return;
    name.textContent = file.name;
    state.textContent = size(file.size);
    bar.value = 0;
    if (!form.elements.title.value) {
      form.elements.title.placeholder = file.name.replace(/\.[^.]+$/, "").replace(/[\s_-]+/g, " ").trim();
    }
    if (file.size > Number(form.dataset.maxBytes)) refuse([{ path: "file", detail: form.dataset.tooLarge }]);
  }

  function refuse(errors) {
    chosen.hidden = true;
    drop.classList.toggle("is-wrong", errors.some((error) => error.path === "file"));
    for (const error of errors) say(error.path, errors.filter((one) => one.path === error.path).map((one) => one.detail));
    button.disabled = false;
  }

  function send(event) {
    const file = input.files[0];
    if (!file) return; // the plain form says what is missing
    event.preventDefault();
    clear();
    if (file.size > Number(form.dataset.maxBytes)) return refuse([{ path: "file", detail: form.dataset.tooLarge }]);
    const request = new XMLHttpRequest();
    button.disabled = true;
    chosen.hidden = false;
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      bar.value = (100 * loaded) / total;
      state.textContent = loaded < total ? `${Math.floor((100 * loaded) / total)} % · ${size(loaded)} / ${size(total)}` : form.dataset.checking;
    });
    request.addEventListener("load", () => {
      let answer = {};
      try {
        answer = JSON.parse(request.responseText);
      } catch {
        answer = {};
      }
      if (request.status === 201) location.assign(answer.url);
      else refuse(answer.errors ?? [{ path: "file", detail: answer.detail ?? form.dataset.failed }]);
    });
    request.addEventListener("error", () => refuse([{ path: "file", detail: form.dataset.failed }]));
    request.open("POST", form.action || location.pathname);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", form.elements.csrfmiddlewaretoken.value);
    request.send(new FormData(form));
  }

  input.addEventListener("change", choose);
  form.addEventListener("submit", send);
  for (const kind of ["dragenter", "dragover"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.add("is-over");
    });
  }
  for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("is-over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    choose();
  });
})();
