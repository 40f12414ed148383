/* The audit page. The API sends it neither which deer is claimed, nor a score, nor whether an item comes twice. */
"use strict";

const page = document.body;
const endpoint = (verb) => page.dataset.audits.replace(/next$/, verb);

const state = {
  item: null, // what is shown
  current: 0, // which of its pictures
};

function showSighting() {
  const { camera, detections } = state.item;
  const detection = detections[state.current];
  if (!detection) {
    byId("where").textContent = "This sighting has no picture any more.";
    byId("probe").replaceChildren();
    byId("frames").replaceChildren();
    return;
  }
  // As the server writes it, in the ranch's time zone, which need not be this browser's.
  const time = detection.captured_at ? detection.captured_at.slice(0, 16).replace("T", " ") : "no time known";
  byId("where").textContent = `${camera || "No camera"}, ${time}`;
  const probe = picture(detection.crop, `the sighting: ${detection.effective_class}, ${detection.flank} flank`);
  probe.id = "probe";
  byId("probe").replaceWith(probe);
  byId("frames").replaceChildren(...(detections.length > 1 ? detections.map(thumbnail) : []));
}

function thumbnail(detection, number) {
  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("aria-pressed", String(number === state.current));
  button.setAttribute("aria-label", `picture ${number + 1}`);
  button.append(picture(detection.crop, `picture ${number + 1}`, "no crop"));
  button.addEventListener("click", () => turnTo(number));
  return button;
}

/* Every flank that is known of a deer, the one that the sighting shows first. */
function showDeer(deer, number) {
  const flank = state.item.detections[state.current]?.flank;
  const references = [...deer.references].sort((one, other) => (other.flank === flank) - (one.flank === flank));
  const button = document.createElement("button");
  button.type = "button";
  const pictures = references.map((one) => picture(one.crop, `${deer.name}, ${one.flank} flank`));
  if (!pictures.length) pictures.push(element("div", "No reference to show.", "picture"));
  const flanks = references.map((one) => one.flank).join(", ");
  const facts = element("div", flanks ? `${deer.sex}, seen from: ${flanks}` : deer.sex, "quiet");
  button.append(element("strong", `${number + 1}  ${deer.name}`), ...pictures, facts);
  button.addEventListener("click", () => choose(number));
  const row = document.createElement("li");
  row.append(button);
  return row;
}

function show() {
  byId("item").hidden = !state.item;
  byId("decisions").hidden = !state.item;
  if (!state.item) return;
  showSighting();
  byId("candidates").replaceChildren(...state.item.deer.map(showDeer));
}

function showProgress(next) {
  const part = next.candidates > 1 ? ` (part ${next.candidate} of ${next.candidates})` : "";
  byId("progress").textContent = `${next.answers} answered, about ${next.more} more${part}`;
  byId("bar").max = Math.max(1, next.answers + next.more);
  byId("bar").value = next.answers;
  byId("bar").hidden = !next.item;
}

const ENDED = { open: "is open", passed: "has passed", failed: "has failed", spoiled: "was spoiled by its judge" };

async function showResult() {
  const status = await ask(endpoint("status"));
  const judged = status.candidates.filter((one) => one.audited);
  const rows = judged.map((one) =>
    element(
      "li",
      `At ${one.threshold.toFixed(4)} and above: ${one.audited} judged, ${one.wrong} wrong, ` +
        `at most ${(100 * one.fdp_upper).toFixed(1)} % of the names are wrong (${one.status}).`,
    ),
  );
  const list = document.createElement("ul");
  list.append(...rows);
  const { shown, missed } = status.planted;
  const planted = element("p", `${missed} of ${shown} planted wrong pairs were called right.`, "quiet");
  byId("result").replaceChildren(element("p", status.reason), list, ...(shown ? [planted] : []));
  byId("result").hidden = false;
  byId("progress").textContent = `${status.audited} assignments judged. The audit ${ENDED[status.status]}.`;
  byId("begin").hidden = status.status !== "spoiled";
}

async function load() {
  let next;
  try {
    next = await ask(endpoint("next"));
  } catch (error) {
    if (error.status !== 404) throw error;
    Object.assign(state, { item: null, current: 0 });
    show();
    byId("progress").textContent = "No audit is open.";
    byId("bar").hidden = true;
    byId("begin").hidden = false;
    return;
  }
  Object.assign(state, { item: next.item, current: 0 });
  byId("begin").hidden = true;
  byId("result").hidden = true;
  showProgress(next);
  byId("rules").open = !next.answers;
  show();
  if (!next.item) await showResult();
}

const act = oneAtATime(load);

const answer = (choice) =>
  act(async () => {
    const { item, version } = state.item;
    await ask(endpoint("record"), { item, version, ...choice });
    await load();
  });

function choose(number) {
  const deer = state.item.deer[number];
  return deer && answer({ answer: "deer", deer: deer.id });
}

function turnTo(number) {
  state.current = number % Math.max(1, state.item.detections.length);
  show();
}

const keys = {
  r: () => answer({ answer: "none" }),
  c: () => answer({ answer: "cannot_tell" }),
  p: () => turnTo(state.current + 1),
};

function press(key) {
  if (!state.item || act.isBusy()) return undefined;
  return /^[1-3]$/.test(key) ? choose(Number(key) - 1) : keys[key]?.();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, select")) return;
  if (/^[1-3]$/.test(event.key) || event.key in keys) {
    event.preventDefault();
    // A key that is held down repeats: the next sighting must not be answered before it is seen.
    if (!event.repeat) press(event.key);
  }
});

for (const button of document.querySelectorAll("[data-key]")) {
  button.addEventListener("click", () => press(button.dataset.key));
}

byId("begin").addEventListener("submit", (event) => {
  event.preventDefault();
  act(async () => {
    await ask(endpoint("plan"), { alpha_fdp: Number(byId("alpha").value) });
    await load();
  });
});

load().catch((error) => {
  byId("progress").textContent = "";
  showMessage(error.message);
});
