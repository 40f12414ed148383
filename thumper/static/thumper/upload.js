/* Upload of chosen files: a forecast first, then three at a time, each going on where it was (tus). */
"use strict";

const AT_ONCE = 3;
const RETRIES = [0, 1000, 3000, 5000, 10000, 20000];
const box = document.getElementById("upload");
const part = (id) => document.getElementById(id);
const token = box.querySelector("[name=csrfmiddlewaretoken]").value;
const endings = (name) => new Set(box.dataset[name].split(" "));

/* A text of the page with its places filled. */
const text = (name, values = {}) =>
  Object.entries(values).reduce((all, [key, value]) => all.replaceAll(`{${key}}`, value), box.dataset[`text${name}`]);

function sized(bytes) {
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  let unit = 0;
  // As the server counts, which says how much is there.
  while (bytes >= 1024 && unit < units.length - 1) [bytes, unit] = [bytes / 1024, unit + 1];
  return `${bytes.toFixed(unit ? 1 : 0)} ${units[unit]}`;
}

function lasting(seconds) {
  if (seconds < 90) return text("Seconds", { n: Math.max(1, Math.round(seconds)) });
  if (seconds < 5400) return text("Minutes", { n: Math.round(seconds / 60) });
  return text("Hours", { n: (seconds / 3600).toFixed(1) });
}

let plan = null; // what was chosen and is not here yet
let running = null; // what is being sent

const say = (words) => (part("upload-news").textContent = words);

function show(which) {
  part("drop").hidden = which !== "drop";
  part("forecast").hidden = which !== "forecast";
  part("sending").hidden = which !== "sending";
}

/* What the server has of this import, and the room on its disk. */
async function listing() {
  const answer = await fetch(box.dataset.url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}

async function forecast(found) {
  part("failures").hidden = part("again").hidden = true;
  const { taken, leftOut, pictures } = sortFiles(found, endings("photographs"), endings("about"));
  const list = [...leftOut].map(([ending, count]) => `${ending} ${count}`).join(", ");
  part("left-out").hidden = !list;
  part("left-out").textContent = text("LeftOut", { list });
  if (!taken.length) return say(text("Nothing"));
  const here = await listing();
  const known = new Map(here.files.map((file) => [file.path, file]));
  const missing = [];
  for (const one of taken) {
    const file = known.get(one.path);
    const isSame = file && file.size === one.file.size && (file.modified === null || file.modified === one.file.lastModified);
    if (!(isSame && file.whole)) missing.push({ ...one, url: isSame ? file.url : null });
  }
  if (!missing.length) return await finish(text("AllHere"));
  const size = missing.reduce((sum, one) => sum + one.file.size, 0);
  const words = [text("Chosen", { photographs: pictures, others: taken.length - pictures, size: sized(size), free: sized(here.free) })];
  if (missing.length < taken.length) words.push(text("Here", { count: taken.length - missing.length }));
  const lacks = size - here.free;
  if (lacks > 0) words.push(text("Full", { missing: sized(lacks) }));
  part("chosen").textContent = words.join(" ");
  part("send").disabled = lacks > 0;
  plan = missing;
  show("forecast");
  say("");
  part(lacks > 0 ? "forget" : "send").focus();
}

/* The client of the protocol, which is loaded when somebody sends: it weighs more than all of the page. */
function client() {
  if (window.tus) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = box.dataset.tus;
    script.addEventListener("load", resolve);
    script.addEventListener("error", () => reject(new Error(text("Refused"))));
    document.head.append(script);
  });
}

async function send(files) {
  await client();
  running = { waiting: [...files], files, sent: new Map(), failed: [], at: Date.now(), uploads: new Set(), done: 0, stopped: false };
  show("sending");
  say("");
  part("stop").focus();
  for (let lane = 0; lane < AT_ONCE; lane += 1) next(running);
  running.clock = setInterval(() => tell(running), 1000);
  tell(running);
}

function tell(work) {
  const total = work.files.reduce((sum, one) => sum + one.file.size, 0);
  const bytes = [...work.sent.values()].reduce((sum, one) => sum + one, 0);
  const rate = bytes / Math.max((Date.now() - work.at) / 1000, 1);
  part("bar").max = total || 1;
  part("bar").value = bytes;
  part("far").textContent = text("Sending", {
    done: work.done, all: work.files.length, bytes: sized(bytes), total: sized(total), time: rate ? lasting((total - bytes) / rate) : "...",
  });
}

function next(work) {
  const one = work.stopped ? undefined : work.waiting.shift();
  if (!one) {
    if (!work.uploads.size) end(work);
    return;
  }
  const upload = new tus.Upload(one.file, {
    endpoint: box.dataset.url,
    uploadUrl: one.url,
    chunkSize: Number(box.dataset.chunk),
    retryDelays: RETRIES,
    storeFingerprintForResuming: false,
    uploadDataDuringCreation: true, // one request for a photograph that fits into one piece
    headers: { "X-CSRFToken": token },
    metadata: { relativePath: one.path, lastModified: String(one.file.lastModified) },
    onShouldRetry: (error) => {
      const status = error.originalResponse?.getStatus() ?? 0;
      return !work.stopped && (status === 0 || status === 423 || status === 409 && upload.url !== null || status >= 500 && status !== 507);
    },
    onProgress: (bytes) => work.sent.set(one, bytes),
    onSuccess: () => {
      work.done += 1;
      work.sent.set(one, one.file.size);
      over();
    },
    onError: (error) => {
      const words = error.originalResponse?.getBody() || text("Refused");
      work.failed.push({ one: { ...one, url: upload.url }, words: `${one.path}: ${words}` });
      over();
    },
  });
  const over = () => {
    work.uploads.delete(upload);
    next(work);
  };
  work.uploads.add(upload);
  upload.start();
}

function end(work) {
  if (running !== work) return;
  running = null;
  clearInterval(work.clock);
  if (work.stopped) return failing(finish(text("Stopped")));
  part("failures").replaceChildren(...work.failed.slice(0, 20).map(({ words }) => {
    const line = document.createElement("li");
    line.textContent = words;
    return line;
  }));
  part("failures").hidden = part("again").hidden = !work.failed.length;
  plan = work.failed.map(({ one }) => one);
  const { failed } = work;
  failing(finish(failed.length ? text("Some", { failed: failed.length }) : text("Done")));
}

/* The rest of the page is about the files that are here now. One request for all of it: of several htmx does the first
   and the last alone. */
async function finish(words) {
  show("drop");
  say(words);
  await htmx.ajax("GET", box.dataset.page, {
    ...{ target: "#rest", select: "#rest", swap: "outerHTML" },
    selectOOB: "#here,#kept-files",
  });
}

const failing = (work) => work.catch((error) => say(error.message || text("Refused")));

for (const id of ["folder", "files"]) {
  part(id).addEventListener("change", (event) => {
    const found = pickedFiles(event.target);
    event.target.value = ""; // the same folder may be chosen again
    failing(forecast(found));
  });
}
for (const id of ["send", "again"]) part(id).addEventListener("click", () => failing(send(plan)));
part("forget").addEventListener("click", () => {
  plan = null;
  show("drop");
  part("folder").focus();
});
part("stop").addEventListener("click", () => {
  const work = running;
  if (!work) return;
  work.stopped = true;
  for (const upload of work.uploads) upload.abort();
  work.uploads.clear();
  end(work);
});
for (const name of ["dragenter", "dragover"]) {
  part("drop").addEventListener(name, (event) => {
    event.preventDefault();
    part("drop").classList.add("over");
  });
}
for (const name of ["dragleave", "drop"]) part("drop").addEventListener(name, () => part("drop").classList.remove("over"));
part("drop").addEventListener("drop", (event) => {
  event.preventDefault();
  failing(droppedFiles(event.dataTransfer).then(forecast));
});
addEventListener("beforeunload", (event) => {
  if (running) event.preventDefault();
});
