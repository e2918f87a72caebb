// The wire: every request is a POST with the token of this tab.

const KEPT = "etui-token";

export class Refused extends Error {
  constructor(status, report) {
    super(report.message);
    this.status = status;
    this.report = report;
  }
}

async function send(path, asked, headers = {}) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(asked),
    credentials: "same-origin",
    redirect: "error",
    referrerPolicy: "no-referrer",
  });
  const document = await answer.json();
  if (!answer.ok) throw new Refused(answer.status, document.error);
  return document;
}

// Another tab of the same console asks for the token: only pages of this very address hear it, port and all.
const tabs = new BroadcastChannel("etui");
tabs.addEventListener("message", ({ data }) => {
  const token = sessionStorage.getItem(KEPT);
  if (data === "?" && token) tabs.postMessage(token);
});

const asked = () => new Promise((told) => {
  tabs.addEventListener("message", ({ data }) => data !== "?" && told(data));
  tabs.postMessage("?");
  setTimeout(told, 500);
});

/** Turns the ticket of the address into a session. The address forgets it first. */
export async function enter() {
  const ticket = location.hash.slice(1);
  if (!/^[0-9a-f]{64}$/.test(ticket)) {
    const token = sessionStorage.getItem(KEPT) ?? (await asked());
    if (token) sessionStorage.setItem(KEPT, token);
    return;
  }
  history.replaceState(null, "", "/#/matrix");
  const { token } = await send("/session", { ticket });
  // The tabs' own storage: gone with the last of them, and no other page's, not even of another port.
  sessionStorage.setItem(KEPT, token);
}

/** Asks the console for something. */
export const ask = (path, asked = {}) => send(`/api/${path}`, asked, { "X-Etui-Token": sessionStorage.getItem(KEPT) ?? "" });

/** Bytes as the wire carries them. */
export function base64(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

export const textBytes = (text) => new TextEncoder().encode(text);
