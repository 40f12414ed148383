/* Why two pictures score as they do: both beside each other, and lines between the places in which the coats agree.
   Used by the pages that show a sighting beside a deer; they have a section "why" for it. */
"use strict";

const SHOWN = 20; // matched points: more of them hide each other
const GAP = 12;
const SIDE = 400; // height of a picture beside the other, or its width above it, in units of the drawing

const why = { turn: 0 }; // which of the page's pairs is shown, from 1; 0: none

function drawn(tag, attributes) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

/* Where the two pictures are: side by side, or one above the other where the page is narrow. */
function placed(sizes) {
  const isNarrow = matchMedia("(max-width: 48rem)").matches;
  const boxes = [];
  let start = 0;
  for (const [width, height] of sizes) {
    const scale = SIDE / (isNarrow ? width : height);
    const box = { width: width * scale, height: height * scale, x: isNarrow ? 0 : start, y: isNarrow ? start : 0 };
    boxes.push(box);
    start += (isNarrow ? box.height : box.width) + GAP;
  }
  return boxes;
}

function drawing(found, name) {
  const boxes = placed([found.size, found.reference_size]);
  const [width, height] = ["width", "height"].map((side) => {
    const start = side === "width" ? "x" : "y";
    return Math.max(...boxes.map((box) => box[start] + box[side]));
  });
  const description = say("bothCoats", { name, says: found.says });
  const svg = drawn("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": description });
  svg.append(...boxes.map((box, number) => drawn("image", { ...box, href: number ? found.reference_crop : found.crop })));
  const at = ({ x, y, width: wide, height: high }, across, down) => [x + across * wide, y + down * high];
  // The strongest is drawn last, over the others.
  for (const [rank, point] of found.points.slice(0, SHOWN).entries()) {
    const [x1, y1] = at(boxes[0], point.x, point.y);
    const [x2, y2] = at(boxes[1], point.reference_x, point.reference_y);
    const match = drawn("g", { class: "match", "stroke-opacity": 1 - (0.7 * rank) / SHOWN });
    match.append(
      drawn("line", { x1, y1, x2, y2 }),
      drawn("circle", { cx: x1, cy: y1, r: 5 }),
      drawn("circle", { cx: x2, cy: y2, r: 5 }),
    );
    svg.insertBefore(match, svg.children[2] || null);
  }
  return svg;
}

function closeWhy() {
  why.turn = 0;
  byId("why").hidden = true;
  byId("why").replaceChildren();
}

/* Shows why `detection` scores as it does against the next of `deer`; after the last one it closes. `key` shows the next one. */
async function nextWhy(detection, deer, key) {
  const turn = why.turn + 1;
  if (turn > deer.length) return closeWhy();
  const { id, name } = deer[turn - 1];
  const found = await ask(`${document.body.dataset.detections}/${detection.id}/matches/${id}`);
  why.turn = turn;
  const shown = Math.min(found.points.length, SHOWN);
  const strongest = shown < found.points.length ? say("strongest", { count: shown }) : "";
  const then = turn < deer.length ? say("next", { key, name: deer[turn].name }) : say("close", { key });
  byId("why").replaceChildren(
    element("h2", say("why", { name })),
    element("p", `${found.says}${strongest} ${then}`, "quiet"),
    ...(found.size && found.reference_size ? [drawing(found, name)] : []),
  );
  byId("why").hidden = false;
  byId("why").scrollIntoView({ block: "nearest" });
}
