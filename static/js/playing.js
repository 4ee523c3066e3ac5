/* Playing through a playlist: where "Go on by itself" is ticked, the end of one item leads to the next, which starts. */
(() => {
  "use strict";
  const list = document.querySelector("[data-playing]");
  const choice = list?.querySelector("[data-autoplay]");
  const media = document.querySelector("video[data-play-item], audio[data-play-item]");
  if (!choice) return;
  const read = (store, name) => { try { return store.getItem(name); } catch { return null; } };
  const write = (store, name, value) => { try { store.setItem(name, value); } catch { /* not kept, then */ } };

  choice.checked = read(localStorage, "playlist_goes_on") === "yes";
  choice.addEventListener("change", () => write(localStorage, "playlist_goes_on", choice.checked ? "yes" : "no"));
  media?.addEventListener("ended", () => {
    if (!choice.checked || !list.dataset.next) return;
    write(sessionStorage, "playlist_came_on", list.dataset.next);
    location.assign(list.dataset.next);
  });
  if (read(sessionStorage, "playlist_came_on") === location.pathname + location.search) {
    media?.play().catch(() => {}); // a browser may ask for a click first
  }
  try { sessionStorage.removeItem("playlist_came_on"); } catch { /* nothing was kept */ }
  const steps = list.querySelector(".plsteps");
  const here = steps.querySelector("[aria-current]");
  steps.scrollTop = here.offsetTop - steps.offsetTop - steps.clientHeight / 2 + here.offsetHeight / 2;
})();
