// Keeps a server-rendered page fresh: when a case changed, fetch this same page and swap its <main>.
"use strict";
(() => {
  const status = document.getElementById("live");
  let waiting = false;
  const refresh = async () => {
    waiting = false;
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const focused = document.activeElement && document.activeElement.getAttribute("href");
    document.getElementById("main").replaceChildren(...fresh.getElementById("main").childNodes);
    if (focused) document.querySelector(`main a[href="${CSS.escape(focused)}"]`)?.focus();
  };
  const soon = () => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => refresh().catch(() => {}), 150);
  };
  const source = new EventSource("/events");
  source.addEventListener("open", () => { status.textContent = "live"; });
  source.addEventListener("error", () => { status.textContent = "reconnecting..."; });
  source.addEventListener("case", (event) => {
    const here = location.pathname.split("/");
    const mine = here[1] !== "cases" || !here[2] || here[2] === JSON.parse(event.data).case_id;
    if (mine) soon();
  });
})();
