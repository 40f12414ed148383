/* Enter in a search field of cameras or deer adds what was typed; elsewhere it sends the form. */
"use strict";

document.addEventListener("keydown", (event) => {
  const add = event.key === "Enter" && event.target.closest(".adding")?.querySelector("button");
  if (!add) return;
  event.preventDefault();
  add.click();
});
