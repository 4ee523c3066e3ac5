/* Small things that every page may use, by attributes:
 *
 *   data-dismiss                      closes the nearest .notice
 *   data-dialog="id"                  opens <dialog id>; data-dialog-close inside it closes it
 *   data-copy="text" | data-copy-from="id"   copies, and says so in the button's text
 *   data-reveal="id"                  shows or hides what was typed into a password field
 *   data-submit-on-change             sends the form when a control in it changes
 *   details.menu                      closes on Escape and on a click elsewhere
 *   form[data-once]                   is sent once, however often its button is pressed
 *   The key / leads to the search field. */
(() => {
  "use strict";

  async function copy(button) {
    const source = document.getElementById(button.dataset.copyFrom ?? "");
    const text = button.dataset.copy ?? source?.value ?? source?.textContent ?? "";
    try {
      await navigator.clipboard.writeText(text.trim());
    } catch {
      const area = Object.assign(document.createElement("textarea"), { value: text.trim() });
      (button.closest("dialog") ?? document.body).append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    const label = button.querySelector("[data-copy-label]") ?? button;
    const before = label.textContent;
    label.textContent = button.dataset.copied ?? "Copied";
    button.dispatchEvent(new CustomEvent("copied", { bubbles: true }));
    setTimeout(() => { label.textContent = before; }, 1600);
  }

  document.addEventListener("click", (event) => {
    const on = (selector) => event.target.closest(selector);
    on("[data-dismiss]")?.closest(".notice").remove();
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
    const opener = on("[data-dialog]");
    if (opener) {
      event.preventDefault();
      document.getElementById(opener.dataset.dialog)?.showModal();
    }
    if (on("[data-dialog-close]")) on("dialog")?.close();
    else if (event.target instanceof HTMLDialogElement) event.target.close(); // a click on the backdrop
    const copier = on("[data-copy], [data-copy-from]");
    if (copier) copy(copier);
    const reveal = on("[data-reveal]");
    if (reveal) {
      const field = document.getElementById(reveal.dataset.reveal);
      field.type = field.type === "password" ? "text" : "password";
      reveal.setAttribute("aria-pressed", field.type === "text");
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const menu = document.querySelector("details.menu[open]");
      if (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    }
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable], dialog")) return;
    const search = document.querySelector(".findbox input");
    if (search?.offsetParent) {
      event.preventDefault();
      search.focus();
    }
  });

  document.addEventListener("change", (event) => {
    event.target.closest("form[data-submit-on-change]")?.requestSubmit();
  });

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-once]");
    if (!form) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
  addEventListener("pageshow", () => document.querySelectorAll("form[data-once]").forEach((form) => delete form.dataset.sent));
})();
