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

async function showMap() {
  mapButton.disabled = true;
  const { cameras, background } = await (await fetch(mapButton.dataset.places)).json();
  const sightings = JSON.parse(document.getElementById("sightings").textContent);
  const seen = cameras.filter((one) => sightings[one.id]);
  const box = document.getElementById("map");
  mapButton.hidden = true;
  box.hidden = false;
  if (!seen.length) {
    box.textContent = box.dataset.nowhere;
    box.classList.remove("map");
    return;
  }
  await load("link", { rel: "stylesheet", href: mapButton.dataset.style });
  await load("script", { src: mapButton.dataset.script });
  const map = L.map(box, { attributionControl: false, minZoom: 2, maxZoom: 22, zoomSnap: 0.5 });
  if (background.picture) L.imageOverlay(background.picture, background.corners).addTo(map);
  else if (background.tiles) {
    L.tileLayer(background.tiles, { minNativeZoom: background.least, maxNativeZoom: background.most, maxZoom: 22 }).addTo(map);
  }
  L.control.scale().addTo(map);
  const most = Math.max(...seen.map((one) => sightings[one.id]));
  for (const one of seen) {
    const radius = 6 + 14 * Math.sqrt(sightings[one.id] / most); // the area is in proportion
    const words = document.createElement("span");
    words.textContent = `${one.name}: ${sightings[one.id]}`; // a name is text, never markup
    L.circleMarker([one.latitude, one.longitude], { radius, className: "seen" })
      .bindTooltip(words, { permanent: seen.length <= 12, direction: "top" })
      .addTo(map);
  }
  map.fitBounds(L.latLngBounds(seen.map((one) => [one.latitude, one.longitude])).pad(0.3), { maxZoom: 16, animate: false });
  box.focus();
}

if (mapButton) {
  mapButton.hidden = false;
  mapButton.addEventListener("click", showMap);
}
