// The matrix: which name is set where, and what wins in the context that is picked.

import { clusters, findingsOf, lockOf, mayChange, pick, projects, sectionOf, state } from "./app.js";
import { button, code, h, hidden, place, plural, select } from "./dom.js";
import { createSecret } from "./forms.js";
import { look } from "./secret.js";

const DAY = 86400000;
/** From how many days on a value is called old. */
const OLD = 90;

/** Who wrote what a disputed name is said to be. */
const writers = ({ candidates }) => candidates.map(({ by }) => `by ${by}`).join(" and ");

/** What is to be known of one cell besides its being set: a word, how bad it is, and all of it in words. */
export function signs(item) {
  const found = [];
  if (item.disputed) found.push(["disputed", "bad", `disputed: written ${writers(item)}`]);
  const reasons = item.kind === "secret" ? findingsOf(item).map(({ why }) => why) : [];
  const urgent = reasons.filter((why) => !why.startsWith("the same value"));
  if (urgent.length) found.push(["rotate", "bad", `to be rotated: ${urgent.join(", ")}`]);
  const same = reasons.filter((why) => why.startsWith("the same value"));
  if (same.length) found.push(["twice", "warn", same.join(", ")]);
  const left = item.expires ? Date.parse(item.expires) - Date.now() : null;
  if (left !== null && left > 0 && left < 14 * DAY) found.push(["expires", "warn", "expires soon"]);
  const age = Math.floor((Date.now() - Date.parse(item.updated)) / DAY);
  if (item.kind === "secret" && age >= OLD) found.push(["old", "warn", `not changed for ${plural(age, "day")}`]);
  return found;
}

export const badge = ([word, kind, words]) => h("span", { class: `badge ${kind}`, title: words }, h("span", { "aria-hidden": "true" }, word), hidden(`, ${words}`));

/** The badge of a closed section: of one that this laptop opens, and of one that it does not. */
export const closed = (id) => sectionOf(id)?.closed && badge(lockOf(id) ? ["closed", "warn", "closed to you"] : ["closed", "", "closed"]);

/** The cell of a name in a section. */
function cell(name, id, item, inContext) {
  if (lockOf(id)) return h("td", { class: `cell locked${inContext ? " in" : ""}`, role: "gridcell", tabindex: "-1", title: lockOf(id).message }, hidden("closed to you"));
  const wins = inContext && state.context.get(name)?.in === id;
  const how = !item ? "none" : wins ? "wins" : inContext ? "shadowed" : "set";
  const words = { none: "not set", wins: item?.disputed ? "nothing wins" : "wins", shadowed: "shadowed", set: "set" }[how];
  const kind = wins && item.disputed ? "disputed" : how;
  const act = () => (item ? look(item) : createSecret(id, name));
  const title = item ? `${name} in ${place(id)}: ${words}` : `${name} is not set in ${place(id)}${mayChange() ? "; Enter creates it" : ""}`;
  const cell = h("td", { class: `cell ${kind}${inContext ? " in" : ""}`, role: "gridcell", tabindex: "-1", id: `cell-${id}-${name}`, title },
    h("span", { class: "dot", "aria-hidden": "true" }, item?.disputed ? "≠" : item?.refers ? "→" : ""), hidden(words),
    item?.refers && hidden(`, refers to ${item.refers}`), item && signs(item).map(badge));
  acts.set(cell, act);
  return cell;
}

/** What a cell does when it is pressed: one listener hears them all. */
const acts = new WeakMap();
const press = (event) => acts.get(event.target.closest("td"))?.();

function key(event) {
  if (event.key !== "Enter" && event.key !== " ") return roam(event);
  event.preventDefault();
  press(event);
}

/** Arrow keys go from cell to cell; one cell of the table is in the order of Tab. */
function roam(event) {
  const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Home: [0, -1e6], End: [0, 1e6] }[event.key];
  const at = event.target.closest("td");
  if (!step || !at) return;
  event.preventDefault();
  const rows = [...event.currentTarget.rows].filter((row) => !row.hidden);
  const row = rows[Math.min(Math.max(rows.indexOf(at.parentElement) + step[0], 0), rows.length - 1)];
  const cells = [...row.querySelectorAll("td")];
  const to = cells[Math.min(Math.max([...at.parentElement.querySelectorAll("td")].indexOf(at) + step[1], 0), cells.length - 1)];
  at.tabIndex = -1;
  to.tabIndex = 0;
  to.focus();
  to.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function verdict(name, explained) {
  if (!explained) return h("td", { class: "verdict", role: "gridcell" }, h("span", { class: "missing" }, "missing here"));
  if (explained.error) {
    const what = explained.disputed ? "disputed" : explained.error.code === "disputed" ? "refers to a dispute" : "refers to nothing";
    return h("td", { class: "verdict", role: "gridcell", title: explained.error.message }, h("span", { class: "bad" }, what), hidden(`: ${explained.error.message}`));
  }
  return h("td", { class: "verdict", role: "gridcell" }, h("span", { class: "quiet" }, "from "), h("bdi", {}, place(explained.in)));
}

export function matrix() {
  const columns = ["team", ...clusters(), ...projects()];
  const names = [...new Set(state.vault.items.map(({ name }) => name))].sort((a, b) => (a < b ? -1 : 1));
  const cells = new Map(state.vault.items.map((item) => [`${item.in} ${item.name}`, item]));
  const inContext = (id) => id === "team" || id === state.cluster || id === state.project;
  const first = () => createSecret([state.project, state.cluster].find((id) => id && !lockOf(id)) ?? "team");
  const title = h("div", { class: "bar" }, h("h1", { tabindex: "-1" }, "All names"), names.length > 0 && mayChange() && button("New secret", first, { class: "main" }));
  if (names.length === 0) {
    return [title, h("div", { class: "empty" }, h("p", {}, `Team ${state.vault.team} has no secret yet. What holds for everything goes to the team; a cluster's own value wins over it, and a project's over both.`),
      mayChange() && button("New team secret", () => createSecret("team"), { class: "main" }))];
  }
  const chosen = (kind, id) => (kind === "cluster" ? pick(id, state.project) : pick(state.cluster, id));
  const heading = (id) => {
    const [kind, own] = id.split(":");
    if (!own) return h("th", { scope: "col", role: "columnheader", class: "in" }, "team");
    const is = inContext(id);
    return h("th", { scope: "col", role: "columnheader", class: is ? "in" : "" }, button([hidden(`${kind} `), h("bdi", {}, own), closed(id)],
      () => chosen(kind, is ? null : id), { class: "plain", "aria-pressed": String(is), id: `pick-${id}`, title: is ? `${place(id)} is picked` : `Pick ${place(id)}` }));
  };
  const rows = names.map((name) => {
    const explained = state.context.get(name);
    return h("tr", { role: "row", "data-name": name.toLowerCase(), class: explained ? "" : "out" }, h("th", { scope: "row", role: "rowheader" }, code(name)),
      columns.map((id) => cell(name, id, cells.get(`${id} ${name}`), inContext(id))), verdict(name, explained));
  });
  const count = h("span", { id: "count", role: "status", class: "quiet" });
  const narrow = (words) => {
    state.filter = words;
    const parts = words.toLowerCase().split(/\s+/).filter(Boolean);
    let left = 0;
    for (const row of rows) {
      row.hidden = !parts.every((part) => row.dataset.name.includes(part));
      left += !row.hidden;
    }
    const reached = table.querySelector("td[tabindex='0']");
    if (reached) reached.tabIndex = -1;
    const first = rows.find((row) => !row.hidden)?.querySelector("td");
    if (first) first.tabIndex = 0;
    count.textContent = parts.length ? `${left} of ${plural(names.length, "name")}` : plural(names.length, "name");
  };
  const options = (kind, ids) => [["", `no ${kind}`], ...ids.map((id) => [id, id.split(":")[1]])];
  const group = (text, ids, kind) => ids.length > 0 && h("th", { colspan: ids.length, scope: "colgroup", role: "columnheader", class: `group ${kind}` }, text);
  const table = h("table", { role: "grid", class: "matrix", "aria-label": "Where each name is set", "aria-rowcount": names.length },
    h("thead", {}, h("tr", { role: "row" }, h("td", { role: "gridcell", colspan: 2 }, hidden("name, and the team")), group("clusters", clusters(), "cluster"), group("projects", projects(), "project"), h("td", { role: "gridcell", class: "verdict" }, hidden("verdict"))),
      h("tr", { role: "row" }, h("th", { scope: "col", role: "columnheader" }, "name"), columns.map(heading), h("th", { scope: "col", role: "columnheader", class: "verdict" }, "in this context"))),
    h("tbody", { onclick: press, onkeydown: key }, rows));
  // What wins is not known there.
  const locks = columns.filter((id) => inContext(id) && lockOf(id));
  const out = [title,
    locks.length > 0 && h("div", { class: "warning", id: "locked" }, locks.map((id) => h("p", {}, h("bdi", {}, lockOf(id).message)))),
    h("div", { class: "tools" },
      h("span", { class: "labelled" }, h("label", { for: "cluster" }, "on cluster"), select("cluster", options("cluster", clusters()), state.cluster ?? "", (event) => chosen("cluster", event.target.value || null))),
      h("span", { class: "labelled" }, h("label", { for: "project" }, "in project"), select("project", options("project", projects()), state.project ?? "", (event) => chosen("project", event.target.value || null))),
      h("span", { class: "labelled" }, h("label", { for: "filter" }, "filter"), h("input", { id: "filter", type: "search", value: state.filter, autocomplete: "off", spellcheck: "false", placeholder: "type, or press /", oninput: (event) => narrow(event.target.value) })), count),
    h("ul", { class: "legend", "aria-label": "Signs" }, [["wins", "wins"], ["shadowed", "shadowed"], ["set", "set elsewhere"]].map(([kind, text]) => h("li", { class: `cell ${kind}` }, h("span", { class: "dot", "aria-hidden": "true" }), text)),
      h("li", {}, h("span", { class: "dot", "aria-hidden": "true" }, "→"), "reference"),
      state.vault.items.some(({ disputed }) => disputed) && h("li", { class: "cell disputed" }, h("span", { class: "dot", "aria-hidden": "true" }, "≠"), "disputed: nothing wins until it is settled")),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Matrix" }, table)];
  narrow(state.filter);
  return out.filter(Boolean);
}
