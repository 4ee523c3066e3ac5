/* The item page without reloads. Forms with data-partial are sent in the background; the answer's elements take the
 * place of those with the same id. Without this script they are plain forms that lead back to the page. */
(() => {
  "use strict";

  function replace(html) {
    const focused = document.activeElement?.closest("form")?.getAttribute("action");
    const holder = document.createElement("template");
    holder.innerHTML = html;
    for (const part of [...holder.content.children]) {
      document.getElementById(part.id)?.replaceWith(part);
    }
    if (focused) document.querySelector(`form[action="${CSS.escape(focused)}"] button`)?.focus();
  }

  async function send(form, submitter) {
    const body = new FormData(form, submitter);
    const answer = await fetch(form.action, {
      method: "POST",
      body,
      keepalive: true,
      credentials: "same-origin",
      headers: { "HX-Request": "true" },
    });
    if (answer.redirected) location.assign(answer.url);
    else if (answer.ok) replace(await answer.text());
    else throw new Error(String(answer.status));
  }

  function share(form, button) {
    const { link, title } = form.dataset;
    const label = button.querySelector("[data-label]");
    const said = form.querySelector("[role=status]");
    const copy = (text) => navigator.clipboard.writeText(text).then(() => { said.textContent = said.dataset.done; });
    if (button.dataset.open) open(button.dataset.open, "_blank", "noopener,noreferrer");
    else if (button.value === "embed") {
      const anchor = Object.assign(document.createElement("a"), { href: link, textContent: title });
      copy(anchor.outerHTML);
    } else copy(link);
    label.closest("button").blur();
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const button = event.submitter;
    if (!form.matches("[data-partial], [data-share]")) return;
    event.preventDefault();
    if (form.dataset.busy) return;
    form.dataset.busy = "yes";
    if (form.matches("[data-share]")) share(form, button);
    try {
      await send(form, button);
    } catch {
      form.removeAttribute("data-partial");
      form.removeAttribute("data-share");
      form.requestSubmit(button); // the plain way shows what is wrong
    } finally {
      delete form.dataset.busy;
      delete form.dataset.sent;
    }
  });

  document.querySelector("#link")?.addEventListener("focus", (event) => event.target.select());

  // A download is counted by the server; the page shows it a moment later.
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-download]")) setTimeout(refresh, 800);
  });

  async function refresh() {
    const answer = await fetch(location.pathname, { headers: { "HX-Request": "true" } });
    if (answer.ok) replace(await answer.text());
  }
})();
