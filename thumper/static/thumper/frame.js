/* The frame of every page: light or dark, menus that close by Escape or a click elsewhere, and a refused
   form that is shown at its first wrong field. */
"use strict";

const themeButton = document.getElementById("theme");

const isDark = () =>
  (document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";

function nameTheme() {
  themeButton.textContent = themeButton.dataset[isDark() ? "light" : "dark"];
  themeButton.hidden = false;
}

themeButton.addEventListener("click", () => {
  const chosen = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = chosen;
  try {
    localStorage.setItem("theme", chosen);
  } catch {
    // Kept for this page alone where the browser keeps nothing.
  }
  nameTheme();
});
nameTheme();

// Where a form was refused, the eye and the keyboard go to the first field that is wrong.
const wrong = document.querySelector("main [aria-invalid='true']");
wrong?.focus({ preventScroll: true });
wrong?.scrollIntoView({ block: "center" });

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.activeElement?.closest("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
