// A section's tab: its secrets, its env entries, and what was deleted there.

import { itemsOf, lockOf, mayChange, sectionOf, state } from "./app.js";
import { button, code, h, list, place, plural, when } from "./dom.js";
import { createSecret, deleteItem, deleteSection, editEntry, updateSecret } from "./forms.js";
import { badge, signs } from "./matrix.js";
import { look } from "./secret.js";

const EMPTY = {
  team: "What is set here holds for every project on every cluster, unless one of them sets the same name.",
  cluster: "What is set here holds for every project on this cluster, and wins over the team's.",
  project: "What is set here holds for this project alone, and wins over the cluster's and the team's.",
};

const listed = (label, items, columns, row) => list(label, [...columns, "actions"], items.map(row));

const actions = (item, update) => h("td", { class: "actions" }, item.disputed && mayChange() ? button("Settle", () => look(item), { "aria-label": `Settle ${item.name}`, id: `open-${item.name}` }) :
  button("Open", () => look(item), { "aria-label": `Open ${item.name}`, id: `open-${item.name}` }),
  mayChange() && !item.disputed && [button("Update", update, { "aria-label": `Update ${item.name}`, id: `update-${item.name}` }),
  button("Delete", () => deleteItem(item), { "aria-label": `Delete ${item.name}`, id: `delete-${item.name}` })]);

/** When and by whom; of a disputed name: last, and by all. */
const written = (item) => {
  const all = item.candidates ?? [item];
  return [h("td", {}, when(all.map(({ updated }) => updated).sort().at(-1))), h("td", {}, all.map(({ by }, at) => [at > 0 && ", ", h("bdi", {}, by)]))];
};

const name = (item) => h("th", { scope: "row" }, code(item.name), signs(item).map(badge));

export function section(id) {
  const known = sectionOf(id);
  if (!known) {
    return [h("h1", { tabindex: "-1" }, `No ${place(id)}`), h("p", {}, "It is not in this vault, or not any more.")];
  }
  const kind = id.split(":")[0];
  const lock = lockOf(id);
  const members = known.closed && h("p", { class: "quiet", id: "closed" }, "Closed to all but ", h("bdi", {}, known.members.join(", ")), ".");
  if (lock) {
    return [h("h1", { tabindex: "-1" }, `${kind} `, h("bdi", {}, id.split(":")[1])), members,
      h("div", { class: "warning", id: "locked" }, h("p", {}, h("bdi", {}, lock.message)), lock.hint && h("p", { class: "help" }, h("bdi", {}, lock.hint)))];
  }
  const items = itemsOf(id);
  const secrets = items.filter((item) => item.kind === "secret");
  const entries = items.filter((item) => item.kind === "entry");
  const gone = state.vault.deleted.filter((item) => item.in === id);
  const drop = (event) => {
    event.preventDefault();
    event.currentTarget.classList.remove("over");
    const [file] = event.dataTransfer.files;
    if (file) createSecret(id, null, file);
  };
  return [
    h("h1", { tabindex: "-1" }, kind === "team" ? `Team ${state.vault.team}` : [`${kind} `, h("bdi", {}, id.split(":")[1])]),
    h("p", { class: "quiet" }, EMPTY[kind]),
    members,
    h("section", { "aria-labelledby": "secrets", class: "droppable", ondragover: (event) => { event.preventDefault(); event.currentTarget.classList.add("over"); },
      ondragleave: (event) => event.currentTarget.classList.remove("over"), ondrop: drop },
    h("div", { class: "bar" }, h("h2", { id: "secrets" }, "Secrets"), h("span", { class: "quiet" }, plural(secrets.length, "name")), mayChange() && button("New secret", () => createSecret(id), { class: "main", id: "new-secret" })),
    secrets.length === 0 ? h("div", { class: "empty" }, h("p", {}, mayChange() ? "No secret yet. Make one, or drop a key file here." : "No secret yet.")) :
      listed("secrets", secrets, ["name", "updated", "by", "created", "note"], (item) => h("tr", {}, name(item), written(item), h("td", {}, when(item.created)),
        h("td", { class: "note" }, h("bdi", {}, item.note ?? "")), actions(item, () => updateSecret(item)))),
    secrets.length > 0 && mayChange() && h("p", { class: "help" }, "A key file dropped here becomes a new secret.")),
    h("section", { "aria-labelledby": "entries" },
      h("div", { class: "bar" }, h("h2", { id: "entries" }, "Env entries"), h("span", { class: "quiet" }, plural(entries.length, "name")), mayChange() && button("New entry", () => editEntry(id), { id: "new-entry" })),
      entries.length === 0 ? h("div", { class: "empty" }, h("p", {}, "No env entry yet. One gives a program a plain value, or a secret under another name, or as a file.")) :
        listed("env entries", entries, ["name", "gives", "updated", "by"], (item) => h("tr", {}, name(item), h("td", {}, item.refers ? code(item.refers) : !item.disputed && h("span", { class: "quiet" }, "a value")), written(item),
          actions(item, () => editEntry(id, item))))),
    gone.length > 0 && h("section", { "aria-labelledby": "gone" }, h("div", { class: "bar" }, h("h2", { id: "gone" }, "Deleted")),
      h("ul", { class: "gone" }, gone.map((item) => h("li", {}, code(item.name), button("History", () => look(item), { "aria-label": `History of ${item.name}` }))))),
    kind !== "team" && mayChange() && h("p", {}, button(`Delete this ${kind} …`, () => deleteSection(id), { class: "danger plain", id: "delete-section" })),
  ].filter(Boolean);
}
