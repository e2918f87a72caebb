// Who is in, who is out, and what is to get a new value.

import { findItem, state } from "./app.js";
import { button, code, h, list, place, plural, when } from "./dom.js";
import { look } from "./secret.js";

export function people() {
  const { vault } = state;
  const isClosed = vault.sections.some(({ closed }) => closed);
  const member = ({ name, role, fingerprint, addedBy, added, sections }) => h("tr", {}, h("th", { scope: "row" }, h("bdi", {}, name), vault.me?.name === name && h("span", { class: "quiet" }, " (you)")),
    h("td", {}, role), h("td", { class: "print" }, code(fingerprint)), h("td", {}, h("bdi", {}, addedBy ?? "")), h("td", {}, when(added)), isClosed && h("td", {}, h("bdi", {}, sections.map(place).join(", "))));
  const open = (item) => h("td", { class: "actions" }, item && button("Open", () => look(item), { "aria-label": `Open ${item.name} in ${place(item.in)}` }));
  const finding = ({ name, section: { kind, id }, why }) => {
    const at = kind === "team" ? "team" : `${kind}:${id}`;
    const item = findItem(at, name);
    return h("tr", {}, h("th", { scope: "row" }, code(name)), h("td", { class: "where" }, h("bdi", {}, place(at))), h("td", {}, h("bdi", {}, why)), open(item));
  };
  const disputes = vault.items.filter(({ disputed }) => disputed);
  return [
    h("h1", { tabindex: "-1" }, "People and audit"),
    disputes.length > 0 && h("section", { "aria-labelledby": "disputes" }, h("div", { class: "bar" }, h("h2", { id: "disputes" }, "Disputed"), h("span", { class: "quiet" }, plural(disputes.length, "name"))),
      list("disputes", ["name", "section", "written by", "actions"], disputes.map((item) => h("tr", {}, h("th", { scope: "row" }, code(item.name)), h("td", { class: "where" }, h("bdi", {}, place(item.in))), h("td", {}, h("bdi", {}, item.candidates.map(({ by }) => by).join(", "))), open(item))))),
    h("section", { "aria-labelledby": "findings" }, h("div", { class: "bar" }, h("h2", { id: "findings" }, "Needs a new value"), h("span", { class: "quiet" }, plural(vault.findings.length, "finding"))),
      vault.findings.length === 0 ? h("div", { class: "empty" }, h("p", {}, "Nothing. No value was read by anybody who was removed, none has expired, none stands twice.")) : list("findings", ["name", "section", "why", "actions"], vault.findings.map(finding))),
    h("section", { "aria-labelledby": "members" }, h("div", { class: "bar" }, h("h2", { id: "members" }, "Members"), h("span", { class: "quiet" }, plural(vault.members.length, "member"))),
      h("p", { class: "help" }, `Every member reads the whole vault${isClosed ? ", except closed sections that it is not in" : ""}; a writer also changes it. Who comes and goes is decided at a terminal, where cards are compared: `, code("etui member add"), "."),
      list("members", ["name", "role", "key fingerprint", "added by", "added", ...(isClosed ? ["closed sections"] : [])], vault.members.map(member))),
    vault.removed.length > 0 && h("section", { "aria-labelledby": "removed" }, h("div", { class: "bar" }, h("h2", { id: "removed" }, "Removed")),
      list("removed members", ["name", "key fingerprint", "by", "when"], vault.removed.map(({ name, fingerprint, by, removed }) => h("tr", {}, h("th", { scope: "row" }, h("bdi", {}, name)), h("td", { class: "print" }, code(fingerprint)), h("td", {}, h("bdi", {}, by)), h("td", {}, when(removed)))))),
    h("section", { "aria-labelledby": "vault" }, h("div", { class: "bar" }, h("h2", { id: "vault" }, "Vault")),
      h("dl", {}, h("dt", {}, "Vault fingerprint"), h("dd", { class: "print" }, code(vault.fingerprint ?? "none")), h("dt", {}, "File"), h("dd", {}, code(vault.vault)), h("dt", {}, "Last written"), h("dd", {}, when(vault.writtenAt), " by ", h("bdi", {}, vault.writtenBy)))),
  ].filter(Boolean);
}
