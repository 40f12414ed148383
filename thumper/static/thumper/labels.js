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
  if (!likeness) return [element("div", say("noOther"), "picture")];
  return [referencePicture(name, likeness)];
}

function showLabel(question) {
  const { deer, other } = question;
  const detections = shown(question);
  const detection = detections[state.current % detections.length];
  // As the server writes it, in the ranch's time zone, which need not be this browser's.
  const time = momentOf(detection.captured_at);
  const more = detections.length > 1 ? say("pictureOf", { number: (state.current % detections.length) + 1, count: detections.length }) : "";
  byId("question").textContent = say("isItTheOther", { name: deer.name, other: other.name });
  byId("sides").replaceChildren(
    side(say("theSighting"), `${question.camera || say("noCamera")}, ${time}${more}`, [
      picture(detection.crop, say("sighting", { kind: detection.effective_class, flank: detection.flank })),
    ], true),
    side(deer.name, say("ownScore", { score: question.own_score.toFixed(4) }), reference(deer.name, question.own)),
    side(other.name, say("otherScore", { score: question.other_score.toFixed(4) }), reference(other.name, question.alike)),
  );
  byId("change").textContent = say("itIs", { name: other.name });
  byId("keep").textContent = say("itIs", { name: deer.name });
}

function showTwins(question) {
  const { deer, into } = question;
  const pictures = (of, list) => {
    const found = list.map((one, number) => picture(one.crop, `${of.name}, ${say("pictureNumber", { number: number + 1 })}`));
    found[0]?.classList.add("first"); // the two that are most alike
    return found;
  };
  byId("question").textContent = say("areTheyOne", { name: deer.name, other: into.name });
  const facts = (count) => say(count === 1 ? "oneLabelled" : "labelled", { count });
  byId("sides").replaceChildren(
    side(deer.name, facts(question.sightings), pictures(deer, question.pictures)),
    side(into.name, facts(question.into_sightings), pictures(into, question.into_pictures)),
  );
  byId("change").textContent = say("becomes", { name: deer.name, other: into.name });
  byId("keep").textContent = say("twoDeer");
}

function show() {
  closeWhy();
  const question = state.questions[0];
  byId("item").hidden = byId("decisions").hidden = !question;
  const skipped = state.passed.size ? say("skipped", { count: state.passed.size }) : "";
  const none = skipped ? say("nothingElse", { skipped }) : say("noDoubt");
  byId("progress").textContent = state.left ? `${say("left", { count: state.left })}${skipped}` : none;
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
      if (!state.done.length) throw new Error(say("nothingToUndo"));
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
