// Counts down every [data-deadline] on the page, by the server's clock, not by the reader's.
"use strict";
(() => {
  const skew = Number(document.body.dataset.now) - Date.now();
  const words = (ms) => {
    const s = Math.max(0, Math.ceil(ms / 1000));
    if (s < 100) return `${s} s`;
    const min = Math.floor(s / 60);
    return min < 90 ? `${min} min ${s % 60} s` : `${Math.floor(min / 60)} h ${min % 60} min`;
  };
  const tick = () => {
    const now = Date.now() + skew;
    for (const node of document.querySelectorAll("[data-deadline]")) {
      const left = Number(node.dataset.deadline) - now;
      const text = left > 0 ? words(left) : "a moment";
      if (node.textContent !== text) node.textContent = text;
    }
  };
  tick();
  setInterval(tick, 250);
})();
