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
  byId("naming-hint").textContent = say("knownOrNew");
  button.textContent = say("typeName");
  if (same) {
    button.textContent = say("itIs", { name: same.name });
    byId("naming-hint").textContent =
      same.name === same.found ? say("known") : say("otherName", { name: same.found, deer: same.name });
  } else if (name) {
    button.textContent = say("makeNew", { name });
    byId("naming-hint").textContent = near.length
      ? say("nearlyWhich", { name })
      : say("newName");
  }
  byId("naming-near").replaceChildren(
    ...near.map((one) => {
      const choice = element("button", `${say("itIs", { name: one.name })}${one.found === one.name ? "" : ` (${one.found})`}`);
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
      ? ["assign", { ...target, deer }, say("itIs", { name: known })]
      : ["new-deer", { ...target, name, confirm_new: isAsked }, say("newDeer", { name })],
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
