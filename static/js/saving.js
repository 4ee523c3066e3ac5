/* "Save to": links with data-save-to open the lists that an item stands in as a dialog, where each tick is saved at
 * once. Without this script the link leads to the same form as a page. */
(() => {
  "use strict";
  const dialog = Object.assign(document.createElement("dialog"), { className: "dialog" });

  async function show(answer, opener) {
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    const focused = dialog.contains(document.activeElement) ? document.activeElement.value : null;
    dialog.innerHTML = await answer.text();
    dialog.setAttribute("aria-labelledby", "saving-head");
    if (!dialog.open) {
      document.body.append(dialog);
      dialog.opener = opener;
      dialog.showModal();
    }
    const again = focused && dialog.querySelector(`[name=in][value="${CSS.escape(focused)}"]`);
    (again || dialog.querySelector("[name=in]")).focus();
  }

  async function send(form) {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { "HX-Request": "true" } });
    await show(answer);
    const said = dialog.querySelector("[data-save-said]");
    setTimeout(() => { said.textContent = said.dataset.saveSaid; }, 50);
    document.dispatchEvent(new CustomEvent("saved"));
  }

  document.addEventListener("click", async (event) => {
    const link = event.target.closest("[data-save-to]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    try {
      await show(await fetch(link.href, { headers: { "HX-Request": "true" } }), link);
    } catch {
      location.assign(link.href);
    }
  });

  async function change(form) {
    try {
      await send(form);
    } catch {
      form.submit(); // the plain way shows what is wrong
    }
  }

  dialog.addEventListener("change", (event) => {
    if (event.target.name === "in") change(event.target.form);
  });
  dialog.addEventListener("submit", (event) => {
    event.preventDefault();
    change(event.target);
  });
  dialog.addEventListener("close", () => dialog.opener?.focus());
})();
