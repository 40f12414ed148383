/* The audit page. The API sends it neither which deer is claimed, nor a score, nor whether an item comes twice. */
"use strict";

const page = document.body;
const endpoint = (verb) => page.dataset.audits.replace(/next$/, verb);

const state = {
  item: null, // what is shown
  current: 0, // which of its pictures
  kind: "threshold", // what would begin
};

function showSighting() {
  const { camera, detections } = state.item;
  const detection = detections[state.current];
  if (!detection) {
    byId("where").textContent = say("noPictureAnyMore");
    byId("probe").replaceChildren();
    byId("frames").replaceChildren();
    return;
  }
  // As the server writes it, in the ranch's time zone, which need not be this browser's.
  const time = momentOf(detection.captured_at);
  byId("where").textContent = `${camera || say("noCamera")}, ${time}`;
  const probe = picture(detection.crop, say("sighting", { kind: detection.effective_class, flank: detection.flank }));
  probe.id = "probe";
  byId("probe").replaceWith(probe);
  byId("frames").replaceChildren(...(detections.length > 1 ? detections.map(frame) : []));
}

function frame(detection, number) {
  return thumbnail(detection, number, number === state.current, () => turnTo(number));
}

/* Every flank that is known of a deer, the one that the sighting shows first, and other years' antlers last. */
function showDeer(deer, number) {
  const flank = state.item.detections[state.current]?.flank;
  const place = (one) => 2 * one.is_other_antler_year + (one.flank !== flank);
  const references = [...deer.references].sort((one, other) => place(one) - place(other));
  const button = document.createElement("button");
  button.type = "button";
  const pictures = references.map((one) => referencePicture(deer.name, one));
  if (!pictures.length) pictures.push(element("div", say("noReference"), "picture"));
  const flanks = [...new Set(references.map((one) => one.flank))].join(", ");
  const facts = element("div", flanks ? say("seenFrom", { sex: deer.sex, flanks }) : deer.sex, "quiet");
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
  const part = next.candidates > 1 ? say("part", { number: next.candidate, count: next.candidates }) : "";
  byId("progress").textContent = say("progress", { answers: next.answers, more: next.more }) + part;
  byId("bar").max = Math.max(1, next.answers + next.more);
  byId("bar").value = next.answers;
  byId("bar").hidden = !next.item;
}

const ENDED = { open: "isOpen", passed: "hasPassed", failed: "hasFailed", spoiled: "wasSpoiled" }; // the names of their texts

async function showResult() {
  const status = await ask(endpoint("status"));
  const judged = status.candidates.filter((one) => one.audited);
  const rows = judged.map((one) =>
    element(
      "li",
      say("row", {
        threshold: one.threshold.toFixed(4),
        audited: one.audited,
        wrong: one.wrong,
        share: (100 * one.fdp_upper).toFixed(1),
        status: one.status,
      }),
    ),
  );
  const list = document.createElement("ul");
  list.append(...rows);
  const { shown, missed } = status.planted;
  const planted = element("p", say("planted", { missed, shown }), "quiet");
  const certified = status.batch?.certified;
  const proof = element("p", certified ? say("certified", { number: status.batch.number, claim: certified.claim, says: certified.says }) : "");
  byId("result").replaceChildren(...(certified ? [proof] : [element("p", status.reason)]), list, ...(shown ? [planted] : []));
  byId("result").hidden = false;
  const what = status.batch ? say("batch", { number: status.batch.number }) : say("theAudit");
  byId("progress").textContent = say(ENDED[status.status], { count: status.audited, what });
  const waits = status.batch && status.status === "passed" && !status.batch.is_assigned;
  showBatch({ assign: waits, abandon: waits, undo: status.batch?.is_assigned && status.batch.operation });
  if (status.status === "spoiled" || (status.batch && !waits)) await showOffer();
}

/* Which of the acts on a batch are possible; `undo` is the operation that gave its names. */
function showBatch({ assign, abandon, undo }) {
  byId("assign").hidden = !assign;
  byId("abandon").hidden = !abandon;
  byId("undo").hidden = !undo;
  byId("undo").dataset.operation = undo || "";
  byId("batch").hidden = !(assign || abandon || undo);
}

/* What can begin as the store stands: the audit of a threshold, or a batch with the answers that it takes. */
async function showOffer() {
  const offer = await ask(`${endpoint("offer")}?alpha_fdp=${byId("alpha").value}`);
  const { batch } = offer;
  state.kind = batch ? "batch" : "threshold";
  byId("offer").textContent = offer.reason;
  byId("of-what").textContent = batch ? say("ofBatch") : say("ofMachine");
  byId("effort").hidden = !batch;
  byId("effort-threshold").hidden = Boolean(batch);
  const rows = (batch ? batch.candidates : []).map(({ pairs, judgements }) => {
    const row = document.createElement("tr");
    const counts = ["0", "1", "2"].map((errors) => element("td", String(judgements[errors] ?? "-"), "number"));
    row.append(element("td", pairs < batch.pairs ? say("best", { count: pairs }) : say("all", { count: pairs })), ...counts);
    return row;
  });
  byId("effort").tBodies[0].replaceChildren(...rows);
  byId("begin").hidden = false;
}

async function load() {
  byId("begin").hidden = true;
  byId("result").hidden = true;
  showBatch({});
  const next = await ask(endpoint("next"));
  if (!next.plan) {
    Object.assign(state, { item: null, current: 0 });
    show();
    await showOffer();
    byId("progress").textContent = say("noneOpen");
    byId("bar").hidden = true;
    return;
  }
  Object.assign(state, { item: next.item, current: 0 });
  showProgress(next);
  byId("rules").open = !next.answers;
  show();
  if (!next.item) await showResult();
  // The first part has passed: who wants to may stop there.
  else if (next.batch) showBatch({ assign: next.candidate > 1, abandon: true });
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
  if (!usesKeys || isTyping(event)) return;
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
    await ask(endpoint("plan"), { kind: state.kind, alpha_fdp: Number(byId("alpha").value) });
    await load();
  });
});

byId("alpha").addEventListener("change", () => act(showOffer));

byId("assign").addEventListener("click", () =>
  act(async () => {
    const { says } = await ask(endpoint("assign"), {});
    await load();
    showMessage(says);
  }),
);

byId("abandon").addEventListener("click", () =>
  act(async () => {
    const { number } = await ask(endpoint("abandon"), {});
    await load();
    showMessage(say("givenUp", { number }));
  }),
);

byId("undo").addEventListener("click", () =>
  act(async () => {
    await ask(page.dataset.undo, { operation: byId("undo").dataset.operation });
    await load();
  }),
);

load().catch((error) => {
  byId("progress").textContent = "";
  showMessage(error.message);
});
