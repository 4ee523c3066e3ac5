/* The receipt's button that prints it, and the page that waits for the payment to be confirmed. */
"use strict";

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

for (const waiting of document.querySelectorAll("[data-look-again]")) {
  setTimeout(() => location.reload(), 1000 * Number(waiting.dataset.lookAgain));
}
