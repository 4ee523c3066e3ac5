/* The bell's number, asked for once a minute while the page is looked at; follow buttons without a reload.
 * Without this script the number is that of the page, and the buttons are plain forms. */
(() => {
  "use strict";

  const EVERY_MS = 60_000;
  const bell = document.querySelector("[data-bell]");
  let asked = Date.now();

  function show(unread) {
    const count = bell.querySelector(".bell-count");
    const shown = unread > 99 ? "99+" : String(unread);
    const { label, unread: word } = bell.dataset;
    count.textContent = shown;
    count.hidden = unread === 0;
    bell.setAttribute("aria-label", unread ? `${label}, ${shown} ${word}` : label);
  }

  async function ask() {
    if (document.hidden || Date.now() - asked < EVERY_MS - 1000) return;
    asked = Date.now();
    try {
      const answer = await fetch(bell.dataset.bell, { headers: { Accept: "application/json" }, redirect: "error" });
      if (answer.ok) show((await answer.json()).unread);
    } catch {
      // offline, or logged out elsewhere: the number stays as it was
    }
  }

  if (bell) {
    if (bell.hasAttribute("data-bell-late")) {
      asked = 0;
      ask();
    }
    setInterval(ask, EVERY_MS);
    document.addEventListener("visibilitychange", ask);
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-follow]");
    if (!form) return;
    event.preventDefault();
    if (form.dataset.busy) return;
    form.dataset.busy = "yes";
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new FormData(form, event.submitter),
        headers: { "HX-Request": "true" },
        redirect: "error",
      });
      if (!answer.ok) throw new Error(String(answer.status));
      const holder = document.createElement("template");
      holder.innerHTML = (await answer.text()).trim();
      const fresh = holder.content.firstElementChild;
      const followers = document.querySelector("[data-followers]");
      if (followers && fresh.dataset.of === followers.dataset.of) followers.textContent = fresh.dataset.shown;
      form.replaceWith(fresh);
      fresh.querySelector("button").focus();
    } catch {
      form.removeAttribute("data-follow");
      form.requestSubmit(event.submitter); // the plain way shows what is wrong
    }
  });
})();
