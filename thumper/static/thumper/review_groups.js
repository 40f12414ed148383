/* Groups of nameless sightings that may be a new deer each: a second view of the review page, which lends its
   verbs (ask, act, picture, showMessage, load). What is ticked is named in one review; the rest stays nameless. */
"use strict";

const offers = {
  groups: [], // that are left to look at
  passed: new Set(), // sightings of groups that this visit has passed on
  payload: null,
  asked: "", // the name that is nearly another deer's, for which the question was put
};

const keyOf = (group) => group.sightings.map((one) => one.sighting).join(" ");

function showOffered(one) {
  const label = document.createElement("label");
  const tick = Object.assign(document.createElement("input"), { type: "checkbox", checked: true });
  tick.value = one.sighting;
  const shown = one.detections.filter((detection) => detection.is_identifiable);
  const time = momentOf(shown[0].captured_at);
  const description = `${shown[0].effective_class}, ${one.camera || say("noCamera")}, ${time}`;
  label.append(picture(shown[0].crop, description), tick, element("span", ` ${description}`, "quiet"));
  if (shown.length > 1) label.append(element("span", say("morePictures", { count: shown.length }), "quiet"));
  const row = document.createElement("li");
  row.append(label);
  return row;
}

function showGroup() {
  const group = offers.groups[0];
  byId("offer").hidden = !group;
  byId("offer-title").textContent = group
    ? say("oneNewDeer", { count: group.sightings.length })
    : say("noGroups");
  byId("offer-hint").textContent = group
    ? say("lookAtMarks")
    : say("restWaits");
  byId("offered").replaceChildren(...(group ? group.sightings.map(showOffered) : []));
  byId("progress").textContent = say("groupsLeft", { left: offers.groups.length, total: offers.payload.total });
}

async function loadOffers() {
  offers.payload = await ask(page.dataset.groups);
  offers.groups = offers.payload.groups.filter((group) => !offers.passed.has(keyOf(group)));
  showGroup();
}

function closeOffers() {
  page.classList.remove("offering");
  takesKeys = null;
  return act(load);
}

function openOffers() {
  return act(async () => {
    await loadOffers();
    page.classList.add("offering");
    takesKeys = pressInOffers;
  });
}

function nameGroup() {
  const group = offers.groups[0];
  const ticked = new Set([...byId("offered").querySelectorAll("input:checked")].map((tick) => tick.value));
  const chosen = group.sightings.filter((one) => ticked.has(one.sighting));
  const name = byId("offer-name").value.trim().replace(/\s+/g, " ");
  return act(async () => {
    if (!chosen.length) throw new Error(say("tickFirst"));
    const detections = chosen.flatMap((one) => one.detections);
    const { near } = await lookUp(name);
    if (near.length && offers.asked !== name) {
      offers.asked = name;
      byId("offer-do").textContent = say("makeNew", { name });
      const names = near.map((one) => one.name).join(" or ");
      return showMessage(say("nearlyPress", { name, names }));
    }
    const done = await ask(`${verbs}name-group`, {
      sightings: chosen.map((one) => one.sighting),
      versions: Object.fromEntries(detections.map((one) => [one.id, one.version])),
      name,
      confirm_new: near.length > 0,
    });
    remember(done, say("oneMade", { name }), chosen[0].sighting);
    byId("offer-name").value = "";
    byId("offer-do").textContent = say("makeOne");
    await loadOffers();
  });
}

function pass() {
  if (!offers.groups.length) return;
  offers.passed.add(keyOf(offers.groups.shift()));
  showGroup();
}

function pressInOffers(action) {
  if (action === "groups") return closeOffers();
  if (action === "skip") return pass();
  if (action === "name" && offers.groups.length) return byId("offer-name").focus();
  if (action === "undo") {
    return act(async () => {
      await undoLast();
      await loadOffers();
    });
  }
  return undefined;
}

byId("offer").addEventListener("submit", (event) => {
  event.preventDefault();
  nameGroup();
});
