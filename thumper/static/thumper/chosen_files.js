/* Files that a person chose or dropped: each with its path below what was chosen, those left out counted by ending. */
"use strict";

const NOBODYS = /^(\..*|~\$.*|thumbs\.db|ehthumbs\.db|desktop\.ini|picasa\.ini)$/i;

const endingOf = (name) => (/\.[^.]+$/.exec(name) ?? [""])[0].toLowerCase();

/* All files below an entry of a drop, with their paths; a folder gives its entries a hundred at a time. */
async function filesOf(entry, found) {
  if (NOBODYS.test(entry.name)) return;
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    found.push({ file, path: entry.fullPath.replace(/^\//, "") });
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return;
    for (const one of some) await filesOf(one, found);
  }
}

/* What was dropped; the entries must be taken before anything is waited for. */
async function droppedFiles(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const found = [];
  for (const entry of entries) await filesOf(entry, found);
  return found;
}

const pickedFiles = (input) =>
  [...input.files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));

/* Those that an import reads, and counts of the others by ending. */
function sortFiles(found, photographs, about) {
  const taken = [];
  const leftOut = new Map();
  let pictures = 0;
  for (const one of found) {
    if (one.path.split("/").some((part) => NOBODYS.test(part))) continue;
    const ending = endingOf(one.path);
    if (photographs.has(ending)) pictures += 1;
    else if (!about.has(ending)) {
      leftOut.set(ending || "-", (leftOut.get(ending || "-") ?? 0) + 1);
      continue;
    }
    taken.push(one);
  }
  return { taken, leftOut, pictures };
}
