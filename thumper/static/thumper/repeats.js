/* Answers by keyboard to places that are boxed again and again. Without it the buttons work as they are. */
"use strict";

const BUTTONS = { r: ".repeat button[value=remove]", k: ".repeat button[value=keep]", u: "#take-back" };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.target.closest("input, select, textarea")) return;
  const selector = BUTTONS[event.key];
  if (!selector) return;
  // Of the place that the keyboard is at, else of the first one.
  const here = event.target.closest(".repeat") ?? document;
  const button = here.querySelector(selector) ?? document.querySelector(selector);
  if (!button) return;
  event.preventDefault();
  button.click();
});

document.addEventListener("htmx:afterSettle", () => document.getElementById("said-text")?.focus());
