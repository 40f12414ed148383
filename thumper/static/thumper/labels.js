/* Labels in doubt. /api/review/labels says which; every answer goes to an endpoint of the review, with the versions that
   were seen. What is answered is not asked again: the server remembers it. */
"use strict";

const page = document.body;
const verbs = page.dataset.labels.replace(/labels$/, "");

const state = {
  questions: [], // that are left of those that were fetched
  left: 0, // in all
  current: 0, // which picture of the sighting
  since: 0, // when the question was shown, for `seconds`
  passed: new Set(), // questions that this visit has skipped
  done: [], // operations of this visit, the last one first to be undone
};

const keyOf = (one) => (one.sighting ? one.sighting : `${one.deer.id} ${one.into.id}`);

const shown = (question) => question.detections.filter((detection) => detection.is_identifiable);

function side(title, facts, pictures, isAsked = false) {
  const section = document.createElement("section");
  section.classList.toggle("asked", isAsked);
  section.append(element("h3", title), element("p", facts, "quiet"), ...pictures);
  return section;
}

function reference(name, likeness) {
  if (!likeness) return [element("div", "No other picture to show.", "picture")];
  return [referencePicture(name, likeness)];
}

function showLabel(question) {
  const { deer, other } = question;
  const detections = shown(question);
  const detection = detections[state.current % detections.length];
  // As the server writes it, in the ranch's time zone, which need not be this browser's.
  const time = momentOf(detection.captured_at);
  const more = detections.length > 1 ? `, picture ${(state.current % detections.length) + 1} of ${detections.length}` : "";
  byId("question").textContent = `This is called ${deer.name}. Is it ${other.name}?`;
  byId("sides").replaceChildren(
    side("The sighting", `${question.camera || "no camera"}, ${time}${more}`, [
      picture(detection.crop, `the sighting: ${detection.effective_class}, ${detection.flank} flank`),
    ], true),
    side(deer.name, `whose name it bears, score ${question.own_score.toFixed(4)}`, reference(deer.name, question.own)),
    side(other.name, `whom it looks like, score ${question.other_score.toFixed(4)}`, reference(other.name, question.alike)),
  );
  byId("change").textContent = `it is ${other.name}`;
  byId("keep").textContent = `it is ${deer.name}`;
}

function showTwins(question) {
  const { deer, into } = question;
  const pictures = (of, list) => {
    const found = list.map((one, number) => picture(one.crop, `${of.name}, picture ${number + 1}`));
    found[0]?.classList.add("first"); // the two that are most alike
    return found;
  };
  byId("question").textContent = `Are ${deer.name} and ${into.name} one deer?`;
  const facts = (count) => `${count} labelled ${count === 1 ? "sighting" : "sightings"}`;
  byId("sides").replaceChildren(
    side(deer.name, facts(question.sightings), pictures(deer, question.pictures)),
    side(into.name, facts(question.into_sightings), pictures(into, question.into_pictures)),
  );
  byId("change").textContent = `one deer: ${deer.name} becomes ${into.name}`;
  byId("keep").textContent = "they are two deer";
}

function show() {
  closeWhy();
  const question = state.questions[0];
  byId("item").hidden = byId("decisions").hidden = !question;
  const skipped = state.passed.size ? `, ${state.passed.size} skipped` : "";
  const none = skipped ? `Nothing else is in doubt${skipped}.` : "No label is in doubt.";
  byId("progress").textContent = state.left ? `${state.left} to look at${skipped}` : none;
  if (!question) return;
  const isLabel = "sighting" in question;
  byId("sides").classList.toggle("twins", !isLabel);
  for (const key of ["t", "w"]) document.querySelector(`[data-key="${key}"]`).hidden = !isLabel;
  document.querySelector('[data-key="p"]').hidden = !isLabel || shown(question).length < 2;
  if (isLabel) showLabel(question);
  else showTwins(question);
}

function next() {
  Object.assign(state, { current: 0, since: performance.now() });
  show();
}

async function load() {
  const answer = await ask(`${page.dataset.labels}?count=100`);
  const asked = [...answer.twins, ...answer.labels.filter((one) => shown(one).length)];
  state.questions = asked.filter((one) => !state.passed.has(keyOf(one)));
  state.left = Math.max(answer.all_twins + answer.all_labels - state.passed.size, state.questions.length);
  next();
}

const act = oneAtATime(load);

/* One answer; when the last question that was fetched is answered, there may be more. */
const answer = (verb, body) =>
  act(async () => {
    const seconds = Math.round(performance.now() - state.since) / 1000;
    const done = await ask(verbs + verb, { ...body, selection: "doubt", seconds });
    state.done.push(done.id);
    await drop();
  });

async function drop() {
  state.questions.shift();
  state.left -= 1;
  if (state.questions.length) next();
  else await load();
}

function target(question) {
  const versions = Object.fromEntries(question.detections.map((one) => [one.id, one.version]));
  return { sighting: question.sighting, versions };
}

const keys = {
  m: (question) =>
    "sighting" in question
      ? answer("assign", { ...target(question), deer: question.other.id })
      : answer("merge", { deer: question.deer.id, into: question.into.id }),
  t: (question) => "sighting" in question && answer("reject", { ...target(question), deer: [question.deer.id] }),
  k: (question) =>
    "sighting" in question
      ? answer("keep-label", target(question))
      : answer("keep-apart", { deer: question.deer.id, other: question.into.id }),
  w: (question) => {
    if (!("sighting" in question)) return undefined;
    const detections = shown(question);
    return act(() => nextWhy(detections[state.current % detections.length], [question.other, question.deer], "w"));
  },
  p: () => {
    state.current += 1;
    show();
  },
  s: (question) =>
    act(async () => {
      state.passed.add(keyOf(question));
      await drop();
    }),
};

function press(key) {
  if (act.isBusy()) return undefined;
  if (key === "u") {
    return act(async () => {
      if (!state.done.length) throw new Error("Nothing of this visit is left to undo.");
      await ask(`${verbs}undo`, { operation: state.done.at(-1) });
      state.done.pop();
      await load();
    });
  }
  const question = state.questions[0];
  return question && keys[key](question);
}

document.addEventListener("keydown", (event) => {
  if (!usesKeys || isTyping(event)) return;
  if (event.key in keys || event.key === "u") {
    event.preventDefault();
    // A key that is held down repeats: the next question must not be answered before it is seen.
    if (!event.repeat) press(event.key);
  }
});

for (const button of document.querySelectorAll("[data-key]")) {
  button.addEventListener("click", () => press(button.dataset.key));
}

load().catch((error) => {
  byId("progress").textContent = "";
  showMessage(error.message);
});
