// Forms: what creates, updates and deletes. Each knows what it was opened on, and saves nothing over anything else.

import { ask, base64, textBytes } from "./api.js";
import { done, findItem, itemsOf, lockOf, mayChange, projects, clusters, refresh, state } from "./app.js";
import { button, code, dialog, field, h, place, plural, problem, select } from "./dom.js";

/** A form in a dialog: what it sends, and what is wrong with it. A change from outside is said at once. */
function form(title, parts, send, options = {}) {
  const wrong = h("div", {});
  const submit = h("button", { type: "submit", class: options.danger ? "danger" : "main" }, options.label ?? "Save");
  const save = async (event) => {
    event.preventDefault();
    submit.disabled = true;
    const answer = await send().catch((error) => {
      wrong.replaceChildren(problem(error));
      submit.disabled = false;
      if (error.report?.code === "outdated") refresh();
    });
    if (!answer) return;
    box.close();
    await done(answer, options.undo?.());
  };
  const box = dialog(title, h("form", { onsubmit: save, autocomplete: "off" }, ...parts, wrong,
    h("footer", {}, button("Cancel", () => box.close()), submit)));
  if (options.item) meanwhile(box, options.item, wrong);
  (box.querySelector("form input, form select, form textarea") ?? submit).focus();
  return box;
}

/** Says in a dialog, as soon as it is so, that what it was opened on is another now. */
export function meanwhile(box, item, wrong, ...more) {
  const changed = () => {
    const now = findItem(item.in, item.name);
    if (now?.mark === item.mark || wrong.firstChild) return;
    const what = !now ? "was deleted meanwhile" : now.disputed ? "is disputed by now" : `was changed meanwhile, by ${now.by}`;
    const hint = "close this and look at what it is now; nothing will be saved over it";
    wrong.replaceChildren(problem({ report: { message: `${item.name} in ${place(item.in)} ${what}`, hint } }), ...more);
  };
  document.addEventListener("vault", changed);
  box.addEventListener("close", () => document.removeEventListener("vault", changed));
}

const sectionChoice = (id) => select("section", ["team", ...clusters(), ...projects()].filter((id) => !lockOf(id)).map((id) => [id, place(id)]), id);
const nameInput = (name) => h("input", { id: "name", value: name ?? "", required: true, spellcheck: "false", autocapitalize: "off", pattern: "[A-Za-z][A-Za-z0-9_]*", maxlength: "128", title: "a letter, then letters, digits and _" });

const size = (bytes) => (bytes < 2048 ? plural(bytes, "byte") : `${(bytes / 1024).toFixed(1)} KiB`);

/** Where a value comes from: typed or pasted, generated, or a file. Nobody sees it. */
function valueField(dropped, onfile) {
  const text = h("textarea", { id: "value", class: "masked", rows: "3", spellcheck: "false", autocomplete: "off", autocapitalize: "off", "data-1p-ignore": true });
  const bare = h("input", { id: "bare", type: "checkbox", onchange: () => text.classList.toggle("masked", !bare.checked) });
  const length = h("input", { id: "length", type: "number", min: "1", max: "65536", value: "32" });
  const chars = select("chars", [["alnum", "letters and digits"], ["ascii", "all that print"], ["hex", "hexadecimal"], ["base64url", "base64url"]], "alnum");
  const input = h("input", { id: "file", type: "file", onchange: () => take(input.files[0]) });
  const told = h("p", { class: "help" }, "JSON, a certificate, any bytes: kept exactly. Or drop a file anywhere on this form.");
  let file = null;
  const panels = {
    type: h("div", {}, field("Value", text, "Hidden as you type. Kept exactly, line ends too."), h("p", { class: "check" }, bare, h("label", { for: "bare" }, "show what is typed"))),
    generate: h("div", { class: "row" }, field("Length", length), field("Characters", chars)),
    file: h("div", {}, field("File", input), told),
  };
  const radios = [["type", "Type or paste"], ["generate", "Generate"], ["file", "File"]].map(([key, label]) => h("label", { class: "choice" }, h("input", { type: "radio", name: "from", value: key, checked: key === "type", onchange: () => choose(key) }), label));
  let from = "type";
  function choose(key) {
    from = key;
    for (const [name, panel] of Object.entries(panels)) panel.hidden = name !== key;
    radios.forEach((label) => (label.firstChild.checked = label.firstChild.value === key));
  }
  function take(given) {
    if (!given) return;
    file = given;
    told.textContent = `${given.name}: ${size(given.size)}`;
    choose("file");
    onfile?.(given.name);
  }
  const box = h("fieldset", { ondragover: (event) => event.preventDefault(), ondrop: (event) => {
    event.preventDefault();
    take(event.dataTransfer.files[0]);
  } }, h("legend", {}, "Value"), h("div", { class: "choices" }, radios), Object.values(panels));
  choose("type");
  if (dropped) take(dropped);
  return {
    box,
    /** What is sent of it; nothing, where an update keeps the value. */
    async read(mayKeep) {
      if (from === "generate") return { generate: { length: Number(length.value), chars: chars.value } };
      if (from === "file") {
        if (!file) throw wrong("no file is chosen");
        if (file.size > 1 << 20) throw wrong(`${file.name} has ${size(file.size)}: longer than 1048576 bytes, the most that is kept`);
        return { value: base64(new Uint8Array(await file.arrayBuffer())) };
      }
      if (text.value === "" && mayKeep) return {};
      if (text.value === "") throw wrong("no value is given");
      return { value: base64(textBytes(text.value)) };
    },
  };
}

const wrong = (message) => Object.assign(new Error(message), { report: { message } });

const noteInput = (note) => h("input", { id: "note", value: note ?? "", maxlength: "500" });
const expiresInput = () => h("input", { id: "expires", placeholder: "90d, 2027-01-31, or never" });

/** A name for a file: service-account.json is SERVICE_ACCOUNT. */
const nameOf = (file) => file.replace(/\.[^.]*$/, "").replace(/[^A-Za-z0-9]+/g, "_").replace(/^[^A-Za-z]+|_+$/g, "").toUpperCase();

export function createSecret(id, name, file) {
  if (!mayChange()) return;
  const names = nameInput(name);
  const where = sectionChoice(id);
  const value = valueField(file, (given) => { names.value ||= nameOf(given); });
  const note = noteInput();
  const expires = expiresInput();
  form("New secret", [field("Name", names), field("Section", where), value.box, field("Note", note, "For people; it is shown."), field("Expires", expires)], async () =>
    ask("secret/set", { section: where.value, name: names.value, note: note.value || null, expires: expires.value || null, ...(await value.read(false)) }), { label: "Create" });
  if (name && !file) document.getElementById("value").focus();
}

/** A new value, without the old one being shown. */
export function updateSecret(item, file) {
  const value = valueField(file);
  const note = noteInput(item.note);
  const expires = expiresInput();
  form(["Update ", code(item.name), ` in ${place(item.in)}`], [value.box, h("p", { class: "help" }, "The value that stands is not shown, and becomes an earlier one. Left empty, it stays."), field("Note", note), field("Expires", expires)], async () =>
    ask("secret/set", { section: item.in, name: item.name, seen: item.mark, note: note.value === (item.note ?? "") ? null : note.value, expires: expires.value || null, ...(await value.read(true)) }), { item });
}

/** Another value than those that a dispute is about. */
export function settleOtherwise(item) {
  const value = valueField();
  const note = noteInput();
  const expires = expiresInput();
  const help = item.kind === "entry" ? "secret:NAME gives that secret, file:NAME a file that holds it." : "The values that are there are not shown, and become earlier ones.";
  form(["Settle ", code(item.name), ` in ${place(item.in)}`], [value.box, h("p", { class: "help" }, help), field("Note", note), field("Expires", expires)], async () =>
    ask("secret/settle", { section: item.in, name: item.name, seen: item.mark, note: note.value || null, expires: expires.value || null, ...(await value.read(false)) }), { item, label: "Settle" });
}

/** An entry: a plain value, a secret, or a secret as a file. */
export function editEntry(id, item) {
  const [kind, target] = item?.refers?.split(":") ?? ["text"];
  const names = nameInput(item?.name);
  names.readOnly = Boolean(item);
  const text = h("textarea", { id: "text", rows: "2", spellcheck: "false" });
  const known = [...new Set(state.vault.items.filter(({ kind }) => kind === "secret").map(({ name }) => name))].sort();
  const secret = h("input", { id: "target", list: "targets", value: target ?? "", spellcheck: "false" });
  const gives = select("gives", [["secret", "a secret"], ["file", "a secret, as a file for run"], ["text", "a plain value"]], item ? kind : "secret", () => turn());
  const panels = { text: field("Value", text, item && kind === "text" ? "The value that stands is not shown." : null), target: h("div", {}, field("Secret", secret, "The value that wins in each context."), h("datalist", { id: "targets" }, known.map((name) => h("option", { value: name })))) };
  const turn = () => { panels.text.hidden = gives.value !== "text"; panels.target.hidden = gives.value === "text"; };
  turn();
  form(item ? ["Update entry ", code(item.name)] : `New env entry in ${place(id)}`, [field("Variable", names), field("Gives", gives), panels.text, panels.target], async () =>
    ask("entry/set", { section: id, name: names.value, seen: item?.mark ?? null, gives: { [gives.value]: gives.value === "text" ? text.value : secret.value } }), { item, label: item ? "Save" : "Create" });
}

const undo = (item) => () => button("Undo", async () => {
  const { mark } = await ask("secret/look", { section: item.in, name: item.name });
  await done(await ask("secret/restore", { section: item.in, name: item.name, version: 1, seen: mark }));
}, { class: "plain" });

/** Deletes, after saying who depends on it. */
export async function deleteItem(item) {
  const entry = item.kind === "entry";
  const { users } = entry ? { users: [] } : await ask("secret/look", { section: item.in, name: item.name });
  const force = h("input", { type: "checkbox", id: "force", required: true });
  const depends = users.length > 0 && h("div", { class: "problem" },
    h("p", {}, `Without it, ${users.length === 1 ? "this entry refers" : "these entries refer"} to nothing:`),
    h("ul", {}, users.map((user) => h("li", {}, code(user.name), ` of ${place(user.in)}`))),
    h("p", { class: "check" }, force, h("label", { for: "force" }, "delete it all the same")));
  const said = [h("p", {}, "It is gone from now on. Its values stay in the history, from where it can be restored."), !entry && users.length === 0 && h("p", {}, "No env entry depends on it.")];
  const asked = { section: item.in, name: item.name, seen: item.mark };
  form(["Delete ", code(item.name), ` in ${place(item.in)}?`], [...said, depends], async () =>
    ask(entry ? "entry/delete" : "secret/delete", entry ? asked : { ...asked, force: force.checked }), { item, danger: true, label: "Delete", undo: undo(item) });
}

export function createSection(kind) {
  const id = h("input", { id: "id", required: true, maxlength: "64", spellcheck: "false", autocapitalize: "off", title: "a letter or digit, then letters, digits, dots, _ and -" });
  form(`New ${kind}`, [field("Id", id, "a letter or digit, then letters, digits, dots, _ and -")], async () => {
    const answer = await ask("section/create", { kind, id: id.value });
    location.hash = `#/section/${encodeURIComponent(answer.in)}`;
    return answer;
  }, { label: "Create" });
}

/** Deletes a section; one that holds anything only once its id is typed. */
export function deleteSection(id) {
  const held = itemsOf(id).length;
  const own = id.split(":")[1];
  const typed = h("input", { id: "typed", required: true, autocomplete: "off", spellcheck: "false" });
  form(`Delete ${place(id)}?`, [held === 0 ? h("p", {}, "It holds nothing.") : [h("p", {}, `It holds ${plural(held, "name")}. They are deleted too, and stay in the history.`), field(`To go on, type ${own}`, typed)]], async () => {
    if (held > 0 && typed.value !== own) throw wrong(`that is not ${own}; nothing was changed`);
    const answer = await ask("section/delete", { section: id, force: held > 0 });
    location.hash = "#/matrix";
    return answer;
  }, { danger: true, label: "Delete" });
}
