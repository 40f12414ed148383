/* The review page. Everything it knows comes from /api/review/next, and every decision goes to an endpoint
   below /api/review/ with the versions of the detections that were shown, so that a second reviewer gets a conflict. */
"use strict";

const page = document.body;
const verbs = page.dataset.next.replace(/next$/, "");

const state = {
  item: null, // what is shown
  current: 0, // which of its pictures
  marked: new Set(), // those that show another animal than the rest
  since: 0, // when it was shown, for `seconds`
  skipped: [],
  done: [], // of this visit, the last one first to be undone: the operation, what it said, and its sighting
};

const chosenKeys = JSON.parse(page.dataset.keys); // the person's own, by action
const actionOf = Object.fromEntries(Object.entries(chosenKeys).map(([action, key]) => [key, action]));
const NEARLY = 0.02; // a lead in score below which the order says little
const LOOK_AGAIN = 15_000; // milliseconds until the page asks whether what is being compared has come
const ARROWS = { ArrowLeft: "left", ArrowRight: "right" };

const asked = new URLSearchParams(location.search); // which sighting, or also those that are being compared
let takesKeys = null; // another view of this page, while it is open: what is pressed goes there

/* The pictures that can be named; all of them where none can. */
function shown() {
  const named = state.item.detections.filter((detection) => detection.is_identifiable);
  return named.length ? named : state.item.detections;
}

function showSighting() {
  const detections = shown();
  const detection = detections[state.current];
  const antlers = detection.antler_year ? say("withAntlersOf", { year: detection.antler_year }) : "";
  byId("where").textContent = `${state.item.camera || say("noCamera")}, ${momentOf(detection.captured_at)}${antlers}`;
  byId("flank").textContent = detection.flank;
  byId("flank-source").textContent = detection.flank_source === "guessed" ? say("guessed") : "";
  const probe = picture(detection.crop, say("sideOf", { name: detection.effective_class, flank: detection.flank }));
  probe.id = "probe";
  byId("probe").replaceWith(probe);
  byId("frames").replaceChildren(
    ...(detections.length > 1 ? detections.map(frame) : []),
  );
  byId("splitting").hidden = detections.length < 2;
  byId("invalid").hidden = detection.is_identifiable;
}

function frame(detection, number) {
  const isMarked = state.marked.has(detection.id);
  const turn = () => {
    state.current = number;
    show();
  };
  const button = thumbnail(detection, number, number === state.current, turn, isMarked ? "pictureMarked" : "pictureNumber");
  button.classList.toggle("marked", isMarked);
  return button;
}

function showCandidate(candidate) {
  const flank = shown()[state.current].flank;
  const nearest = (list) => list.find((one) => one.flank === flank) || list[0];
  const reference = nearest(candidate.references.filter((one) => !one.is_other_antler_year));
  const apart = nearest(candidate.references.filter((one) => one.is_other_antler_year));
  const button = document.createElement("button");
  button.type = "button";
  const best = reference
    ? referencePicture(candidate.deer.name, reference)
    : element("div", apart ? say("noneOfThatYear") : say("noReference"), "picture");
  const name = element("strong", `${candidate.rank}  ${candidate.deer.name}`);
  const { sex } = candidate.deer;
  const facts = [sex === "unknown" ? say("sexUnknown") : sex, say("score", { score: Math.round(100 * candidate.score) })];
  if (reference) facts.push(say("side", { flank: reference.flank }));
  button.append(best, name, element("div", facts.join(", "), "quiet"));
  if (apart) button.append(referencePicture(candidate.deer.name, apart));
  button.addEventListener("click", () => confirmCandidate(candidate.rank));
  const row = document.createElement("li");
  row.append(button);
  return row;
}

function question() {
  const { assigned, candidates, margin } = state.item;
  if (assigned) return say("isItSo", { name: assigned });
  if (!candidates.length) return say("nothingToCompare");
  if (margin !== null && margin < NEARLY) return say("almostAlike");
  return say("whoIsIt");
}

function show() {
  closeWhy();
  byId("item").hidden = !state.item;
  if (!state.item) return;
  showSighting();
  byId("question").textContent = question();
  byId("candidates").replaceChildren(...state.item.candidates.map(showCandidate));
  byId("ranks").hidden = !state.item.candidates.length;
}

/* What comes next; with `sighting` that one, decided or not. */
async function load(sighting) {
  const left = sighting ? [] : state.skipped.slice(-100);
  const query = new URLSearchParams(sighting ? { sighting } : left.map((skipped) => ["skip", skipped]));
  if (asked.has("uncompared")) query.set("uncompared", "true");
  const next = await ask(`${page.dataset.next}?${query}`);
  if (sighting && !next.item) return load(); // it is gone: another decision took it
  if (!next.item && state.skipped.length) {
    state.skipped = []; // once round: what was skipped comes again
    return load();
  }
  Object.assign(state, { item: next.item, current: 0, marked: new Set(), since: performance.now() });
  const drawn = next.item && next.item.selection === "random" ? say("drawn") : "";
  byId("progress").textContent = next.remaining
    ? say("progress", { reviewed: next.reviewed, remaining: next.remaining }) + drawn
    : say("nothingWaits", { reviewed: next.reviewed });
  showBadge(next.remaining + left.length);
  showComing(next);
  byId("ranking").hidden = !next.item || !next.ranking_only;
  show();
  keepFocus();
  return next;
}

/* What waits, as the navigation has it. */
function showBadge(count) {
  const badge = byId("review-waiting");
  if (!badge) return;
  badge.textContent = count > Number(badge.dataset.most) ? `${badge.dataset.most}+` : count;
  badge.parentElement.hidden = !count;
}

/* What is being compared and comes by itself; the page asks again where nothing else waits. */
function showComing({ item, comparing }) {
  byId("comparing").hidden = !comparing || asked.has("uncompared");
  byId("comparing-said").textContent = say(comparing === 1 ? "oneCompared" : "beingCompared", { count: comparing });
  byId("nothing").hidden = Boolean(item) || comparing > 0;
  byId("decisions").hidden = !item && !state.done.length;
  page.classList.toggle("idle", !item);
  clearTimeout(state.again);
  if (!item && comparing) state.again = setTimeout(() => act(load), LOOK_AGAIN);
}

/* What had the keyboard may be gone with the last sighting: then the new one has it, and not the page's beginning. */
function keepFocus() {
  if (!state.item) return;
  if (document.activeElement === document.body) byId("where").focus({ preventScroll: true });
  if (matchMedia("(max-width: 48rem)").matches) byId("item").scrollIntoView({ block: "start" });
}

function remember(done, what, sighting) {
  state.done.push({ operation: done.id, what, sighting });
  byId("said").textContent = `${what}.`;
}

function circumstances(more) {
  const versions = Object.fromEntries(state.item.detections.map((one) => [one.id, one.version]));
  return {
    versions,
    selection: state.item.selection,
    seconds: Math.round(performance.now() - state.since) / 1000,
    ...more,
  };
}

const act = oneAtATime(async () => {
  if (!takesKeys) await load();
});

/* `decision` gives the verb, its values and what it says in words, at once or after a look at the server. */
const decide = (decision) =>
  act(async () => {
    const [verb, more, what] = await decision();
    const { sighting } = state.item;
    const done = await ask(verbs + verb, circumstances(more));
    remember(done, what, sighting);
    await load();
  });

function confirmCandidate(rank) {
  const candidate = state.item.candidates[rank - 1];
  if (!candidate) return undefined;
  const target = { sighting: state.item.sighting };
  return decide(() => ["confirm", { ...target, deer: candidate.deer.id, shown_rank: rank }, say("itIs", { name: candidate.deer.name })]);
}

/* Saved at once, whatever is decided of the sighting. */
const setFlank = (flank) =>
  act(async () => {
    const detection = shown()[state.current];
    if (detection.flank === flank && detection.flank_source === "reviewed") return;
    const only = { flanks: { [detection.id]: flank }, versions: { [detection.id]: detection.version } };
    const done = await ask(`${verbs}set-flank`, circumstances(only));
    remember(done, say("sideIs", { flank }), state.item.sighting);
    Object.assign(detection, { flank, flank_source: "reviewed" });
    for (const one of state.item.detections) one.version = done.versions[one.id] ?? one.version;
    show();
  });

/* Profiles whose name has this in it; what was merged away is none any more. */
async function searchDeer(text) {
  const query = new URLSearchParams({ search: text, page_size: 20, merged_into__isnull: true });
  return (await ask(`${page.dataset.deer}?${query}`)).results;
}

/* What each action does; its key is the person's own choice. */
const actions = {
  name: () => openNaming(),
  reject: () => {
    const deer = state.item.candidates.map((candidate) => candidate.deer.id);
    return decide(() => ["reject", { sighting: state.item.sighting, deer }, say("none")]);
  },
  invalidate: () => decide(() => ["invalidate", {}, say("invalid")]),
  other: () => decide(() => ["correct-class", { classification: "other" }, say("noDeer")]),
  mark: () => {
    if (byId("splitting").hidden) return;
    const { id } = shown()[state.current];
    if (!state.marked.delete(id)) state.marked.add(id);
    show();
  },
  part: () => {
    if (!state.marked.size) {
      return showMessage(say("markFirst", { key: chosenKeys.mark }));
    }
    const values = { sighting: state.item.sighting, detections: [...state.marked] };
    return decide(() => ["split-sighting", values, say("parted")]);
  },
  why: () => act(() => nextWhy(shown()[state.current], state.item.candidates.map(({ deer }) => deer), chosenKeys.why)),
  zoom: () => {
    const isZoomed = page.classList.toggle("zoomed");
    document.querySelector('[data-act="zoom"]').setAttribute("aria-pressed", String(isZoomed));
  },
  skip: () =>
    act(async () => {
      state.skipped.push(state.item.sighting);
      await load();
    }),
  left: () => setFlank("left"),
  right: () => setFlank("right"),
  front: () => setFlank("front"),
  rear: () => setFlank("rear"),
  unknown: () => setFlank("unknown"),
  valid: () => decide(() => ["make-valid", {}, say("valid")]),
};

/* Takes the last decision of this visit back, and says which; gives its sighting. */
async function undoLast() {
  const last = state.done.at(-1);
  if (!last) throw new Error(say("seeDecisions"));
  await ask(`${verbs}undo`, { operation: last.operation });
  state.done.pop();
  byId("said").textContent = say("takenBack", { what: last.what });
  return last.sighting;
}

function press(action) {
  if (takesKeys) return takesKeys(action);
  if (action === "groups") return openOffers();
  if (action === "undo") {
    return act(async () => {
      await load(await undoLast());
    });
  }
  if (!state.item || act.isBusy()) return undefined;
  return actions[action]?.();
}

document.addEventListener("keydown", (event) => {
  if (!usesKeys || isTyping(event)) return;
  const action = actionOf[event.key.toLowerCase()] ?? ARROWS[event.key];
  const isRank = /^[1-5]$/.test(event.key);
  if (!action && !isRank) return;
  event.preventDefault();
  if (!isRank) return press(action);
  if (!takesKeys && state.item && !act.isBusy()) confirmCandidate(Number(event.key));
});

for (const button of document.querySelectorAll("[data-act]")) {
  button.addEventListener("click", () => press(button.dataset.act));
}

for (const range of document.querySelectorAll("#light input")) {
  range.addEventListener("input", () => page.style.setProperty(`--${range.name}`, range.value));
}
byId("light").addEventListener("reset", () => page.removeAttribute("style"));

load(asked.get("sighting")).catch((error) => {
  byId("progress").textContent = "";
  showMessage(error.message);
});
