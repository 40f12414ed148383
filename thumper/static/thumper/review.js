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
  done: [], // operations of this visit, the last one first to be undone
};

let takesKeys = null; // another view of this page, while it is open: what is pressed goes there

const shown = () => state.item.detections.filter((detection) => detection.is_identifiable);

function showSighting() {
  const detections = shown();
  const detection = detections[state.current];
  // As the server writes it, in the ranch's time zone, which need not be this browser's.
  const time = detection.captured_at ? detection.captured_at.slice(0, 16).replace("T", " ") : "no time known";
  byId("where").textContent = `${state.item.camera || "No camera"}, ${time}`;
  byId("flank").textContent = detection.flank;
  byId("flank-source").textContent = detection.flank_source === "guessed" ? "(guessed)" : "";
  const probe = picture(detection.crop, `${detection.effective_class}, ${detection.flank} flank`);
  probe.id = "probe";
  byId("probe").replaceWith(probe);
  byId("frames").replaceChildren(
    ...(detections.length > 1 ? detections.map(thumbnail) : []),
  );
  byId("splitting").hidden = detections.length < 2;
}

function thumbnail(detection, number) {
  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("aria-pressed", String(number === state.current));
  const marked = state.marked.has(detection.id);
  button.classList.toggle("marked", marked);
  button.setAttribute("aria-label", `picture ${number + 1}${marked ? ", marked as another animal" : ""}`);
  button.append(picture(detection.crop, `picture ${number + 1}`, "no crop"));
  button.addEventListener("click", () => {
    state.current = number;
    show();
  });
  return button;
}

function showCandidate(candidate) {
  const flank = shown()[state.current].flank;
  const reference = candidate.references.find((one) => one.flank === flank) || candidate.references[0];
  const button = document.createElement("button");
  button.type = "button";
  const best = reference
    ? picture(reference.crop, `${candidate.deer.name}, ${reference.flank} flank`)
    : element("div", "No reference to show.", "picture");
  const name = element("strong", `${candidate.rank}  ${candidate.deer.name}`);
  const facts = [candidate.deer.sex, `score ${candidate.score.toFixed(4)}`];
  if (reference) facts.push(`${reference.flank} flank`);
  button.append(best, name, element("div", facts.join(", "), "quiet"));
  button.addEventListener("click", () => confirmCandidate(candidate.rank));
  const row = document.createElement("li");
  row.append(button);
  return row;
}

function question() {
  const { assigned, candidates, margin } = state.item;
  if (assigned) return `Assigned to ${assigned}. Is that so?`;
  if (!candidates.length) return "Nothing to compare with yet. Is it a deer you know?";
  return `Who is it?${margin === null ? "" : ` First ahead of second by ${margin.toFixed(4)}`}`;
}

function show() {
  closeWhy();
  byId("item").hidden = !state.item;
  if (!state.item) return;
  showSighting();
  byId("question").textContent = question();
  byId("candidates").replaceChildren(...state.item.candidates.map(showCandidate));
}

async function load() {
  const query = new URLSearchParams(state.skipped.slice(-100).map((sighting) => ["skip", sighting]));
  const next = await ask(`${page.dataset.next}?${query}`);
  if (!next.item && state.skipped.length) {
    state.skipped = []; // once round: what was skipped comes again
    return load();
  }
  Object.assign(state, { item: next.item, current: 0, marked: new Set(), since: performance.now() });
  const drawn = next.item && next.item.selection === "random" ? ", this one drawn at random" : "";
  byId("progress").textContent = next.item
    ? `${next.reviewed} reviewed, ${next.remaining} to go${drawn}`
    : `${next.reviewed} reviewed. Nothing waits for review.`;
  byId("ranking").hidden = !next.item || !next.ranking_only;
  show();
  return next;
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

/* `decision` gives the verb and its values, at once or after a look at the server. */
const decide = (decision) =>
  act(async () => {
    const [verb, more] = await decision();
    const done = await ask(verbs + verb, circumstances(more));
    state.done.push(done.id);
    await load();
  });

function confirmCandidate(rank) {
  const candidate = state.item.candidates[rank - 1];
  if (!candidate) return undefined;
  const target = { sighting: state.item.sighting };
  return decide(() => ["confirm", { ...target, deer: candidate.deer.id, shown_rank: rank }]);
}

/* Saved at once, whatever is decided of the sighting. */
const setFlank = (flank) =>
  act(async () => {
    const detection = shown()[state.current];
    if (detection.flank === flank && detection.flank_source === "reviewed") return;
    const only = { flanks: { [detection.id]: flank }, versions: { [detection.id]: detection.version } };
    const done = await ask(`${verbs}set-flank`, circumstances(only));
    state.done.push(done.id);
    Object.assign(detection, { flank, flank_source: "reviewed" });
    for (const one of state.item.detections) one.version = done.versions[one.id] ?? one.version;
    show();
  });

/* Profiles whose name has this in it; what was merged away is none any more. */
async function searchDeer(text) {
  const query = new URLSearchParams({ search: text, page_size: 20, merged_into__isnull: true });
  return (await ask(`${page.dataset.deer}?${query}`)).results;
}

const keys = {
  n: () => openNaming(),
  r: () => {
    const deer = state.item.candidates.map((candidate) => candidate.deer.id);
    return decide(() => ["reject", { sighting: state.item.sighting, deer }]);
  },
  i: () => decide(() => ["invalidate", {}]),
  m: () => {
    if (byId("splitting").hidden) return;
    const { id } = shown()[state.current];
    if (!state.marked.delete(id)) state.marked.add(id);
    show();
  },
  p: () => {
    if (!state.marked.size) return showMessage("Mark the pictures of the other animal first: m.");
    return decide(() => ["split-sighting", { sighting: state.item.sighting, detections: [...state.marked] }]);
  },
  w: () => act(() => nextWhy(shown()[state.current], state.item.candidates.map(({ deer }) => deer))),
  s: () =>
    act(async () => {
      state.skipped.push(state.item.sighting);
      await load();
    }),
  ArrowLeft: () => setFlank("left"),
  ArrowRight: () => setFlank("right"),
  f: () => setFlank("front"),
  b: () => setFlank("rear"),
  x: () => setFlank("unknown"),
};

async function undoLast() {
  if (!state.done.length) throw new Error("Nothing of this visit is left to undo.");
  await ask(`${verbs}undo`, { operation: state.done.at(-1) });
  state.done.pop();
}

function press(key) {
  if (takesKeys) return takesKeys(key);
  if (key === "g") return openOffers();
  if (key === "u") {
    return act(async () => {
      await undoLast();
      await load();
    });
  }
  if (!state.item || act.isBusy()) return undefined;
  if (/^[1-5]$/.test(key)) return confirmCandidate(Number(key));
  return keys[key]?.();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, dialog[open]")) return;
  if (/^[1-5]$/.test(event.key) || event.key in keys || event.key === "u" || event.key === "g") {
    event.preventDefault();
    press(event.key);
  }
});

for (const button of document.querySelectorAll("[data-key]")) {
  button.addEventListener("click", () => press(button.dataset.key));
}

load().catch((error) => {
  byId("progress").textContent = "";
  showMessage(error.message);
});
