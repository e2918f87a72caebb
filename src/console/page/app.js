// The start, the way around, and what is known of the vault.

import { ask, enter, Refused } from "./api.js";
import { button, field, fill, h, hidden, problem, say } from "./dom.js";
import { environment } from "./environment.js";
import { createSection } from "./forms.js";
import { closed, matrix } from "./matrix.js";
import { people } from "./people.js";
import { section } from "./section.js";

/** What is known of the vault, and which context was picked. No value is ever among it. */
export const state = { vault: null, findings: null, context: null, cluster: null, project: null, filter: "" };

/** The vault's file as it was last asked for; whether somebody was here since that was told. */
let seen = null;
let used = false;

/** Whether the vault is to be watched, and is. */
let watching = false;
let watched = false;

const main = document.getElementById("main");

const VIEWS = { matrix: ["All names", matrix], environment: ["Environment", environment], people: ["People and audit", people] };

/** Where the address is: a view, or a section. */
function here() {
  const [, view = "matrix", id] = location.hash.split("/").map(decodeURIComponent);
  return view === "section" ? { view, id: id ?? "team" } : { view: VIEWS[view] ? view : "matrix" };
}

/** The items of one section. */
export const itemsOf = (id) => state.vault.items.filter((item) => item.in === id);

export const findItem = (id, name) => state.vault.items.find((item) => item.in === id && item.name === name);

const idsOf = (kind) => state.vault.sections.map(({ id }) => id).filter((id) => id.startsWith(`${kind}:`));
export const clusters = () => idsOf("cluster");
export const projects = () => idsOf("project");

/** What is found of one: why it needs a new value. */
export const findingsOf = (item) => state.findings.get(`${item.in} ${item.name}`) ?? [];

/** Whether the keys of this laptop write the vault. */
export const mayChange = () => !state.vault.readOnly;

export const sectionOf = (id) => state.vault.sections.find((section) => section.id === id);

/** Why a section shows nothing: it is closed to the keys of this laptop. */
export const lockOf = (id) => sectionOf(id)?.locked;

const short = (id) => id?.split(":")[1] ?? null;
export const picked = () => ({ cluster: short(state.cluster), project: short(state.project) });

/** Picks another context, and asks what wins in it. */
export async function pick(cluster, project) {
  Object.assign(state, { cluster, project });
  await context();
  show();
}

async function context(news = false) {
  const explained = await ask("context", { ...picked(), news });
  state.context = new Map(explained.items.map((item) => [item.name, item]));
}

/** Asks for the vault anew, and shows it. News are no use of the console by anybody. */
export async function refresh(news = false) {
  const vault = await ask("vault", { news });
  seen = vault.seen;
  const ids = new Set(vault.sections.map(({ id }) => id));
  if (!state.vault) {
    state.cluster = vault.cluster && `cluster:${vault.cluster}`;
    state.project = vault.project && `project:${vault.project}`;
  }
  state.vault = vault;
  state.findings = Map.groupBy(vault.findings, ({ name, section: { kind, id } }) => `${kind === "team" ? "team" : `${kind}:${id}`} ${name}`);
  if (!ids.has(state.cluster)) state.cluster = null;
  if (!ids.has(state.project)) state.project = null;
  await context(news);
  document.dispatchEvent(new Event("vault"));
  show();
}

/** What a change came to: said, and shown. */
export async function done(answer, undo) {
  try {
    await refresh();
  } catch (error) {
    return over(error);
  }
  say(h("bdi", {}, answer.said), answer.note && h("p", { class: "help" }, h("bdi", {}, answer.note)), undo);
}

function navigation(at) {
  const link = (href, text, current) => h("a", { href, "aria-current": current ? "page" : null }, text);
  const ids = (title, kind, all) => h("div", {},
    h("h2", {}, title, mayChange() && button("+", () => createSection(kind), { class: "plain", "aria-label": `New ${kind}` })),
    all.length === 0 ? h("p", { class: "quiet" }, `no ${kind} yet`) : h("ul", {}, all.map((id) =>
      h("li", {}, link(`#/section/${encodeURIComponent(id)}`, [hidden(`${kind} `), h("bdi", {}, short(id)), closed(id)], at.id === id)))));
  return [
    h("ul", {}, Object.entries(VIEWS).map(([view, [title]]) => h("li", {}, link(`#/${view}`, title, at.view === view))),
      h("li", {}, link("#/section/team", "Team secrets", at.id === "team"))),
    ids("Clusters", "cluster", clusters()),
    ids("Projects", "project", projects()),
  ];
}

let shown = null;

/** Shows where the address is. What is typed and where the focus is survive what comes from outside. */
export function show() {
  if (!state.vault) return;
  const { vault } = state;
  const at = here();
  const key = `${at.view} ${at.id}`;
  const again = shown === key;
  const scroll = again && main.scrollTop;
  const active = again && main.contains(document.activeElement) ? document.activeElement : null;
  const [focus, range] = [active?.id || null, active?.selectionStart ?? null];
  document.getElementById("team").replaceChildren(h("bdi", {}, vault.team));
  document.getElementById("who").replaceChildren(vault.me ? h("bdi", {}, `${vault.me.name}, ${vault.me.role}`) : "");
  document.getElementById("close").hidden = false;
  document.getElementById("nav").replaceChildren(...navigation(at));
  const reads = vault.readOnly && h("div", { class: "warning", id: "reads" }, h("p", {}, h("strong", {}, "you read only: "), h("bdi", {}, vault.readOnly.message)), vault.readOnly.hint && h("p", { class: "help" }, h("bdi", {}, vault.readOnly.hint)));
  fill(main, reads, at.view === "section" ? section(at.id) : VIEWS[at.view][1]());
  document.title = `${main.querySelector("h1").textContent} · ${vault.team} · etui`;
  if (again) {
    main.scrollTop = scroll;
    // What is gone had the focus: then whoever reads goes on from the top of the page.
    const held = (focus && document.getElementById(focus)) ?? (active && main.querySelector("h1"));
    held?.focus();
    if (range !== null && held?.setSelectionRange) held.setSelectionRange(range, range);
  } else if (shown !== null) {
    main.querySelector("h1").focus();
    main.scrollTop = 0;
  }
  shown = key;
}

/** A page instead of the vault: it could not be opened. */
function instead(title, ...body) {
  shown = null;
  document.getElementById("nav").replaceChildren();
  document.querySelector("dialog")?.close();
  fill(main, h("h1", { tabindex: "-1" }, title), ...body);
  document.title = `${title} · etui`;
}

function passphrase(wrong) {
  const input = h("input", { id: "passphrase", type: "password", autocomplete: "off", required: true });
  const unlock = async (event) => {
    event.preventDefault();
    const asked = { passphrase: input.value };
    input.value = "";
    try {
      await ask("unlock", asked);
      await begin();
    } catch (error) {
      if (error.report?.code === "passphrase_wrong" && error.report.exit === 5 && error.report.hint?.includes("left")) passphrase(error);
      else over(error);
    }
  };
  instead("The vault is locked", wrong && problem(wrong), h("form", { onsubmit: unlock, class: "narrow" },
    field("Passphrase of your key", input, "It opens the key for as long as this console is open, and is kept nowhere."),
    h("button", { type: "submit", class: "main" }, "Unlock")));
  input.focus();
}

/** Nothing more can be done here, at least for now; whether that may change. */
function over(error) {
  state.vault = null;
  const isVaults = error instanceof Refused && error.status !== 401 && error.report.code !== "ended";
  document.getElementById("close").hidden = !isVaults;
  watching = isVaults;
  if (isVaults) {
    instead("The vault does not open", problem(error), button("Try again", begin));
  } else if (error?.status === 401) {
    instead("This tab is not let in", h("p", {}, "The console is open in the tab that etui opened, or it has ended. To open another one, at a terminal:"), h("pre", {}, "etui ui"));
  } else instead("The console is closed", h("p", {}, "Nothing of the vault is left on this page. To open it again, at a terminal:"), h("pre", {}, "etui ui"));
}

/** Sees that a command changed the vault, as soon as it does; also that one that was gone is back. */
async function watch() {
  if (watched) return;
  watched = true;
  while (watching) {
    const asked = { seen: seen ?? "", used };
    used = false;
    try {
      const now = await ask("watch", asked);
      if (now.seen === seen) continue;
      seen = now.seen;
      await refresh(true);
    } catch (error) {
      over(error);
    }
  }
  watched = false;
}

async function begin() {
  try {
    await refresh();
    watching = true;
  } catch (error) {
    if (error.status === 423) return passphrase();
    over(error);
  }
  watch();
}

document.getElementById("close").addEventListener("click", async () => {
  watching = false;
  await ask("stop").catch(() => null);
  over();
});
for (const sign of ["pointerdown", "keydown", "wheel"]) addEventListener(sign, () => (used = true), { capture: true, passive: true });
// A file that misses its place is not shown in the place of the page.
for (const kind of ["dragover", "drop"]) addEventListener(kind, (event) => event.preventDefault());
addEventListener("hashchange", () => {
  document.querySelector("dialog")?.close();
  show();
});
addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.target.closest("input, textarea, select, dialog")) {
    const filter = document.getElementById("filter");
    if (filter) {
      event.preventDefault();
      filter.focus();
    }
  }
});
enter().then(begin, over);
