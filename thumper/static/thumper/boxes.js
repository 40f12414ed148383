/* Boxes on a photograph: chosen, drawn, moved and resized. The numbers of a form are the truth; the draft shows them. */
"use strict";

const SVG = "http://www.w3.org/2000/svg";
const EDGES = { nw: [0, 0], n: [0.5, 0], ne: [1, 0], e: [1, 0.5], se: [1, 1], s: [0.5, 1], sw: [0, 1], w: [0, 0.5] };
const LEAST = 8;
/* Parts of a form that are there while its box is drawn. */
const PARTS = "[data-at-work], [data-leave]";
const told = document.getElementById("drawing");
const full = { width: Number(sheet.dataset.width), height: Number(sheet.dataset.height) };
/* The form whose box is drawn, the draft's group, and what the pointer is doing to it. */
const work = { form: null, draft: null, grip: null };

const boxesOf = () => document.getElementById("boxes");
const field = (name) => work.form.querySelector(`input[name=${name}]`);
const read = () => ({ x: Number(field("x").value), y: Number(field("y").value), width: Number(field("width").value), height: Number(field("height").value) });

/* Whole pixels, within the photograph, not smaller than a box may be. */
function write({ x, y, width, height }) {
  const wide = Math.round(Math.min(Math.max(width, LEAST), full.width));
  const high = Math.round(Math.min(Math.max(height, LEAST), full.height));
  field("width").value = wide;
  field("height").value = high;
  field("x").value = Math.round(Math.min(Math.max(x, 0), full.width - wide));
  field("y").value = Math.round(Math.min(Math.max(y, 0), full.height - high));
  show();
}

const made = (tag, attributes) => {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
};

function show() {
  if (!work.draft) return;
  const box = read();
  const side = (full.width / sheet.getBoundingClientRect().width) * 14;
  const corners = Object.entries(EDGES).map(([edge, [across, down]]) =>
    made("rect", { class: "corner", "data-edge": edge, width: side, height: side, x: box.x + box.width * across - side / 2, y: box.y + box.height * down - side / 2 }),
  );
  work.draft.replaceChildren(made("rect", { class: "outline", ...box }), ...corners);
  work.draft.setAttribute("aria-valuetext", Object.entries(box).reduce((all, [key, value]) => all.replace(`{${key}}`, value), viewer.dataset.textPlace));
}

function begin(form) {
  leave();
  work.form = form;
  work.draft = made("g", { class: "draft", tabindex: "0", role: "slider", "aria-label": viewer.dataset.textBox, "aria-valuenow": "0" });
  boxesOf().append(work.draft);
  drawing.isOn = true;
  viewer.classList.add("drawing");
  for (const node of form.querySelectorAll(PARTS)) node.hidden = false;
  told.hidden = false;
  if (form.dataset.new === undefined || field("width").value) show();
  else write({ x: full.width / 3, y: full.height / 3, width: full.width / 3, height: full.height / 3 });
  work.draft.focus({ preventScroll: true });
  viewer.scrollIntoView({ block: "nearest" });
}

function leave() {
  if (!work.form) return;
  const { form } = work;
  for (const node of form.querySelectorAll(PARTS)) node.hidden = true;
  told.hidden = true;
  work.draft.remove();
  form.reset();
  Object.assign(work, { form: null, draft: null, grip: null });
  drawing.isOn = false;
  viewer.classList.remove("drawing");
  form.querySelector("[data-change]").focus();
}

const keep = () => work.form.requestSubmit(work.form.querySelector(".keep .main"));
document.getElementById("keep-drawn").addEventListener("click", keep);
document.getElementById("leave-drawn").addEventListener("click", () => leave());

/* A pointer's place in pixels of the photograph. */
function pixel(event) {
  const frame = sheet.getBoundingClientRect();
  const scale = full.width / frame.width;
  return { x: (event.clientX - frame.left) * scale, y: (event.clientY - frame.top) * scale };
}

viewer.addEventListener("pointerdown", (event) => {
  if (!work.form || event.button > 0) return;
  event.preventDefault();
  viewer.setPointerCapture(event.pointerId);
  const edge = event.target.dataset?.edge ?? (event.target.closest(".outline") ? "all" : "new");
  // A box that is there is taken by its corners and its middle; elsewhere a new one begins.
  work.grip = { edge, from: pixel(event), box: read() };
  work.draft.focus({ preventScroll: true });
});

viewer.addEventListener("pointermove", (event) => {
  if (!work.grip) return;
  const { edge, from, box } = work.grip;
  const to = pixel(event);
  if (edge === "all") return write({ ...box, x: box.x + to.x - from.x, y: box.y + to.y - from.y });
  const ends = { left: box.x, top: box.y, right: box.x + box.width, bottom: box.y + box.height };
  if (edge === "new") Object.assign(ends, { left: from.x, top: from.y, right: to.x, bottom: to.y });
  else {
    if (edge.includes("w")) ends.left = to.x;
    if (edge.includes("e")) ends.right = to.x;
    if (edge.includes("n")) ends.top = to.y;
    if (edge.includes("s")) ends.bottom = to.y;
  }
  const clamp = (value, most) => Math.min(Math.max(value, 0), most);
  const [left, right] = [clamp(ends.left, full.width), clamp(ends.right, full.width)].sort((a, b) => a - b);
  const [top, bottom] = [clamp(ends.top, full.height), clamp(ends.bottom, full.height)].sort((a, b) => a - b);
  return write({ x: left, y: top, width: right - left, height: bottom - top });
});
for (const end of ["pointerup", "pointercancel"]) {
  viewer.addEventListener(end, () => {
    work.grip = null;
  });
}

const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

document.addEventListener("keydown", (event) => {
  if (!work.form) return;
  if (event.key === "Escape") {
    event.preventDefault();
    return leave();
  }
  if (event.target !== work.draft) return;
  if (event.key === "Enter") {
    event.preventDefault();
    keep();
  } else if (event.key in MOVES) {
    event.preventDefault();
    const step = Math.max(full.width / 200, 1) * (event.ctrlKey ? 0.2 : 1);
    const [across, down] = MOVES[event.key].map((one) => one * step);
    const box = read();
    write(event.shiftKey ? { ...box, width: box.width + across, height: box.height + down } : { ...box, x: box.x + across, y: box.y + down });
  }
});

/* A box that is chosen on the photograph opens in the list, and the other way. */
function choose(key, { focus = false } = {}) {
  const part = document.getElementById(`box-${key}`);
  if (!part) return;
  part.open = true;
  for (const one of boxesOf().querySelectorAll("a.box")) one.classList.toggle("chosen-box", one.dataset.box === key);
  if (focus) part.querySelector("summary").focus();
}

boxesOf().parentElement.addEventListener("click", (event) => {
  const box = event.target.closest("a.box");
  if (!box) return;
  event.preventDefault();
  if (!work.form) choose(box.dataset.box, { focus: true });
});
document.addEventListener(
  "toggle",
  (event) => {
    if (event.target.matches?.(".one-box") && event.target.open) choose(event.target.dataset.box);
  },
  true,
);
document.addEventListener("click", (event) => {
  const form = event.target.closest?.("form[data-place]");
  if (!form) return;
  if (event.target.closest("[data-change]")) begin(form);
  if (event.target.closest("[data-leave]")) leave();
});
document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-place]");
  if (form && form === work.form && event.target.type === "number") show();
});

function prepare() {
  for (const form of document.querySelectorAll("form[data-place]")) {
    form.querySelector("[data-change]").hidden = false;
    if (form !== work.form) for (const node of form.querySelectorAll(PARTS)) node.hidden = true;
  }
  const open = document.querySelector(".one-box[open]");
  if (open) choose(open.dataset.box);
}
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id !== "panel" && !event.target.closest?.("#panel, #boxes")) return;
  if (work.form && !work.form.isConnected) {
    Object.assign(work, { form: null, draft: null, grip: null });
    drawing.isOn = false;
    told.hidden = true;
    viewer.classList.remove("drawing");
  }
  prepare();
  // What had the focus may be gone: what was done is read out, and the keyboard goes on from there.
  if (document.activeElement === document.body) document.getElementById("said-text")?.focus();
});
prepare();
