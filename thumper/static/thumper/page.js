/* Parts that the pages with deer share: requests to the API, and text and pictures put on the page. */
"use strict";

const byId = (id) => document.getElementById(id);

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
