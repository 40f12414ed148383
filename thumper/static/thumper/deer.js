/* The page of one deer: focus stays where something was changed in place, and the map comes when it is asked for. */
"use strict";

// htmx puts the new panel where the old one was; the keyboard goes on there.
document.addEventListener("htmx:afterSwap", (event) => {
  const facts = document.getElementById("facts");
  if (event.detail.target.id !== "facts" || !facts) return;
  const first = facts.querySelector("[role=alert], select, input:not([type=hidden])");
  (first?.closest("label")?.querySelector("select, input, textarea") ?? facts).focus();
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
  await load("link", { rel: "stylesheet", href: mapButton.dataset.style });
  await load("script", { src: mapButton.dataset.script });
  const places = JSON.parse(document.getElementById("places").textContent);
  const box = document.getElementById("map");
  box.hidden = false;
  const map = L.map(box, { attributionControl: false });
  L.control.scale().addTo(map);
  const most = Math.max(...places.map((one) => one.sightings));
  for (const one of places) {
    const radius = 6 + 14 * Math.sqrt(one.sightings / most);
    L.circleMarker([one.latitude, one.longitude], { radius, color: getComputedStyle(box).getPropertyValue("--mark") })
      .bindTooltip(`${one.name}: ${one.sightings}`, { permanent: places.length <= 12, direction: "top" })
      .addTo(map);
  }
  map.fitBounds(L.latLngBounds(places.map((one) => [one.latitude, one.longitude])).pad(0.3), { maxZoom: 16 });
  mapButton.hidden = true;
}

if (mapButton) {
  mapButton.hidden = false;
  mapButton.addEventListener("click", showMap);
}
