// The merged environment of the picked context, in any format: shown masked, copied or saved as it is.

import { ask } from "./api.js";
import { clusters, picked, pick, projects, state } from "./app.js";
import { button, code, copy, h, problem, say, select } from "./dom.js";

const FORMATS = ["dotenv", "shell", "fish", "powershell", "json", "yaml", "docker", "systemd", "github", "k8s", "null"];

const chosen = { format: "dotenv", reader: "", name: "", file: ".env", except: [] };

export function environment() {
  const text = h("pre", { class: "preview", tabindex: "0", role: "region", "aria-label": "Preview, its values masked" });
  const told = h("div", {});
  const asked = (gives) => ({ ...picked(), format: chosen.format, reader: chosen.reader || null, name: chosen.name, except: chosen.except, gives });
  const failed = (error) => {
    const name = error.report?.code === "needs_run" && error.report.message.split(" ")[0];
    const leave = () => {
      chosen.except.push(name);
      preview();
    };
    told.replaceChildren(h("div", {}, problem(error), name && h("p", {}, button(["Leave out ", code(name)], leave))));
  };
  const preview = async () => {
    name.parentElement.hidden = chosen.format !== "k8s";
    reader.parentElement.hidden = chosen.format !== "dotenv";
    try {
      const answer = await ask("resolve", asked("preview"));
      text.textContent = answer.text || "(nothing is set here)";
      told.replaceChildren(...answer.warnings.map((warning) => h("p", { class: "warning" }, h("strong", {}, "warning: "), h("bdi", {}, warning))),
        ...(chosen.except.length ? [h("p", { class: "help" }, "left out: ", chosen.except.join(", "), " ", button("Put back", () => { chosen.except = []; preview(); }, { class: "plain" }))] : []));
    } catch (error) {
      text.textContent = "";
      failed(error);
    }
  };
  const options = (kind, ids) => [["", `no ${kind}`], ...ids.map((id) => [id, id.split(":")[1]])];
  const format = select("format", FORMATS.map((name) => [name, name]), chosen.format, () => { chosen.format = format.value; preview(); });
  const reader = select("reader", [["", "any"], ["node", "node"], ["python", "python"], ["compose", "compose"]], chosen.reader, () => { chosen.reader = reader.value; preview(); });
  const name = h("input", { id: "secret-name", value: chosen.name, placeholder: "web-env", oninput: () => { chosen.name = name.value; preview(); } });
  const file = h("input", { id: "file-name", value: chosen.file, spellcheck: "false", oninput: () => (chosen.file = file.value) });
  const labelled = (label, input) => h("span", { class: "labelled" }, h("label", { for: input.id }, label), input);
  const take = button("Copy with values", async () => {
    try {
      await copy(ask("resolve", asked("text")).then(({ text }) => text));
      say("copied the environment; whatever is copied next replaces it");
    } catch (error) {
      error.report ? failed(error) : told.replaceChildren("the browser does not let this page copy");
    }
  }, { id: "copy-environment" });
  const save = async (force) => {
    try {
      say((await ask("resolve", asked({ file: { name: file.value, force } }))).said);
    } catch (error) {
      failed(error);
      if (error.report?.code === "output_tracked") told.append(button("Save it all the same", () => save(true), { class: "danger" }));
    }
  };
  const out = [
    h("h1", { tabindex: "-1" }, "Environment"),
    h("p", { class: "quiet" }, "What a program gets: the team's, then the cluster's, then the project's, the strongest last."),
    h("div", { class: "tools" },
      labelled("on cluster", select("cluster", options("cluster", clusters()), state.cluster ?? "", (event) => pick(event.target.value || null, state.project))),
      labelled("in project", select("project", options("project", projects()), state.project ?? "", (event) => pick(state.cluster, event.target.value || null))),
      labelled("format", format), labelled("read by", reader), labelled("name of the Secret", name)),
    told, text,
    h("div", { class: "tools" }, take, labelled("or to a file", file), button("Save with values", () => save(false), { id: "save-environment" })),
    h("p", { class: "help" }, "The file is written to ", code(state.vault.directory), ", for you alone to read, and never where git would commit it."),
  ];
  preview();
  return out;
}
