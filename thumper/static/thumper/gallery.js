/* The gallery by keyboard, and the number of marked photographs. Without it links, marks and forms work as they are. */
"use strict";

const gallery = document.getElementById("gallery");
const bulk = document.getElementById("bulk");
const marks = () => [...(gallery?.querySelectorAll("input[name=mark]:checked") ?? [])];

function countMarks() {
  if (!bulk) return;
  const count = marks().length;
  document.getElementById("count").textContent = document.getElementById("count").dataset[count === 1 ? "one" : "many"].replace("{count}", count);
  const hadFocus = bulk.contains(document.activeElement);
  bulk.hidden = count === 0;
  // What was done is said above, with its undo: there the keyboard goes on.
  if (bulk.hidden && hadFocus) (document.querySelector("#said button") ?? gallery.querySelector("a"))?.focus();
}

/* The photograph beside, above or below one: that of the next row whose middle is nearest. */
function beside(card, key) {
  const cards = [...gallery.querySelectorAll(".photo")];
  const place = cards.indexOf(card);
  if (key === "ArrowRight") return cards[place + 1];
  if (key === "ArrowLeft") return cards[place - 1];
  const step = key === "ArrowDown" ? 1 : -1;
  const { left, top } = card.getBoundingClientRect();
  let row = null;
  let nearest = null;
  for (let at = place + step; cards[at]; at += step) {
    const box = cards[at].getBoundingClientRect();
    if (Math.abs(box.top - top) < 2) continue;
    if (row !== null && Math.abs(box.top - row) > 2) break;
    row = box.top;
    if (!nearest || Math.abs(box.left - left) < nearest.away) nearest = { card: cards[at], away: Math.abs(box.left - left) };
  }
  return nearest?.card;
}

gallery?.addEventListener("keydown", (event) => {
  const card = event.target.closest(".photo");
  if (!card || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key.startsWith("Arrow")) {
    const other = beside(card, event.key);
    if (!other) return;
    event.preventDefault();
    other.querySelector("a").focus();
    other.scrollIntoView({ block: "nearest" });
  } else if (event.key === "x") {
    const mark = card.querySelector("input[name=mark]");
    if (!mark) return;
    mark.checked = !mark.checked;
    countMarks();
  }
});

gallery?.addEventListener("change", countMarks);
document.getElementById("unmark")?.addEventListener("click", () => {
  for (const mark of marks()) mark.checked = false;
  countMarks();
});
document.getElementById("mark-all")?.addEventListener("click", () => {
  for (const mark of gallery.querySelectorAll("input[name=mark]")) mark.checked = true;
  countMarks();
});
document.addEventListener("htmx:afterSettle", countMarks);
if (bulk) {
  document.getElementById("unmark").hidden = document.getElementById("mark-all").hidden = false;
  countMarks();
}
