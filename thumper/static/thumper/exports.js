/* The exports page: lists the caller's exports and asks again after the time that the server names (Retry-After). */
"use strict";

const page = document.body;
const byId = (id) => document.getElementById(id);
const form = byId("form");
const ENDED = ["completed", "failed"];
const SLOWEST = 30; // seconds between two looks while nothing runs: another window may have started one

const state = { timer: 0, known: new Map() };

async function ask(url, method = "GET", body, key) {
  const options = { method, headers: { Accept: "application/json" }, credentials: "same-origin" };
  if (method !== "GET") {
    options.headers["X-CSRFToken"] = document.querySelector("[name=csrfmiddlewaretoken]").value;
  }
  if (key) options.headers["Idempotency-Key"] = key;
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  const response = await fetch(url, options);
  const payload = response.status === 204 ? null : await response.json();
  if (!response.ok) {
    const error = new Error(payload.detail);
    error.all = payload.errors.length ? payload.errors.map((one) => one.message) : [payload.detail];
    throw error;
  }
  return { payload, wait: Number(response.headers.get("Retry-After")) || SLOWEST };
}

function showMessage(text) {
  byId("message").textContent = text;
  byId("message").hidden = !text;
}

function element(tag, text = "", name = "") {
  const node = document.createElement(tag);
  node.textContent = text; // titles are text, never markup
  node.className = name;
  return node;
}

/* An export whose status cannot be read, as a row that can be deleted. */
const unreadable = (one) => ({
  ...one,
  title: `Export ${one.job_id}`,
  status: "failed",
  file_size_bytes: null,
  expires_at: null,
});

const clock = (moment) => moment && new Date(moment).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

function size(bytes) {
  if (bytes === null) return "";
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function stateOf(one) {
  if (one.status === "failed") return element("span", one.error_message, "failed");
  if (one.status === "completed") {
    return element("span", one.missing_count ? `ready, ${one.missing_count} missing` : "ready");
  }
  const cell = element("span");
  const bar = document.createElement("progress");
  bar.max = 100;
  if (one.progress_percent) bar.value = one.progress_percent; // without a value it only shows that work goes on
  bar.setAttribute("aria-label", `${one.title}: ${one.phase}`);
  const place = one.queue_position ? `, ${one.queue_position} before it` : "";
  const done = one.estimated_completion ? `, about ${clock(one.estimated_completion)}` : "";
  cell.append(bar, element("span", ` ${one.phase}${place}${done}`, "quiet"));
  return cell;
}

function actionButton(label, description, action) {
  const button = element("button", label);
  button.type = "button";
  button.setAttribute("aria-label", description);
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await action();
      showMessage("");
    } catch (error) {
      showMessage(error.message);
    }
    look();
  });
  return button;
}

function actionsOf(one) {
  const cell = element("span");
  if (one.download_url) {
    const link = element("a", "Download");
    link.href = one.download_url;
    link.setAttribute("aria-label", `Download ${one.title}`);
    cell.append(link);
  }
  if (ENDED.includes(one.status) && one.links.rebuild) {
    cell.append(actionButton("Again", `Build ${one.title} again`, () => ask(one.links.rebuild, "POST", undefined, crypto.randomUUID())));
  }
  const verb = ENDED.includes(one.status) ? "Delete" : "Cancel";
  cell.append(actionButton(verb, `${verb} ${one.title}`, () => ask(one.links.delete, "DELETE")));
  return cell;
}

function row(one) {
  const node = element("tr");
  for (const [content, name] of [
    [element("span", one.title), ""],
    [stateOf(one), ""],
    [element("span", size(one.file_size_bytes)), "number"],
    [element("span", clock(one.expires_at)), ""],
    [actionsOf(one), ""],
  ]) {
    const cell = element("td", "", name);
    cell.append(content);
    node.append(cell);
  }
  return node;
}

/* A row is node anew only where its export has changed, so that what has the keyboard keeps it. */
function show(exports) {
  const body = byId("exports").tBodies[0];
  const rows = exports.map((one) => {
    const text = JSON.stringify(one);
    const known = state.known.get(one.job_id);
    if (known && known.text === text) return [one.job_id, known];
    if (known && known.status !== one.status) byId("news").textContent = `${one.title}: ${one.status}`;
    return [one.job_id, { text, status: one.status, row: row(one) }];
  });
  state.known = new Map(rows);
  const wanted = rows.map(([, known]) => known.row);
  [...body.children].filter((old) => !wanted.includes(old)).forEach((old) => old.remove());
  wanted.forEach((one, place) => {
    if (body.children[place] !== one) body.insertBefore(one, body.children[place] || null);
  });
  byId("exports").hidden = !exports.length;
  byId("none").hidden = exports.length > 0;
}

async function look() {
  clearTimeout(state.timer);
  let wait = SLOWEST;
  try {
    const response = await ask(page.dataset.list);
    show([...response.payload.results, ...response.payload.unreadable.map(unreadable)]);
    wait = response.wait;
  } catch (error) {
    showMessage(error.message);
  }
  clearTimeout(state.timer); // two looks at once leave one timer
  state.timer = setTimeout(look, wait * 1000);
}

const value = (name) => form.elements[name].value;
const kindOf = () => (["crops", "camtrap-dp"].includes(value("kind")) ? "archive" : "report");

function fit() {
  for (const part of form.querySelectorAll("[data-for]")) {
    part.hidden = ![kindOf(), value("kind")].includes(part.dataset.for);
  }
}

function wanted() {
  const days = { start_date: value("start_date"), end_date: value("end_date") };
  const mail = form.elements.notify ? { notify: form.elements.notify.checked } : {};
  if (kindOf() === "archive") return { format: value("kind"), filter: days, ...mail };
  const body = { report_type: value("kind"), group_by: value("group_by"), ...mail };
  for (const name of ["include_charts", "include_tables", "include_insights"]) {
    body[name] = form.elements[name].checked;
  }
  if (value("title")) body.title = value("title");
  if (value("kind") !== "comparison") return { ...body, ...days };
  const second = { start_date: value("second_start"), end_date: value("second_end") };
  const label = (period) => `${period.start_date} to ${period.end_date}`;
  body.comparison_periods = [days, second].map((period) => ({ label: label(period), ...period }));
  return body;
}

form.addEventListener("change", fit);
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true; // a second click would be the same export; the server folds it too
  let wrong = [];
  try {
    await ask(page.dataset[kindOf()], "POST", wanted(), crypto.randomUUID());
  } catch (error) {
    wrong = error.all || [error.message];
  }
  byId("wrong").replaceChildren(...wrong.map((text) => element("li", text)));
  button.disabled = false;
  look();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) look();
});
fit();
look();
