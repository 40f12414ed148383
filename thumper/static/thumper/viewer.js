/* One photograph: larger and smaller, moved, lighter and darker. By wheel, fingers, keys and buttons. */
"use strict";

const viewer = document.getElementById("viewer");
const sheet = document.getElementById("sheet");
const picture = document.getElementById("picture");
const LARGEST = 12;
const view = { scale: 1, x: 0, y: 0 };
const fingers = new Map();
/* Set by boxes.js while a box is drawn: fingers and arrow keys are its own then. */
const drawing = { isOn: false };

function place() {
  const { width, height } = viewer.getBoundingClientRect();
  // Never past the edges: nobody looks for a photograph that has left its frame.
  view.x = Math.min(0, Math.max(width - sheet.offsetWidth * view.scale, view.x));
  view.y = Math.min(0, Math.max(Math.min(height, sheet.offsetHeight) - sheet.offsetHeight * view.scale, view.y));
  viewer.classList.toggle("larger", view.scale > 1); // else a finger scrolls the page
  sheet.style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
}

/* Larger by a factor around a point of the viewer; 0 shows all of it. */
function zoom(factor, x = viewer.clientWidth / 2, y = viewer.clientHeight / 2) {
  const scale = factor === 0 ? 1 : Math.min(LARGEST, Math.max(1, view.scale * factor));
  view.x = x - ((x - view.x) * scale) / view.scale;
  view.y = y - ((y - view.y) * scale) / view.scale;
  view.scale = scale;
  place();
}

const within = (event) => {
  const frame = viewer.getBoundingClientRect();
  return { x: event.clientX - frame.left, y: event.clientY - frame.top };
};

viewer.addEventListener(
  "wheel",
  (event) => {
    // At its smallest the wheel scrolls the page on, as it does beside the photograph.
    if (view.scale === 1 && event.deltaY > 0) return;
    event.preventDefault();
    const { x, y } = within(event);
    zoom(Math.exp(-event.deltaY / 400), x, y);
  },
  { passive: false },
);

viewer.addEventListener("pointerdown", (event) => {
  if (drawing.isOn) return;
  fingers.set(event.pointerId, within(event));
});
viewer.addEventListener("pointermove", (event) => {
  const before = fingers.get(event.pointerId);
  if (!before || drawing.isOn) return;
  const now = within(event);
  const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
  if (other) {
    const away = (one) => Math.hypot(one.x - other.x, one.y - other.y);
    if (away(before) > 0) zoom(away(now) / away(before), (now.x + other.x) / 2, (now.y + other.y) / 2);
  } else if (view.scale > 1) {
    view.x += now.x - before.x;
    view.y += now.y - before.y;
    place();
  }
  fingers.set(event.pointerId, now);
});
for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
  viewer.addEventListener(end, (event) => fingers.delete(event.pointerId));
}
viewer.addEventListener("dragstart", (event) => event.preventDefault());

const STEPS = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || drawing.isOn) return;
  const onViewer = event.target === viewer || event.target.closest?.("#boxes");
  if (event.target !== document.body && !onViewer) return;
  if (onViewer && ["+", "=", "-", "0"].includes(event.key)) {
    event.preventDefault();
    zoom({ "+": 1.4, "=": 1.4, "-": 0.714, 0: 0 }[event.key]);
  } else if (onViewer && view.scale > 1 && event.key in STEPS) {
    event.preventDefault();
    view.x += STEPS[event.key][0];
    view.y += STEPS[event.key][1];
    place();
  } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
    document.getElementById(event.key === "ArrowLeft" ? "newer" : "older")?.click();
  }
});

for (const button of document.querySelectorAll("[data-zoom]")) {
  button.addEventListener("click", () => zoom(Number(button.dataset.zoom)));
}
const lights = ["brightness", "contrast"].map((name) => document.getElementById(name));
function shine() {
  picture.style.filter = lights.map((one) => `${one.id}(${one.value}%)`).join(" ");
}
for (const one of lights) one.addEventListener("input", shine);
document.getElementById("plain").addEventListener("click", () => {
  for (const one of lights) one.value = 100;
  shine();
});
document.getElementById("show-boxes").addEventListener("change", (event) => {
  document.getElementById("boxes").classList.toggle("off", !event.target.checked);
});

function missing() {
  viewer.hidden = true;
  document.getElementById("no-picture").hidden = false;
}
if (picture.complete && !picture.naturalWidth) missing();
picture.addEventListener("error", missing);
window.addEventListener("resize", place);
document.getElementById("tools").hidden = false;
