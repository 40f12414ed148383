/* What the pages that show deer have in common: asking the API, and putting text and pictures on the page. */
"use strict";

const byId = (id) => document.getElementById(id);

/* The answer of the API; `body` makes it a POST. Throws an Error with the API's sentence and its `status`. */
async function ask(url, body) {
  const options = { headers: { Accept: "application/json" }, credentials: "same-origin" };
  if (body !== undefined) {
    options.method = "POST";
    options.headers["Content-Type"] = "application/json";
    options.headers["X-CSRFToken"] = document.querySelector("[name=csrfmiddlewaretoken]").value;
    options.body = JSON.stringify(body);
  }
  const answer = await fetch(url, options);
  const said = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(said.detail), { status: answer.status });
  return said;
}

function tell(text) {
  byId("message").textContent = text;
  byId("message").hidden = !text;
}

function element(tag, text, ...classes) {
  const made = document.createElement(tag);
  made.textContent = text; // names are text, never markup
  made.classList.add(...classes);
  return made;
}

const NO_CROP = "No crop is stored yet: identify_detections makes it.";

function picture(url, description, missing = NO_CROP) {
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

/* Gives `act(work)`: it does one work at a time, so that a key pressed while another one is under way does nothing.
   Where one fails, that is told, and `reload` shows what is there now. */
function oneAtATime(reload) {
  let isBusy = false;
  async function act(work) {
    if (isBusy) return;
    isBusy = true;
    document.body.setAttribute("aria-busy", "true");
    tell("");
    try {
      await work();
    } catch (error) {
      tell(error.message);
      await reload().catch((failure) => tell(failure.message));
    } finally {
      isBusy = false;
      document.body.removeAttribute("aria-busy");
    }
  }
  act.isBusy = () => isBusy;
  return act;
}
