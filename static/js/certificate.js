/* Printing a certificate and copying its address: buttons that only a script can offer. */
(() => {
  "use strict";

  const print = document.querySelector("[data-print]");
  const copy = document.querySelector("[data-copy]");
  for (const button of [print, copy]) button.hidden = false;
  print.addEventListener("click", () => window.print());
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(copy.dataset.copy);
    copy.querySelector("span").textContent = copy.dataset.done;
  });
})();
