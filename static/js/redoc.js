/* Redoc shows its maker's logo from its maker's server; this page asks nobody but this site. */
(() => {
  "use strict";
  const image = HTMLImageElement.prototype;
  const isForeign = (url) => new URL(url, location).origin !== location.origin && !String(url).startsWith("data:");
  const setAttribute = image.setAttribute;
  image.setAttribute = function (name, value) {
    if (name !== "src" || !isForeign(value)) setAttribute.call(this, name, value);
  };
  const src = Object.getOwnPropertyDescriptor(image, "src");
  Object.defineProperty(image, "src", {
    ...src,
    set(value) {
      if (!isForeign(value)) src.set.call(this, value);
    },
  });
})();
