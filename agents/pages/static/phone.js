// The drawn phone: Slack's messages, the modal, and the Duo push, all from what the stand-ins recorded.
import { drawBlocks } from "./blocks.js";
import { clock, el, post, show } from "./dom.js";

const messages = document.getElementById("messages");
const screens = Object.fromEntries(["slack", "duo", "modal"].map((name) => [name, document.getElementById(`${name}-screen`)]));
const LINGER_MS = 1600;
let closed = null; // how many of the modals were closed; those of an earlier visit are

const asMessage = (message) => {
  const press = async (button, node) => {
    for (const each of node.parentElement.children) each.disabled = true;
    node.classList.add("pressed");
    const ok = await post("/demo/click", { channel: message.channel, ts: message.ts, action_id: button.action_id });
    if (!ok || button.action_id.endsWith("details")) {
      for (const each of node.parentElement.children) each.disabled = false;
      node.classList.remove("pressed");
    }
  };
  const reply = message.thread_ts ? el("small", { class: "reply" }, "in the thread") : null;
  return el("article", { class: message.thread_ts ? "message thread" : "message" },
    el("p", { class: "from" }, el("b", {}, "Countersign"), el("time", {}, clock(Number(message.ts) * 1000)), reply),
    ...(message.blocks.length ? drawBlocks(message.blocks, press) : [el("p", {}, message.text)]));
};

const drawSlack = (state) => {
  const shown = state.messages.filter((message) => !message.deleted);
  const key = shown.map((message) => [message.ts, message.blocks, message.text]);
  const changed = show(messages, key, () =>
    shown.length ? shown.map(asMessage) : [el("p", { class: "quiet" }, "No messages yet.")]);
  if (changed) messages.scrollTop = messages.scrollHeight;
};

const drawPush = (push) => {
  const answer = (word) => async (event) => {
    for (const each of event.currentTarget.parentElement.children) each.disabled = true;
    await post("/demo/tap", { txid: push.txid, answer: word });
  };
  const rows = Object.entries(push.pushinfo).map(([name, value]) =>
    el("div", {}, el("dt", {}, name), el("dd", {}, value)));
  const ended = { allow: "Approved", deny: "Denied", fraud: "Reported", timeout: "Timed out" }[push.state];
  const buttons = el("div", { class: "taps" },
    el("button", { type: "button", class: "deny", on: answer("deny") }, el("span", { "aria-hidden": "true" }, "\u2715"), "Deny"),
    el("button", { type: "button", class: "approve", on: answer("allow") }, el("span", { "aria-hidden": "true" }, "\u2713"), "Approve"));
  show(document.getElementById("push"), [push.txid, push.state], () => [
    el("h3", {}, "Did you do this?"),
    el("p", { class: "who" }, push.user, ", ", clock(push.sent_ms)),
    el("dl", {}, ...rows),
    ended ? el("p", { class: `ended ${push.state}` }, ended) : buttons,
  ]);
};

const drawModal = (views) => {
  const view = views[views.length - 1];
  closed ??= views.length;
  if (!view || views.length <= closed) return false;
  document.getElementById("modal-title").textContent = view.view.title.text;
  const opened = show(document.getElementById("modal-body"), view.trigger_id, () => drawBlocks(view.view.blocks, () => {}));
  document.getElementById("modal-close").onclick = () => {
    closed = views.length;
    turnTo("slack");
  };
  // Focus brings the way out onto the screen, however far the page was scrolled.
  if (opened) setTimeout(() => document.getElementById("modal-close").focus());
  return true;
};

const turnTo = (name) => {
  for (const [each, screen] of Object.entries(screens)) screen.hidden = each !== name;
};

// A push that was answered stays for a moment, so that the tap can be seen to have worked.
const pushOf = (state) => {
  const push = state.pushes[state.pushes.length - 1];
  if (!push) return null;
  if (push.state === "pushed") return push;
  return state.now_ms - (push.answered_ms || 0) < LINGER_MS ? push : null;
};

export const drawPhone = (state) => {
  drawSlack(state);
  const push = pushOf(state);
  if (push) drawPush(push);
  turnTo(push ? "duo" : drawModal(state.views) ? "modal" : "slack");
};

export const tickPhone = (nowMs) => {
  document.getElementById("phone-clock").textContent = clock(nowMs).slice(0, 5);
};
