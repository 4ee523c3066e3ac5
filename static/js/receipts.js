/* "How is this counted?" without leaving the page: a link of class receipt-link opens the receipt of its number in a
 * dialog. The receipt is taken out of the page that the link leads to, which is where it goes if anything is unusual. */
(() => {
  "use strict";
  const GAP = 8; // between the link and the dialog, and at the edges of the window, in pixels
  let dialog, opener, asked = 0;

  function make() {
    dialog = document.createElement("dialog");
    dialog.className = "receipt-dialog";
    dialog.setAttribute("aria-labelledby", "receipt-title");
    dialog.addEventListener("close", () => {
      const back = opener?.isConnected ? opener : document.getElementById(opener?.id);
      back?.focus();
      dialog.replaceChildren();
    });
    document.body.append(dialog);
  }

  /* On a wide window below the link, or beside it where there is no room; the stylesheet places it on a phone. */
  function place(anchor) {
    for (const name of ["left", "top"]) dialog.style.removeProperty(name);
    dialog.classList.toggle("placed", innerWidth >= 768);
    if (innerWidth < 768) return;
    const box = anchor.getBoundingClientRect();
    const { width, height } = dialog.getBoundingClientRect();
    const fits = box.bottom + height + 2 * GAP <= innerHeight;
    const left = fits ? box.left : box.right + GAP;
    const top = fits ? box.bottom + GAP : innerHeight - height - GAP;
    dialog.style.setProperty("left", `${Math.max(GAP, Math.min(left, innerWidth - width - GAP))}px`);
    dialog.style.setProperty("top", `${Math.max(GAP, top)}px`);
  }

  async function open(link) {
    const number = ++asked;
    link.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(link.href, { headers: { "X-Requested-With": "fetch" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const receipt = page.getElementById("receipt");
      if (number !== asked) return;
      if (!answer.ok || !receipt) throw new Error("no receipt");
      if (!dialog) make();
      dialog.replaceChildren(document.adoptNode(receipt));
      opener = link;
      dialog.showModal();
      place(link);
      document.getElementById("receipt-title").focus();
    } catch {
      location.assign(link.href);
    } finally {
      link.removeAttribute("aria-busy");
    }
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.receipt-link");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    open(link);
  });
})();
