/* Quizzes with JavaScript. Without it, all of this are plain forms.
 *
 *   form[data-quiz]     answers save themselves, the clock runs and submits at its end, open questions are asked about
 *   form[data-draft]    of an instructor's question, options come and go, and the kind changes what is shown
 *                       (that it saves itself is teach.js's) */
(() => {
  "use strict";

  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const token = (form) => form.elements.csrfmiddlewaretoken.value;

  // Taking a quiz

  function take(form) {
    const find = (selector) => form.querySelector(selector);
    const cards = [...form.querySelectorAll("[data-question]")];
    const saved = find("[data-saved]");
    const changed = new Set();
    let timer = 0;
    let sending = false;
    let leaving = false;

    function answer(card) {
      const fields = [...card.querySelectorAll("input")];
      const question = card.dataset.question;
      if (["single", "multiple"].includes(card.dataset.kind)) {
        return { question, options: fields.filter((field) => field.checked).map((field) => field.value) };
      }
      return { question, value: fields[0].value };
    }

    const isOpen = (card) => { const { options, value } = answer(card); return !(options?.length || value?.trim()); };

    function count() {
      const done = cards.filter((card) => !isOpen(card)).length;
      const words = find("[data-count]");
      find("[data-answered]").value = done;
      words.textContent = fill(words.dataset.words, { done, all: cards.length });
    }

    function say(what) {
      saved.textContent = saved.dataset[what];
      saved.classList.toggle("is-failed", what === "failed");
    }

    async function save() {
      clearTimeout(timer);
      if (sending || !changed.size || leaving) return;
      const batch = [...changed];
      changed.clear();
      sending = true;
      say("busy");
      try {
        const response = await fetch(form.dataset.answers, {
          method: "PUT",
          credentials: "same-origin",
          keepalive: true,
          headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token(form) },
          body: JSON.stringify({ answers: batch.map(answer) }),
        });
        if (response.status === 409 || response.status === 403) {
          leaving = true;
          location.reload();
          return;
        }
        if (response.status === 400) {
          const { errors } = await response.json();
          const wrong = new Set(errors.map((error) => Number(error.path.split(".")[1])));
          errors.forEach((error) => {
            const card = batch[Number(error.path.split(".")[1])];
            if (card) card.querySelector("[data-fault]").textContent = error.detail;
          });
          batch.forEach((card, index) => { if (!wrong.has(index)) changed.add(card); }); // the rest goes alone
          say("failed");
          if (changed.size) later(0);
          return;
        }
        if (!response.ok) throw new Error(String(response.status));
        batch.forEach((card) => { card.querySelector("[data-fault]").textContent = ""; });
        say(changed.size ? "busy" : "done");
        if (changed.size) later(0);
      } catch {
        batch.forEach((card) => changed.add(card));
        say("failed");
        later(5000);
      } finally {
        sending = false;
      }
    }

    function later(ms) {
      clearTimeout(timer);
      timer = setTimeout(save, ms);
    }

    function onInput(event) {
      const card = event.target.closest("[data-question]");
      if (!card) return;
      card.querySelector("[data-fault]").textContent = "";
      changed.add(card);
      count();
      later(event.target.type === "text" ? 900 : 150);
    }

    function send(button) {
      leaving = true;
      clearTimeout(timer);
      form.dataset.sure = "yes";
      if (button) form.requestSubmit(button);
      else form.submit();
    }

    form.addEventListener("input", onInput);
    form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target.matches("input")) event.preventDefault(); // never submits by accident
    });
    form.addEventListener("submit", (event) => {
      const open = cards.filter(isOpen).length;
      if (event.submitter?.name === "later" || !open || form.dataset.sure) {
        leaving = true;
        return;
      }
      event.preventDefault();
      const dialog = document.getElementById("unanswered");
      const words = dialog.querySelector("[data-open]");
      words.textContent = fill(words.dataset.words, { count: open });
      dialog.showModal();
    });
    document.querySelector("[data-anyway]").addEventListener("click", () => send(form.elements.submitted));
    addEventListener("pagehide", save);
    count();
    if (form.dataset.leftMs) tick(form, Number(form.dataset.leftMs), () => send(null));
  }

  function tick(form, leftMs, end) {
    const ends = performance.now() + leftMs;
    const clock = form.querySelector("[data-clock]");
    const time = clock.querySelector("[data-time]");
    const warning = form.querySelector("[data-warning]");
    const show = () => {
      const left = Math.max(0, Math.ceil((ends - performance.now()) / 1000));
      const hours = Math.floor(left / 3600);
      const minutes = Math.floor(left / 60) % 60;
      const parts = hours ? [hours, String(minutes).padStart(2, "0")] : [minutes];
      const text = [...parts, String(left % 60).padStart(2, "0")].join(":");
      time.textContent = fill(clock.dataset.words, { time: text });
      clock.classList.toggle("is-short", left <= 60);
      if (left <= 60 && !warning.textContent) warning.textContent = warning.dataset.words;
      if (left > 0) return;
      clearInterval(timer);
      end();
    };
    const timer = setInterval(show, 500);
    show();
  }

  // Writing a question

  function draft(form) {
    const list = form.querySelector("[data-choices]");
    const rows = () => [...list.querySelectorAll("[data-choice]")];
    const kind = () => form.querySelector("input[name=kind]:checked").value;
    let next = rows().length;

    function show() {
      form.querySelectorAll("[data-for]").forEach((part) => {
        part.hidden = !part.dataset.for.split(" ").includes(kind());
      });
      list.querySelectorAll("input[name=right]").forEach((mark) => {
        const checked = mark.checked;
        mark.type = kind() === "multiple" ? "checkbox" : "radio";
        mark.checked = checked;
      });
    }

    function add() {
      const row = rows().at(-1).cloneNode(true);
      const [id, mark, text] = row.querySelectorAll("input");
      id.name = `option-id-${next}`;
      id.value = "";
      mark.value = String(next);
      mark.checked = false;
      text.name = `option-text-${next}`;
      text.value = "";
      next += 1;
      list.append(row);
      return text;
    }

    form.addEventListener("click", (event) => {
      if (event.target.closest("[data-choice-add]")) add().focus();
      const remove = event.target.closest("[data-choice-remove]");
      if (!remove) return;
      if (rows().length > 1) remove.closest("[data-choice]").remove();
      form.dispatchEvent(new Event("input", { bubbles: true }));
    });
    form.addEventListener("input", (event) => {
      if (event.target.name === "kind") show();
    });
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !event.target.matches("[name^=option-text]")) return;
      event.preventDefault(); // the next row, a new one after the last
      const after = event.target.closest("[data-choice]").nextElementSibling;
      (after?.querySelector("[name^=option-text]") ?? add()).focus();
    });
    show();
  }

  document.querySelectorAll("form[data-quiz]").forEach(take);
  document.querySelectorAll("form[data-draft]").forEach(draft);
})();
