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
      part.querySelector("[autofocus], .is-invalid")?.focus();
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
    else if (answer.ok || [400, 429].includes(answer.status)) replace(await answer.text());
    else throw new Error(String(answer.status));
  }

  // A link with data-slot brings its form to that place of the page instead of being a page of its own.
  async function ask(link) {
    const slot = document.getElementById(link.dataset.slot);
    if (slot.matches("form") && slot.getAttribute("action") === link.getAttribute("href")) return close(slot);
    const answer = await fetch(link.href, { headers: { "HX-Request": "true" } });
    if (answer.ok && !answer.redirected) replace(await answer.text());
    else location.assign(link.href);
  }

  const close = (form) => form.replaceWith(Object.assign(document.createElement("div"), { id: form.id }));

  // The second at which a shared link begins: where the player stands, when that is wished for.
  const player = document.querySelector(".player video, .player audio");
  let second = 0;
  const clock = (s) => [s / 3600, (s / 60) % 60, s % 60].map((part) => String(Math.floor(part)).padStart(2, "0"))
    .join(":").replace(/^00:0?/, "");
  const begins = (form, address) => {
    if (!form.querySelector("[data-begin]")?.checked) return address;
    const [page, rest] = address.split("#");
    return `${page}${page.includes("?") ? "&" : "?"}t=${second}${rest ? `#${rest}` : ""}`;
  };

  function share(form, button) {
    const plain = form.dataset.link, link = begins(form, plain);
    const said = form.querySelector("[role=status]");
    const copy = (text) => navigator.clipboard.writeText(text).then(() => { said.textContent = said.dataset.done; });
    said.textContent = "";
    for (const part of form.querySelectorAll("[data-part]")) part.hidden = part.dataset.part !== button.value;
    if (button.dataset.open) {
      const address = button.dataset.open.replace(encodeURIComponent(plain), encodeURIComponent(link));
      open(address, "_blank", "noopener,noreferrer");
    } else if (button.value === "embed") copy(form.querySelector("#embed-code").value);
    else if (button.value === "copy_link") copy(link);
    button.blur();
  }

  document.querySelector("#share")?.addEventListener("toggle", (event) => {
    const at = event.target.querySelector("[data-begin-at]");
    if (event.newState !== "open" || !at || !player) return;
    second = Math.floor(player.currentTime);
    at.textContent = clock(second);
  });
  document.querySelector("[data-begin]")?.addEventListener("change", ({ target }) => {
    target.form.querySelector("#link").value = begins(target.form, target.form.dataset.link);
    const code = target.form.querySelector("#embed-code");
    code.value = target.form.dataset.embed.replace(/src="([^"]+)"/, (_all, address) => `src="${begins(target.form, address)}"`);
  });

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

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-slot], [data-close]");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const form = document.getElementById(link.dataset.close);
    event.preventDefault();
    if (!link.dataset.close) ask(link).catch(() => location.assign(link.href));
    else {
      close(form);
      document.querySelector(`[data-slot="${CSS.escape(form.id)}"]`)?.focus();
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
