/* The page of one deer: focus stays where something was changed in place, and the map comes when it is asked for. */
"use strict";

// htmx puts the new panel where the old one was; the keyboard goes on there.
document.addEventListener("htmx:afterSwap", (event) => {
  const facts = document.getElementById("facts");
  if (event.detail.target.id !== "facts" || !facts) return;
  const wrong = facts.querySelector("label [role=alert]")?.closest("label");
  ((wrong ?? facts).querySelector("select, input:not([type=hidden]), textarea") ?? facts).focus();
});

// An answer that refuses is shown as any other: it says what is wrong.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status === 409) event.detail.shouldSwap = true;
});

const mapButton = document.getElementById("show-map");

function load(tag, attributes) {
  return new Promise((resolve, reject) => {
    const node = Object.assign(document.createElement(tag), attributes);
    node.addEventListener("load", resolve);
    node.addEventListener("error", reject);
    document.head.append(node);
  });
}

/* The map is the one of all cameras; its script draws what `data-places` of the box says. */
async function showMap() {
  const box = document.getElementById("map");
  mapButton.hidden = true;
  box.hidden = false;
  for (const href of mapButton.dataset.styles.split(" ")) await load("link", { rel: "stylesheet", href });
  for (const src of mapButton.dataset.scripts.split(" ")) await load("script", { src });
  box.focus();
}

if (mapButton) {
  mapButton.hidden = false;
  mapButton.addEventListener("click", showMap);
}
