// One secret or entry: what is known of it, its value on request, its history.

import { ask } from "./api.js";
import { done, findItem, mayChange } from "./app.js";
import { button, code, copy, dialog, fill, h, place, plural, problem, say, table, when } from "./dom.js";
import { deleteItem, editEntry, meanwhile, settleOtherwise, updateSecret } from "./forms.js";
import { signs } from "./matrix.js";

/** How long a value is to be seen. */
const SECONDS = 30;

const fetchValue = (item, which) => ask("secret/reveal", { section: item.in, name: item.name, ...which });

/** A place where a value can be seen for a while, or copied without being seen: the one that stands, an earlier one, or one of a dispute. */
function value(item, which = {}, more) {
  const box = h("output", { class: "value quiet" }, "••••••••");
  let timer = null;
  const hide = () => {
    clearInterval(timer);
    box.replaceChildren("••••••••");
    box.classList.add("quiet");
    reveal.textContent = "Show";
  };
  const of = [...Object.entries(which).map(([kind, number]) => `${kind} ${number} of`), item.name].join(" ");
  const reveal = button("Show", async () => {
    if (!box.classList.contains("quiet")) return hide();
    try {
      const { value, encoding } = await fetchValue(item, which);
      const left = h("span", { class: "left" });
      fill(box, h("bdi", {}, value === "" ? "(empty)" : value), encoding === "base64" && h("span", { class: "help" }, "bytes, as base64"), left);
      box.classList.remove("quiet");
      reveal.textContent = "Hide";
      // A page that nobody looks at shows nothing.
      document.addEventListener("visibilitychange", hide, { once: true });
      let seconds = SECONDS;
      left.textContent = `hidden in ${seconds} s`;
      timer = setInterval(() => {
        seconds -= 1;
        left.textContent = `hidden in ${seconds} s`;
        if (seconds <= 0 || !box.isConnected) hide();
      }, 1000);
    } catch (error) {
      box.replaceChildren(problem(error));
    }
  }, { "aria-label": `Show or hide ${of}` });
  const take = button("Copy", async () => {
    try {
      await copy(fetchValue(item, which).then(({ value }) => value));
      say(`copied ${of}; whatever is copied next replaces it`);
    } catch (error) {
      box.replaceChildren(error.report ? problem(error) : "the browser does not let this page copy");
    }
  }, { "aria-label": `Copy ${of}` });
  return h("div", { class: "reveal" }, box, reveal, take, more);
}

/** A change that is made from a dialog: done and shown, or what is wrong with it is told there. */
const change = (path, item, known, more) => async () => {
  try {
    const answer = await ask(path, { section: item.in, name: item.name, seen: known.mark, ...more });
    document.querySelector("dialog")?.close();
    await done(answer);
  } catch (error) {
    document.querySelector("dialog .wrong")?.replaceChildren(problem(error));
  }
};

function past(item, known) {
  const versions = known.history.filter(({ state }) => state === "earlier" || state === "deleted");
  if (versions.length === 0) return h("p", { class: "quiet" }, "No earlier value.");
  const restore = ({ version }) => mayChange() && !item.disputed && button("Restore", change("secret/restore", item, known, { version }), { "aria-label": `Restore version ${version}` });
  return table(["version", "set", "by", "value"], versions.map((earlier) => h("tr", {}, h("td", {}, earlier.version ?? "–"), h("td", {}, when(earlier.updated)), h("td", {}, h("bdi", {}, earlier.by)),
    h("td", {}, earlier.version ? value(item, { version: earlier.version }, restore(earlier)) : h("span", { class: "quiet" }, "deleted", earlier.note && [": ", h("bdi", {}, earlier.note)])))));
}

/** What a disputed name is said to be: who wrote which value when. One is taken, or another given. */
function dispute(item, known) {
  const take = (candidate) => mayChange() && button("Take this", change("secret/settle", item, known, { pick: candidate }), { class: "main", "aria-label": `Take this: value ${candidate}` });
  return [
    h("p", {}, "It was changed in two places at once, differently. It gives nothing to anybody until one value is taken; the others become earlier ones."),
    h("ol", { class: "candidates" }, known.candidates.map(({ number, updated, by, kind, size, note }) => h("li", {},
      h("p", {}, h("strong", {}, h("bdi", {}, by)), ", ", when(updated), h("span", { class: "quiet" }, `: ${kind === "entry" ? "an env entry" : "a secret"}, ${plural(size, "byte")}`, note && [", ", h("bdi", {}, note)])),
      value(item, { candidate: number }, take(number))))),
  ];
}

/** Looks at one; also at one that was deleted, of which only the history is left. */
export async function look({ in: section, name }) {
  let known;
  try {
    known = await ask("secret/look", { section, name });
  } catch (error) {
    return say(problem(error));
  }
  const item = findItem(section, name) ?? { in: section, name, kind: "deleted" };
  const fact = (term, ...is) => [h("dt", {}, term), h("dd", {}, ...is)];
  const facts = item.kind === "deleted" ? null : h("dl", {},
    item.refers && fact("Gives", code(item.refers)),
    !item.disputed && [fact("Updated", when(item.updated), " by ", h("bdi", {}, item.by)), fact("Created", when(item.created)),
      fact("Size", plural(item.size, "byte"), item.encoding === "base64" && ", not text")],
    item.note && fact("Note", h("bdi", {}, item.note)), item.expires && fact("Expires", when(item.expires)),
    known.users.length > 0 && fact("Needed by", known.users.map((user, at) => [at > 0 && ", ", code(user.name), ` of ${place(user.in)}`])),
    known.stronger.length > 0 && fact("Set too, and wins, in", known.stronger.map(place).join(", ")),
    signs(item).filter(([word]) => word !== "disputed").map(([, , words]) => fact("Note well", words)));
  const wrong = h("div", { class: "wrong" });
  const instead = (form) => () => { box.close(); form(); };
  const changes = item.disputed ? [button("Another value …", instead(() => settleOtherwise(item)))] :
    [button("Delete …", instead(() => deleteItem(item)), { class: "danger plain" }),
      button("Update …", instead(() => (item.kind === "entry" ? editEntry(section, item) : updateSecret(item))), { class: "main" })];
  const box = dialog([code(name), ` in ${place(section)}`], facts ?? h("p", {}, "It was deleted. What it held can be restored."),
    item.disputed && dispute(item, known), item.kind !== "deleted" && !item.disputed && !item.refers && value(item),
    wrong,
    h("h3", {}, "History"), past(item, known),
    h("footer", {}, item.kind !== "deleted" && mayChange() && changes));
  meanwhile(box, item, wrong, button("Look at it now", () => look(item)));
  box.querySelector("h2").focus();
}
