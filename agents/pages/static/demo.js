// The demo's page: listens to the state, draws it, and says what there is to do now.
import { clock, el, post, show } from "./dom.js";
import { drawPhone, tickPhone } from "./phone.js";

const byId = (id) => document.getElementById(id);
let skew = Number(document.body.dataset.now) - Date.now();
let latest = null;
let told = 0;
let gone = false;
const now = () => Date.now() + skew;

const STAGES = { bridge: "Bridge", triage: "Triage", case: "Case", slack: "Slack", duo: "Duo", pagerduty: "PagerDuty" };

const asRule = (rule) => el("div", { class: "rule" },
  el("b", {}, rule.title), el("p", {}, rule.because),
  el("p", {}, el("code", {}, rule.rule_id), rule.file ? " in " : "", rule.file ? el("code", {}, rule.file) : ""));

const asStep = (step) => el("li", { class: `step ${step.stage} ${step.tone}` },
  el("div", { class: "when" }, el("time", {}, clock(step.at_ms)), el("span", { class: "stage" }, STAGES[step.stage] || step.stage)),
  el("div", { class: "what" },
    el("h3", {}, step.title, step.action ? el("span", { class: `verdict ${step.action}` }, step.action) : ""),
    el("p", {}, step.text),
    ...step.rules.map(asRule),
    el("p", { class: "where" }, "log: ", el("code", {}, step.topic), " decided in ", el("code", {}, step.file))));

// A run is what was delivered, up to its end; when the next one arrives, the earlier ones fold away.
let run = null;
let runs = 0;
let ended_run = false;
const runOf = (step) => {
  if (!run || (ended_run && step.stage === "bridge")) {
    for (const older of document.querySelectorAll(".run")) older.open = false;
    runs += 1;
    run = el("ol", { class: "steps" });
    byId("steps").prepend(el("details", { class: "run", open: true }, el("summary", {}, `Run ${runs}, ${clock(step.at_ms)}`), run));
    ended_run = false;
  }
  if (step.tone === "good" || (step.stage === "pagerduty" && step.tone === "bad")) ended_run = true;
  return run;
};

// The newest step is on top: the phone and what it caused are then in one view.
const drawSteps = (steps, total) => {
  const fresh = Math.min(total - told, steps.length);
  for (const step of fresh > 0 ? steps.slice(-fresh) : []) runOf(step).prepend(asStep(step));
  told = total;
  byId("no-steps").hidden = total > 0;
};

const asIncident = (incident) => el("article", { class: `incident ${incident.urgency}` },
  el("p", { class: "urgency" }, `${incident.urgency} urgency, ${incident.status}`, el("time", {}, clock(incident.opened_ms))),
  el("h3", {}, incident.summary),
  el("details", {}, el("summary", {}, "What the responder reads"),
    el("dl", {}, ...Object.entries(incident.details).flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, String(value))]))));

const drawIncidents = (incidents) => show(byId("incidents"), incidents.map((one) => [one.dedup_key, one.status, one.summary]), () =>
  incidents.length ? [...incidents].reverse().map(asIncident) : [el("p", { class: "empty" }, "Quiet. Nobody has been paged.")]);

const drawCases = (cases) => show(byId("cases"), cases.map((one) => [one.row.case_id, one.row.state]), () =>
  cases.length
    ? cases.map(({ row, url }) => el("li", {}, el("a", { href: url, target: "_blank", rel: "noopener" }, row.title), el("span", { class: `badge ${row.tone}` }, row.state)))
    : [el("li", { class: "empty" }, "None yet.")]);

// What the newcomer should look at now, and what it counts down to.
const guide = (state) => {
  const open = state.cases.find((one) => !one.row.ended_ms);
  if (state.trouble) return ["The demo stands still.", null, "bad"];
  if (!open) return ended(state);
  const { row } = open;
  if (row.state === "collecting") return ["Calls under your name are being collected into one question.", row, "wait"];
  if (row.state === "asking") return ["The question is on its way to your Slack.", row, "wait"];
  if (row.state === "waiting") return ["Slack asks: was this you? Press Yes or No on the phone, or wait.", row, "wait"];
  if (row.state === "Duo") return ["You said Yes. Now Duo asks on your phone: Approve or Deny.", row, "wait"];
  return ["The security team is being paged.", null, "bad"];
};

const ended = (state) => {
  const last = state.cases.find((one) => one.row.ended_ms);
  if (!last) return [state.steps.length ? "Routine calls pass. Nobody is disturbed." : "The first calls are on their way.", null, ""];
  if (last.row.state === "verified") return ["Verified: you said Yes and Duo confirmed it. Nobody was paged.", null, "good"];
  return [`The security team was paged: ${last.row.reason}.`, null, "bad"];
};

const drawNow = () => {
  if (!latest || gone) return;
  const [text, row, tone] = guide(latest);
  if (byId("now-text").textContent !== text) byId("now-text").textContent = text;
  byId("now").className = `now ${tone}`;
  const left = row && row.deadline_ms ? Math.max(0, Math.ceil((row.deadline_ms - now()) / 1000)) : null;
  byId("now-count").hidden = left === null;
  byId("now-count").textContent = left === null ? "" : `${left} s`;
  byId("now-again").hidden = latest.cases.length === 0 || latest.cases.some((one) => !one.row.ended_ms);
};

// The process that served this page is gone: nothing on it would do anything any more.
const stop = () => {
  gone = true;
  document.body.classList.add("gone");
  byId("live").textContent = "stopped";
  byId("now").className = "now bad";
  byId("now-text").textContent = "The demo has stopped. Start it again with: make demo";
  byId("now-count").hidden = byId("now-again").hidden = true;
  for (const button of document.querySelectorAll("main button")) button.disabled = true;
};

const draw = (state) => {
  latest = state;
  skew = state.now_ms - Date.now();
  drawPhone(state);
  drawSteps(state.steps, state.step_count);
  drawIncidents(state.incidents);
  drawCases(state.cases);
  byId("trouble").hidden = !state.trouble;
  byId("trouble").textContent = state.trouble || "";
  drawNow();
};

for (const button of document.querySelectorAll("[data-scene]")) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    await post("/demo/scene", { name: button.dataset.scene });
    setTimeout(() => { button.disabled = false; }, 1500);
  });
}

const source = new EventSource("/demo/events");
source.addEventListener("open", () => {
  if (gone) location.reload();
  byId("live").textContent = "live";
});
source.addEventListener("error", stop);
source.addEventListener("message", (event) => draw(JSON.parse(event.data)));
setInterval(() => {
  if (gone) return;
  tickPhone(now());
  if (!latest) return;
  drawPhone({ ...latest, now_ms: now() });
  drawNow();
}, 250);
tickPhone(now());
