/* Map of the cameras: on a user's own picture, on tiles of this server, or on a grid. Whatever it shows stands in the
   page as text too. Where a form has a position, it can be chosen on the map. */
"use strict";

const box = document.getElementById("map");
const said = document.getElementById("map-said");
const SIGNS = { running: "", silent: "!", out: "x", down: "-", new: "?" };
const NAMES_AT_ONCE = 40; // with more cameras, names are shown one at a time
const CLOSE = 16;
const SPOT = 26;
const LEAST_SPOT = 12; // of a survey's cameras, which are as large as their effort
const MOST_SPOT = 40;

const Grid = L.GridLayer.extend({
  createTile() {
    const tile = document.createElement("div");
    tile.className = "grid-tile";
    return tile;
  },
});

function element(name, text, attributes = {}) {
  const made = Object.assign(document.createElement(name), attributes);
  made.textContent = text;
  return made;
}

function drawn(background) {
  const map = L.map(box, { attributionControl: false, minZoom: 2, maxZoom: 22, zoomSnap: 0.5 });
  new Grid({ maxZoom: 22 }).addTo(map);
  if (background.picture) {
    L.imageOverlay(background.picture, background.corners).addTo(map);
  } else if (background.tiles) {
    L.tileLayer(background.tiles, { minNativeZoom: background.least, maxNativeZoom: background.most, maxZoom: 22 }).addTo(map);
    if (background.attribution) {
      const plain = new DOMParser().parseFromString(background.attribution, "text/html").body.textContent;
      L.control.attribution({ prefix: false }).addAttribution(element("span", plain).innerHTML).addTo(map);
    }
  }
  L.control.scale().addTo(map);
  return map;
}

function spot(camera, isThis) {
  const size = "share" in camera ? Math.max(MOST_SPOT * Math.sqrt(camera.share), LEAST_SPOT) : SPOT; // the area is in proportion
  const icon = L.divIcon({ className: `spot ${camera.state}${isThis ? " this" : ""}`, html: SIGNS[camera.state] ?? "", iconSize: [size, size] });
  const marker = L.marker([camera.latitude, camera.longitude], { icon, title: `${camera.name}, ${camera.words}`, riseOnHover: true });
  const words = document.createElement("div");
  const link = element(camera.address ? "a" : "strong", camera.name, camera.address ? { href: camera.address } : {});
  words.append(link, ...[camera.words, ...camera.facts].map((fact) => element("div", fact)));
  marker.bindPopup(words);
  marker.on("popupopen", () => link.focus({ preventScroll: true }));
  return marker;
}

function shown(map, cameras, background) {
  const own = cameras.find((camera) => camera.id === box.dataset.camera);
  for (const camera of cameras) {
    const marker = spot(camera, camera === own).addTo(map);
    const permanent = camera === own || (!own && cameras.length <= NAMES_AT_ONCE);
    marker.bindTooltip(element("span", camera.name), { permanent, direction: "auto", offset: [marker.getIcon().options.iconSize[0] / 2, 0] });
  }
  if (own) {
    map.setView([own.latitude, own.longitude], CLOSE);
  } else if (cameras.length) {
    map.fitBounds(L.latLngBounds(cameras.map((camera) => [camera.latitude, camera.longitude])).pad(0.15), { maxZoom: CLOSE, animate: false });
  } else if (background.picture) {
    map.fitBounds(background.corners, { animate: false });
  } else {
    map.setView([30, -98], 3); // on tiles alone: where most whitetails are; nothing is known of this ranch
  }
}

/* Choosing a position: a button in each form that has one, a click on the map or Enter for its middle. */
function choosing(map) {
  let form = null;
  let chosen = null;
  const take = ({ lat, lng }) => {
    if (!form) return;
    form.elements.latitude.value = lat.toFixed(6);
    form.elements.longitude.value = map.wrapLatLng([lat, lng]).lng.toFixed(6);
    chosen?.remove();
    chosen = L.circleMarker([lat, lng], { radius: 9, className: "chosen" }).addTo(map);
    said.textContent = box.dataset.chosen;
    box.classList.remove("choosing");
    form.querySelector("button.main").focus();
    form = null;
  };
  for (const one of document.querySelectorAll("form.places")) {
    const button = element("button", box.dataset.choose, { type: "button" });
    button.addEventListener("click", () => {
      form = one;
      said.textContent = box.dataset.click;
      box.classList.add("choosing");
      box.focus();
      box.scrollIntoView({ block: "nearest" });
    });
    one.elements.longitude.closest(".field").after(button);
  }
  map.on("click", (event) => take(event.latlng));
  box.addEventListener("keydown", (event) => {
    if (event.target !== box || !form) return;
    if (event.key === "Enter") {
      event.preventDefault(); // or the button that gets the focus is pressed by the same key
      take(map.getCenter());
    }
    if (event.key === "Escape") {
      form = null;
      said.textContent = "";
      box.classList.remove("choosing");
    }
  });
}

async function begin() {
  box.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(box.dataset.places);
    if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
    const { cameras, background } = await answer.json();
    const map = drawn(background);
    shown(map, cameras, background);
    if (said) choosing(map);
  } catch (error) {
    box.append(element("p", String(error), { className: "wrong" }));
  } finally {
    box.removeAttribute("aria-busy");
  }
}

if (box) begin();
for (const year of document.querySelectorAll(".year")) year.parentElement.scrollLeft = year.parentElement.scrollWidth; // the latest months
