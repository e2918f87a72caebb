// Elements, made one way: text is text, never markup.

/** Makes an element: attributes, listeners as on…, then children; what is null or false is left out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  return fill(element, ...children);
}

/** Puts these into an element, in the place of what is there; what is null or false is left out. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A button. */
export const button = (text, onclick, more = {}) => h("button", { type: "button", onclick, ...more }, text);

/** A text for those who cannot see the sign beside it. */
export const hidden = (text) => h("span", { class: "unseen" }, text);

/** A name, or what else is typed as it stands. Isolated, so that no text turns what is beside it around. */
export const code = (text) => h("code", {}, h("bdi", {}, text));

const UNITS = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60]];

/** How long ago, in words, with the moment itself to see. */
export function when(moment) {
  if (!moment) return "";
  const seconds = Math.round((Date.parse(moment) - Date.now()) / 1000);
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ["now", 1];
  const number = Math.floor(Math.abs(seconds) / size);
  const amount = `${number} ${unit}${number === 1 ? "" : "s"}`;
  const text = unit === "now" ? "just now" : seconds < 0 ? `${amount} ago` : `in ${amount}`;
  return h("time", { datetime: moment, title: moment }, text);
}

/** A section in words: team, project web. */
export const place = (id) => id.replace(":", " ");

export const plural = (number, noun, many = `${noun}s`) => `${number} ${number === 1 ? noun : many}`;

let fading;
/** Says what was done. */
export function say(...parts) {
  const box = document.getElementById("said");
  clearTimeout(fading);
  box.replaceChildren(h("div", { class: "toast" }, ...parts));
  // Time to read it, and to reach the button that may be in it.
  fading = setTimeout(() => box.replaceChildren(), 15000);
}

/** An error as commands tell it: what is wrong, and what to do. */
export function problem(error) {
  const report = error.report ?? { message: "the console does not answer", hint: "was it closed? etui ui opens it again" };
  return h("div", { class: "problem", role: "alert" }, h("p", {}, h("strong", {}, "error: "), h("bdi", {}, report.message)),
    report.hint && h("p", {}, h("strong", {}, "hint: "), h("bdi", {}, report.hint)));
}

/** A dialog of the browser's own: it holds the focus, and Escape leaves it. */
export function dialog(title, ...body) {
  const box = h("dialog", { "aria-labelledby": "dialog-title" },
    h("header", {}, h("h2", { id: "dialog-title", tabindex: "-1" }, title),
      button("×", () => box.close(), { class: "plain", "aria-label": "Close" })),
    ...body);
  const before = document.activeElement;
  box.addEventListener("close", () => {
    box.remove();
    if (before?.isConnected) before.focus();
  });
  document.querySelector("dialog")?.close();
  document.body.append(box);
  box.showModal();
  return box;
}

/** A labelled field, with a word of help. */
export function field(label, input, help) {
  if (help) input.setAttribute("aria-describedby", `${input.id}-help`);
  return h("div", { class: "field" }, h("label", { for: input.id }, label), input,
    help && h("p", { class: "help", id: `${input.id}-help` }, help));
}

/** A table, which on a narrow window is a list: each cell then says what it is. */
export function list(label, columns, rows) {
  return h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": label }, table(columns, rows));
}

export function table(columns, rows) {
  for (const row of rows) [...row.cells].slice(1).forEach((cell, at) => (cell.dataset.of = columns[at + 1]));
  return h("table", { class: "list" },
    h("thead", {}, h("tr", {}, columns.map((text) => h("th", { scope: "col" }, text === "actions" ? hidden(text) : text)))), h("tbody", {}, rows));
}

/** A choice of one. */
export const select = (id, options, value, onchange) => h("select", { id, onchange },
  options.map(([key, text]) => h("option", { value: key, selected: key === value }, text)));

/** Text to the clipboard; the promise may still be on its way, as browsers ask it of a click. */
export async function copy(promised) {
  if (window.ClipboardItem && navigator.clipboard.write) {
    const blob = promised.then((text) => new Blob([text], { type: "text/plain" }));
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
  } else {
    await navigator.clipboard.writeText(await promised);
  }
}
