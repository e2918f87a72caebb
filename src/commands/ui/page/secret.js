// One secret or entry: what is known of it, its value on request, its history.

import { ask } from "./api.js";
import { done, findItem } from "./app.js";
import { button, code, copy, dialog, h, place, plural, problem, say, when } from "./dom.js";
import { deleteItem, editEntry, updateSecret } from "./forms.js";
import { signs } from "./matrix.js";

/** How long a value is to be seen. */
const SECONDS = 30;

const fetchValue = (item, version) => ask("secret/reveal", { section: item.in, name: item.name, version: version ?? null });

/** A place where a value can be seen for a while, or copied without being seen. */
function value(item, version, more) {
  const box = h("output", { class: "value quiet" }, "••••••••");
  let timer = null;
  const hide = () => {
    clearInterval(timer);
    box.replaceChildren("••••••••");
    box.classList.add("quiet");
    reveal.textContent = "Show";
  };
  const of = version ? `version ${version} of ${item.name}` : item.name;
  const reveal = button("Show", async () => {
    if (!box.classList.contains("quiet")) return hide();
    try {
      const { value, encoding } = await fetchValue(item, version);
      const left = h("span", { class: "left" });
      box.replaceChildren(h("bdi", {}, value === "" ? "(empty)" : value), encoding === "base64" && h("span", { class: "help" }, "bytes, as base64"), left);
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
      await copy(fetchValue(item, version).then(({ value }) => value));
      say(`copied ${of}; whatever is copied next replaces it`);
    } catch (error) {
      box.replaceChildren(error.report ? problem(error) : "the browser does not let this page copy");
    }
  }, { "aria-label": `Copy ${of}` });
  return h("div", { class: "reveal" }, box, reveal, take, more);
}

function past(item, known) {
  const versions = known.history.filter(({ state }) => state !== "current");
  if (versions.length === 0) return h("p", { class: "quiet" }, "No earlier value.");
  const restore = (version) => async () => {
    try {
      const answer = await ask("secret/restore", { section: item.in, name: item.name, version, seen: known.mark });
      document.querySelector("dialog")?.close();
      await done(answer);
    } catch (error) {
      document.querySelector("dialog .wrong").replaceChildren(problem(error));
    }
  };
  return h("table", {}, h("thead", {}, h("tr", {}, ["version", "set", "by", "value"].map((text) => h("th", { scope: "col" }, text)))),
    h("tbody", {}, versions.map((earlier) => h("tr", {}, h("td", {}, earlier.version ?? "–"), h("td", {}, when(earlier.updated)), h("td", {}, h("bdi", {}, earlier.by)),
      h("td", {}, earlier.version ? value(item, earlier.version, button("Restore", restore(earlier.version), { "aria-label": `Restore version ${earlier.version}` })) : h("span", { class: "quiet" }, "deleted", earlier.note && [": ", h("bdi", {}, earlier.note)]))))));
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
    fact("Updated", when(item.updated), " by ", h("bdi", {}, item.by)), fact("Created", when(item.created)),
    fact("Size", plural(item.size, "byte"), item.encoding === "base64" && ", not text"),
    item.note && fact("Note", h("bdi", {}, item.note)), item.expires && fact("Expires", when(item.expires)),
    known.users.length > 0 && fact("Needed by", known.users.map((user, at) => [at > 0 && ", ", code(user.name), ` of ${place(user.in)}`])),
    known.stronger.length > 0 && fact("Set too, and wins, in", known.stronger.map(place).join(", ")),
    signs(item).map(([, , words]) => fact("Note well", words)));
  const box = dialog([code(name), ` in ${place(section)}`], facts ?? h("p", {}, "It was deleted. What it held can be restored."),
    item.kind !== "deleted" && !item.refers && value(item),
    h("div", { class: "wrong" }),
    h("h3", {}, "History"), past(item, known),
    h("footer", {}, item.kind !== "deleted" && [button("Delete …", () => { box.close(); deleteItem(item); }, { class: "danger plain" }),
      button("Update …", () => { box.close(); item.kind === "entry" ? editEntry(section, item) : updateSecret(item); }, { class: "main" })]));
  box.querySelector("h2").focus();
}
