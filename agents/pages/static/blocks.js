// Draws Slack's Block Kit: the kinds of block that our messages are made of, from the message as it was sent.
import { el } from "./dom.js";

// With seconds, which Slack itself leaves out: a demo's deadline may be in the very minute of its question.
const moment = (seconds) =>
  new Date(seconds * 1000).toLocaleString([], { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });

// <!date^1700000000^{date_short_pretty} {time}|fallback> and *bold*; anything else is text.
const marked = (text) =>
  text.split(/(<!date\^\d+\^[^>]*>|\*[^*\n]+\*)/).filter(Boolean).map((part) => {
    const date = /^<!date\^(\d+)\^/.exec(part);
    if (date) return el("time", {}, moment(Number(date[1])));
    if (/^\*[^*\n]+\*$/.test(part)) return el("b", {}, part.slice(1, -1));
    return part.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
  });

const textOf = (object) => (object.type === "mrkdwn" ? marked(object.text) : [object.text]);

const inline = (element) => {
  if (element.type === "date") return el("time", {}, moment(element.timestamp));
  const style = element.style || {};
  const tag = style.code ? "code" : style.bold ? "b" : style.italic ? "i" : "span";
  return el(tag, {}, element.text || "");
};

const rich = (element) => {
  if (element.type === "rich_text_list") {
    return el(element.style === "ordered" ? "ol" : "ul", {}, ...element.elements.map((item) => el("li", {}, ...item.elements.map(inline))));
  }
  return el("p", {}, ...element.elements.map(inline));
};

const draw = {
  header: (block) => [el("h3", {}, ...textOf(block.text))],
  section: (block) => [
    ...(block.text ? [el("p", {}, ...textOf(block.text))] : []),
    ...(block.fields || []).map((field) => el("p", { class: "field" }, ...textOf(field))),
  ],
  context: (block) => [el("p", { class: "context" }, ...block.elements.flatMap(textOf))],
  divider: () => [el("hr")],
  rich_text: (block) => block.elements.map(rich),
  actions: (block, press) => [
    el("div", { class: "actions" }, ...block.elements.map((button) =>
      el("button", { type: "button", class: button.style || "", "data-action": button.action_id, on: (event) => press(button, event.currentTarget) }, button.text.text))),
  ],
};

export const drawBlocks = (blocks, press) =>
  blocks.flatMap((block) => (draw[block.type] ? draw[block.type](block, press) : []));
