// Small helpers. Text only ever becomes a text node: nothing of an event is read as markup.
export const el = (tag, options = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") node.className = value;
    else if (name === "on") node.addEventListener("click", value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
};

// Replaces what a place shows, only if it changed, so that focus and selection stay where they are.
export const show = (place, key, make) => {
  const text = JSON.stringify(key);
  if (place.dataset.shown === text) return false;
  place.dataset.shown = text;
  place.replaceChildren(...make());
  return true;
};

export const post = async (path, body) => {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  return answer.ok;
};

export const clock = (ms) =>
  new Date(ms).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
