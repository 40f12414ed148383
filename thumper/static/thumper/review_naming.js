/* The dialog of the review page in which a deer is named: one that is known, or a new one. Its button says which of the
   two it does; a name that is nearly another deer's asks before it makes a second profile. */
"use strict";

const naming = { asked: "" }; // the near name for which the question was put

const typedName = () => byId("name").value.trim().replace(/\s+/g, " ");

/* What the store knows of the name: the deer of that name, or those that may be meant. */
async function lookUp(name) {
  return ask(`${page.dataset.names}?${new URLSearchParams({ name })}`);
}

function openNaming() {
  const dialog = byId("naming");
  naming.asked = "";
  byId("name").value = "";
  byId("known").replaceChildren();
  showKnown({ name: "", same: null, near: [] });
  dialog.returnValue = "cancel";
  dialog.showModal();
}

function showKnown({ name, same, near }) {
  const button = byId("naming-do");
  button.disabled = !name;
  byId("naming-hint").textContent = "A deer that you know, or a new one.";
  button.textContent = "Type a name";
  if (same) {
    button.textContent = `It is ${same.name}`;
    byId("naming-hint").textContent =
      same.name === same.found ? "A deer that you know." : `${same.found} is another name of ${same.name}.`;
  } else if (name) {
    button.textContent = `Make a new deer called ${name}`;
    byId("naming-hint").textContent = near.length
      ? `${name} is nearly the name of a deer that you know. Which one do you mean?`
      : "No deer has this name or one like it.";
  }
  byId("naming-near").replaceChildren(
    ...near.map((one) => {
      const choice = element("button", `It is ${one.name}${one.found === one.name ? "" : ` (${one.found})`}`);
      choice.type = "button";
      choice.addEventListener("click", () => nameIt({ deer: one.deer, known: one.name }));
      return choice;
    }),
  );
}

function nameIt({ deer, known, name, isAsked }) {
  byId("naming").close();
  const target = { sighting: state.item.sighting };
  return decide(() =>
    deer
      ? ["assign", { ...target, deer }, `It is ${known}`]
      : ["new-deer", { ...target, name, confirm_new: isAsked }, `A new deer: ${name}`],
  );
}

byId("name").addEventListener("input", async () => {
  const name = typedName();
  if (!name) return showKnown({ name, same: null, near: [] });
  const [matches, known] = await Promise.all([searchDeer(name), lookUp(name)]).catch(() => [[], null]);
  if (name !== typedName()) return; // typed on meanwhile: a later answer counts
  byId("known").replaceChildren(
    ...matches.map((deer) => Object.assign(document.createElement("option"), { value: deer.name })),
  );
  if (known) showKnown(known);
});

byId("naming").addEventListener("submit", async (event) => {
  if (event.submitter && event.submitter.value === "cancel") return;
  event.preventDefault(); // it closes when it is known which deer is meant
  const name = typedName();
  if (!name) return;
  try {
    const { same, near } = await lookUp(name); // Enter may be pressed before the last look came back
    if (!same && near.length && naming.asked !== name) {
      naming.asked = name;
      showKnown({ name, same, near });
      byId("naming-near").querySelector("button").focus();
      return;
    }
    nameIt({ deer: same && same.deer, known: same && same.name, name, isAsked: near.length > 0 });
  } catch (error) {
    byId("naming-hint").textContent = error.message;
  }
});
