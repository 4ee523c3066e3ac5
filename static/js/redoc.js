/* Redoc shows its maker's logo from its maker's server; this page asks nobody but this site. */
(() => {
  "use strict";
  const set = HTMLImageElement.prototype.setAttribute;
  HTMLImageElement.prototype.setAttribute = function (name, value) {
    if (name === "src" && new URL(value, location).origin !== location.origin && !value.startsWith("data:")) return;
    set.call(this, name, value);
  };
})();
