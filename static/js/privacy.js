/* The switch on the privacy page: a cookie that the collector and the server look for. */
(() => {
  "use strict";
  const card = document.getElementById("privacy-choice");
  const asked = navigator.doNotTrack === "1" || navigator.globalPrivacyControl === true;
  const isOff = () => /(^|; )optout=1(;|$)/.test(document.cookie);

  function show() {
    const state = asked ? "signal" : isOff() ? "off" : "on";
    card.querySelectorAll("[data-choice]").forEach((one) => { one.hidden = one.dataset.choice !== state; });
    card.querySelectorAll("[data-choose]").forEach((one) => { one.hidden = asked || one.dataset.choose === state; });
  }

  card.addEventListener("click", (event) => {
    const button = event.target.closest("[data-choose]");
    if (!button) return;
    const age = button.dataset.choose === "off" ? 60 * 60 * 24 * 365 : 0;
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `optout=1; path=/; max-age=${age}; samesite=lax${secure}`;
    show();
  });
  show();
})();
