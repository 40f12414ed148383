/* The audit of a survey. The API sends it neither whose a photograph is, nor a score, nor how often that deer was seen. */
"use strict";

const page = document.body;
const endpoint = (verb) => `${page.dataset.audit}/${verb}`;

const state = {
  item: null, // what is shown
  current: 0, // which of its pictures
  found: [], // profiles that the search has shown so far
  isOpen: false, // the audit, when it was last asked for
};

function showCapture() {
  const { camera, detections } = state.item;
  const detection = detections[state.current];
  byId("where").textContent = `${camera || say("noCamera")}, ${momentOf(detection.captured_at)}`;
  // In the page, and once more in the window with all deer, which lies over it.
  for (const id of ["probe", "sought"]) {
    const shown = picture(detection.crop, say("capture", { kind: detection.effective_class, flank: detection.flank }));
    shown.id = id;
    byId(id).replaceWith(shown);
  }
  byId("frames").replaceChildren(...(detections.length > 1 ? detections.map(frame) : []));
}

function frame(detection, number) {
  return thumbnail(detection, number, number === state.current, () => turnTo(number));
}

function turnTo(number) {
  state.current = number % state.item.detections.length;
  showCapture();
}

/* A deer that it may be, as a button; `number` is the key that chooses it. */
function showProfile(profile, number) {
  const button = document.createElement("button");
  button.type = "button";
  const pictures = profile.pictures.map((one) => picture(one.crop, say("sideOf", { name: profile.name, flank: one.flank })));
  const title = number === undefined ? profile.name : `${number + 1}  ${profile.name}`;
  const shown = element("div", "", "pictures");
  shown.append(...pictures);
  button.append(element("strong", title), " ", element("span", profile.sex, "quiet"), shown);
  button.addEventListener("click", () => choose(profile));
  const row = document.createElement("li");
  row.append(button);
  return row;
}

/* An answer that was another one than the name of the photograph, with a picture of each deer. */
function disagreement({ profile, other, camera, detection, sighting, named, chosen }) {
  const row = document.createElement("li");
  const words = element("div", "", "words");
  const where = detection ? `${camera || say("noCamera")}, ${momentOf(detection.captured_at)}` : say("pictureGone");
  words.append(element("p", other ? say("isOther", { profile, other }) : say("isNobody", { profile })), element("p", where, "quiet"));
  if (sighting) {
    const link = element("a", say("lookAgain"));
    link.href = `${page.dataset.review}?sighting=${sighting}`;
    words.append(link);
  }
  const shown = element("div", "", "compared");
  const labelled = [
    [detection, say("thePhotograph")],
    [named, profile],
    [chosen, other],
  ];
  for (const [one, name] of labelled.filter(([there]) => there)) {
    const figure = document.createElement("figure");
    figure.append(picture(one.crop, say("sideOf", { name, flank: one.flank })), element("figcaption", name, "quiet"));
    shown.append(figure);
  }
  row.append(words, shown);
  return row;
}

function showEffort(status) {
  byId("captures").textContent = say("captures", status.captures);
  const rows = status.effort.map(({ width, once, often }) => {
    const row = document.createElement("tr");
    row.append(element("td", say("within", { share: Math.round(50 * width) })));
    row.append(element("td", String(once), "number"), element("td", String(often), "number"));
    return row;
  });
  byId("effort").tBodies[0].replaceChildren(...rows);
}

function progressOf(status) {
  const { answers, missing } = status;
  const isOpen = status.audit?.status === "open";
  if (!status.audit) return { text: say("notBegun"), more: 0 };
  if (!isOpen) return { text: say("closed", { answers }), more: 0 };
  const wanting = missing.once + missing.often;
  if (wanting) return { text: say("missing", { answers, more: wanting }), more: wanting };
  if (!state.item) return { text: say("allAnswered", { answers }), more: 0 };
  const { more } = status.effort.find((one) => one.more) || { more: 0 };
  return { text: more ? say("enough", { answers, more }) : say("plenty", { answers }), more };
}

function show(status) {
  const isOpen = status.audit?.status === "open";
  const { text, more } = progressOf(status);
  byId("progress").textContent = text;
  byId("bar").max = Math.max(1, status.answers + more);
  byId("bar").value = status.answers;
  byId("bar").hidden = !isOpen;
  byId("rules").open = !status.audit;
  byId("begin").hidden = isOpen;
  byId("ending").hidden = !isOpen;
  byId("close").hidden = !status.is_enough;
  byId("item").hidden = !state.item;
  byId("decisions").hidden = !isOpen;
  byId("sentences").replaceChildren(...status.sentences.map((one) => element("li", one)));
  byId("gone").textContent = say("gone", { count: status.without_picture });
  byId("gone").hidden = !status.without_picture;
  // A running result would have its judge answer for it: it is shown when nothing more is asked.
  byId("result").hidden = Boolean(state.item) || !status.sentences.length;
  byId("next").hidden = isOpen;
  byId("disagreed").replaceChildren(...status.disagreements.map(disagreement));
  byId("disagreements").hidden = !status.disagreements.length;
  if (!isOpen) showEffort(status);
  if (state.item) showItem();
}

function showItem() {
  // Whoever goes by the Tab key stays at the item, whose buttons are other ones now.
  const isInside = byId("item").contains(document.activeElement) || document.activeElement === document.body;
  showCapture();
  byId("candidates").replaceChildren(...state.item.profiles.map(showProfile));
  if (isInside) byId("where").focus({ preventScroll: true });
}

/* The state as it is now, with the next item, or with `item` once more. Whether an audit is open is asked where it is
   not known: after anything has failed, too. */
async function load(item) {
  const isOpen = (status) => status.audit?.status === "open";
  let status = state.isOpen ? null : await ask(page.dataset.audit);
  state.isOpen = false;
  if (!status || isOpen(status)) status = await ask(endpoint(item ? `next?item=${item}` : "next"));
  Object.assign(state, { item: status.item || null, current: 0, isOpen: isOpen(status) });
  show(status);
}

const act = oneAtATime(() => load());

const answer = (choice) =>
  act(async () => {
    const { item, version } = state.item;
    byId("said").textContent = "";
    if (byId("all").open) byId("all").close();
    await ask(endpoint("answer"), { item, version, ...choice });
    await load();
  });

const choose = (profile) => profile && answer({ answer: "profile", profile: profile.name });

const takeBack = () =>
  act(async () => {
    const { item } = await ask(endpoint("undo"), {});
    await load(item);
    byId("said").textContent = say("takenBack");
  });

/* All profiles of the survey, by name; what is typed narrows them down. The profiles that came, none where something else
   was typed meanwhile. */
async function search(start) {
  const text = byId("name").value;
  const query = new URLSearchParams({ item: state.item.item, search: text, start });
  const { count, profiles } = await ask(`${endpoint("profiles")}?${query}`);
  if (text !== byId("name").value) return [];
  state.found = start ? [...state.found, ...profiles] : profiles;
  const rows = profiles.map((one) => showProfile(one));
  if (start) byId("found").append(...rows);
  else byId("found").replaceChildren(...rows);
  const many = count === 1 ? say("oneProfile") : say("profiles", { count });
  byId("count").textContent = count ? many : say("noProfile");
  byId("more").hidden = state.found.length >= count;
  if (start) rows[0]?.firstChild.focus();
  return profiles;
}

const failed = (error) => byId("count").replaceChildren(error.message);
const look = (start) => search(start).catch(failed);

/* The one that fits what was typed, where no other one does. */
async function takeTheOnlyOne() {
  const found = await search(0);
  return found.length === 1 ? choose(found[0]) : undefined;
}

function lookThrough() {
  byId("name").value = "";
  byId("found").replaceChildren();
  byId("all").showModal();
  look(0);
}

const keys = {
  r: () => answer({ answer: "none" }),
  c: () => answer({ answer: "cannot_tell" }),
  p: () => turnTo(state.current + 1),
  s: lookThrough,
};

const end = (verb) =>
  act(async () => {
    await ask(endpoint(verb), {});
    byId("said").textContent = "";
    state.isOpen = false;
    await load();
  });

/* What is possible while no photograph is shown, too. */
const always = {
  u: () => (byId("decisions").hidden ? undefined : takeBack()),
  k: () => (byId("close").hidden ? undefined : end("close")),
};

function press(key) {
  if (act.isBusy()) return undefined;
  if (key in always) return always[key]();
  if (!state.item) return undefined;
  return /^[1-9]$/.test(key) ? choose(state.item.profiles[Number(key) - 1]) : keys[key]?.();
}

document.addEventListener("keydown", (event) => {
  if (!usesKeys || isTyping(event)) return;
  if (/^[1-9]$/.test(event.key) || event.key in always || event.key in keys) {
    event.preventDefault();
    // A key that is held down repeats: the next photograph must not be answered before it is seen.
    if (!event.repeat) press(event.key);
  }
});

for (const button of document.querySelectorAll("[data-key]")) {
  button.addEventListener("click", () => press(button.dataset.key));
}

byId("begin").addEventListener("submit", (event) => {
  event.preventDefault();
  act(async () => {
    await ask(endpoint("open"), {});
    await load();
  });
});

byId("abandon")?.addEventListener("click", () => end("abandon"));

byId("seek").addEventListener("submit", (event) => {
  event.preventDefault();
  takeTheOnlyOne().catch(failed);
});

byId("name").addEventListener("input", () => look(0));
byId("more").addEventListener("click", () => look(state.found.length));
byId("back").addEventListener("click", () => byId("all").close());

load().catch((error) => {
  byId("progress").textContent = "";
  showMessage(error.message);
});
