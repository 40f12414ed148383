/* Parts that the pages with deer share: requests to the API, and text and pictures put on the page. */
"use strict";

const byId = (id) => document.getElementById(id);

const texts = JSON.parse(document.getElementById("texts").dataset.texts); // the page's, in its language

/* A text of the page with its places filled. */
const say = (name, values = {}) =>
  Object.entries(values).reduce((all, [key, value]) => all.replaceAll(`{${key}}`, () => value), texts[name]);

/* Whether single letters decide: a person may switch them off. Letters that are typed somewhere decide nothing. */
const usesKeys = document.body.dataset.usesKeys !== "no";
const isTyping = (event) =>
  event.ctrlKey || event.altKey || event.metaKey || Boolean(event.target.closest("input, select, textarea, dialog[open]"));

const MONTHS = texts.months.split(" ");

/* A moment as pages write it, such as 3 Oct 2026, 18:05: as the server gave it, in the ranch's zone, which need not be
   this browser's. */
function momentOf(text) {
  if (!text) return say("noTime");
  const [year, month, day] = text.slice(0, 10).split("-");
  return `${Number(day)} ${MONTHS[Number(month) - 1]} ${year}, ${text.slice(11, 16)}`;
}

/* The payload of the API's response; `body` makes the request a POST. Throws an Error with the API's sentence, the
   `status`, and what it lists as `errors`. */
async function ask(url, body) {
  const options = { headers: { Accept: "application/json" }, credentials: "same-origin" };
  if (body !== undefined) {
    options.method = "POST";
    options.headers["Content-Type"] = "application/json";
    options.headers["X-CSRFToken"] = document.querySelector("[name=csrfmiddlewaretoken]").value;
    options.body = JSON.stringify(body);
  }
  const response = await fetch(url, options);
  const payload = await response.json();
  if (!response.ok) throw Object.assign(new Error(payload.detail), { status: response.status, errors: payload.errors });
  return payload;
}

function showMessage(text) {
  byId("message").textContent = text;
  byId("message").hidden = !text;
}

function element(tag, text, ...classes) {
  const node = document.createElement(tag);
  node.textContent = text; // names are text, never markup
  node.classList.add(...classes);
  return node;
}

function picture(url, description, missing = say("noCrop")) {
  const frame = element("div", "", "picture");
  const image = document.createElement("img");
  image.alt = description;
  image.addEventListener("error", () => {
    frame.replaceChildren(element("p", missing, "quiet"));
  });
  image.src = url;
  frame.append(image);
  return frame;
}

/* One of a sighting's pictures, small, as a button that turns to it. */
function thumbnail(detection, number, isCurrent, turn, label = "pictureNumber") {
  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("aria-pressed", String(isCurrent));
  button.setAttribute("aria-label", say(label, { number: number + 1 }));
  button.append(picture(detection.crop, say("pictureNumber", { number: number + 1 }), say("noPicture")));
  button.addEventListener("click", turn);
  return button;
}

/* A deer's reference. One with the antlers of another year than the sighting's is set apart, and says so. */
function referencePicture(name, { crop, flank, antler_year: year, is_other_antler_year: isApart }) {
  if (!isApart) return picture(crop, say("sideOf", { name, flank }));
  const figure = element("figure", "", "apart");
  const caption = element("figcaption", say("antlersOf", { year }), "quiet");
  figure.append(picture(crop, say("sideAndAntlers", { name, flank, year })), caption);
  return figure;
}

/* Gives `act(work)`: it does one work at a time, so that a key pressed while another one is under way does nothing.
   Where one fails, its message is shown, and `reload` shows what is there now. */
function oneAtATime(reload) {
  let isBusy = false;
  async function act(work) {
    if (isBusy) return;
    isBusy = true;
    document.body.setAttribute("aria-busy", "true");
    showMessage("");
    try {
      await work();
    } catch (error) {
      showMessage(error.message);
      await reload().catch((failure) => showMessage(failure.message));
    } finally {
      isBusy = false;
      document.body.removeAttribute("aria-busy");
    }
  }
  act.isBusy = () => isBusy;
  return act;
}
