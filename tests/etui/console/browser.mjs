// A person at the console: clicks and types in a real browser. Run by browser.rs, in a user's environment.
//
//   node browser.mjs FLOW ADDRESS ETUI PICTURES

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import path from "node:path";

const [flow, address, etui, pictures] = process.argv.slice(2);
const require = createRequire(path.join(pictures, "../readers/browser/node_modules/"));
const { chromium } = require("playwright-core");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const command = (...args) => execFileSync(etui, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
const executablePath = process.env.PATH.split(":").map((directory) => path.join(directory, "chromium")).find((file) => fs.existsSync(file));
assert.ok(executablePath, "chromium is not installed");

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--host-resolver-rules=MAP evil.example 127.0.0.1"] });

/** A browser of its own, and what its console complained of. */
async function open(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, permissions: ["clipboard-read", "clipboard-write"], ...options });
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => message.type() === "error" && !/status of 4\d\d/.test(message.text()) && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.setDefaultTimeout(15000);
  return { context, page, complaints };
}

const picture = (page, name) => page.screenshot({ path: path.join(pictures, `${name}.png`) });

/** No violation of any rule of axe, the best practices among them. axe comes in past the page's policy. */
async function accessible(page, where) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Page.enable");
  const { frameTree } = await cdp.send("Page.getFrameTree");
  const { executionContextId } = await cdp.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id, worldName: "axe" });
  const evaluate = async (expression) => {
    const { result, exceptionDetails } = await cdp.send("Runtime.evaluate", { expression, contextId: executionContextId, awaitPromise: true, returnByValue: true });
    assert.equal(exceptionDetails, undefined, `${where}: ${exceptionDetails?.exception?.description}`);
    return result.value;
  };
  await evaluate(`${axe}; 0`);
  const found = await evaluate("axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map(({ html, failureSummary }) => html.slice(0, 160) + ' ' + failureSummary).join(' | ')))");
  assert.deepEqual(found, [], where);
  assert.doesNotMatch(await page.locator("body").innerText(), /undefined|NaN|\[object/, where);
  await cdp.detach();
}

const go = async (page, link) => {
  await page.getByRole("navigation").getByRole("link", { name: link, exact: true }).click();
  await page.waitForFunction(() => document.activeElement?.tagName === "H1");
};
const dialog = (page) => page.getByRole("dialog");
const toast = (page, text) => page.locator("#said").getByText(text).waitFor();
const submit = (page, name) => dialog(page).getByRole("button", { name, exact: true }).click();

/** The error that a command ends with. */
function failure(...args) {
  try {
    command(...args);
  } catch (error) {
    return error.stderr.match(/^error: (.*)$/m)[1];
  }
  assert.fail("it succeeded");
}

const flows = {
  async everything() {
    const { context, page, complaints } = await open();
    await page.goto(address);
    await page.getByRole("heading", { name: "All names" }).waitFor();
    assert.ok(!page.url().includes(address.split("#")[1]), "the ticket is gone from the address");
    assert.equal(await page.evaluate(() => document.cookie), "", "no script reads the cookie");
    assert.equal(await page.evaluate(() => localStorage.length), 0);
    await page.getByText("has no secret yet").waitFor();
    await picture(page, "empty");
    await accessible(page, "empty");

    // Create: typed, generated, dropped, bytes.
    await page.getByRole("button", { name: "New team secret" }).click();
    await page.getByLabel("Name", { exact: true }).fill("DATABASE_URL");
    await page.getByLabel("Value", { exact: true }).fill("postgres://canary\nline two");
    await page.getByLabel("Note").fill("the shared one");
    await picture(page, "create");
    await accessible(page, "create");
    await submit(page, "Create");
    await toast(page, "created DATABASE_URL in team acme");
    assert.equal(command("get", "DATABASE_URL", "-g"), "postgres://canary\nline two");

    await go(page, "project web");
    await page.getByRole("button", { name: "New secret" }).click();
    await page.getByLabel("Name", { exact: true }).fill("SESSION_KEY");
    await page.getByLabel("Generate").check();
    await page.getByLabel("Length").fill("48");
    await submit(page, "Create");
    await toast(page, "created SESSION_KEY");
    assert.match(command("get", "SESSION_KEY", "-p", "web"), /^[A-Za-z0-9]{48}$/);

    const drop = async (target, name, bytes) => {
      const data = await page.evaluateHandle(([name, bytes]) => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(bytes)], name));
        return data;
      }, [name, [...bytes]]);
      await page.dispatchEvent(target, "drop", { dataTransfer: data });
    };
    const key = Buffer.from('{"type": "service_account", "private_key": "canary"}\n');
    await drop(".droppable", "service-account.json", key);
    assert.equal(await page.getByLabel("Name", { exact: true }).inputValue(), "SERVICE_ACCOUNT");
    await dialog(page).getByText("service-account.json: 53 bytes").waitFor();
    await submit(page, "Create");
    await toast(page, "created SERVICE_ACCOUNT");
    assert.equal(command("get", "SERVICE_ACCOUNT", "-p", "web"), key.toString());

    // A value wins over the team's, and it is said so where it does not.
    await page.getByRole("button", { name: "New secret" }).click();
    await page.getByLabel("Name", { exact: true }).fill("DATABASE_URL");
    await page.getByLabel("Value", { exact: true }).fill("postgres://web");
    await submit(page, "Create");
    await toast(page, "created DATABASE_URL in project web");
    await picture(page, "section");
    await accessible(page, "section");

    // A wrong name is told in the words of the command.
    await page.getByRole("button", { name: "New secret" }).click();
    await page.getByLabel("Name", { exact: true }).fill("PATH");
    await page.getByLabel("Value", { exact: true }).fill("x");
    await submit(page, "Create");
    await dialog(page).getByText("PATH is a reserved name").waitFor();
    await picture(page, "error");
    await accessible(page, "error");
    await page.keyboard.press("Escape");

    // Update: the old value is not shown.
    await page.getByRole("button", { name: "Update DATABASE_URL" }).click();
    assert.ok(!(await page.content()).includes("postgres://web"));
    await page.getByLabel("Value", { exact: true }).fill("postgres://web-2");
    await submit(page, "Save");
    await toast(page, "updated DATABASE_URL");
    assert.equal(command("get", "DATABASE_URL", "-p", "web"), "postgres://web-2");

    // A change meanwhile: it shows at once, the form says so, and nothing is saved over it.
    await page.getByRole("button", { name: "Update DATABASE_URL" }).click();
    await page.getByLabel("Value", { exact: true }).fill("late");
    command("set", "DATABASE_URL", "--value", "meanwhile", "-p", "web");
    await dialog(page).getByText("was changed meanwhile").waitFor();
    await submit(page, "Save");
    await dialog(page).getByText("nothing was saved").waitFor();
    await picture(page, "outdated");
    await page.keyboard.press("Escape");
    assert.equal(command("get", "DATABASE_URL", "-p", "web"), "meanwhile");
    command("set", "FROM_A_COMMAND", "--value", "x", "-p", "web");
    await page.getByRole("rowheader", { name: "FROM_A_COMMAND" }).waitFor({ timeout: 3000 });

    // Show, hide, copy, history, restore.
    await page.getByRole("button", { name: "Open DATABASE_URL" }).click();
    assert.ok(!(await page.content()).includes("meanwhile"));
    await page.getByRole("button", { name: "Show or hide DATABASE_URL" }).click();
    await dialog(page).getByText("meanwhile").waitFor();
    await dialog(page).getByText(/hidden in \d+ s/).waitFor();
    assert.equal(await dialog(page).locator("output").first().evaluate((box) => [...box.childNodes].slice(0, -1).map((part) => part.textContent).join("")), "meanwhile", "exactly");
    await picture(page, "look");
    await accessible(page, "look");
    await page.getByRole("button", { name: "Show or hide DATABASE_URL" }).click();
    assert.ok(!(await page.content()).includes("meanwhile"));
    await page.getByRole("button", { name: "Copy DATABASE_URL", exact: true }).click();
    await toast(page, "copied DATABASE_URL");
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), "meanwhile");
    assert.ok(!(await page.content()).includes("meanwhile"), "copied without being shown");
    await page.getByRole("button", { name: "Restore version 2" }).click();
    await toast(page, "restored DATABASE_URL");
    assert.equal(command("get", "DATABASE_URL", "-p", "web"), "postgres://web");

    // A value is seen for 30 seconds.
    await page.clock.install();
    await page.getByRole("button", { name: "Open DATABASE_URL" }).click();
    await page.getByRole("button", { name: "Show or hide DATABASE_URL" }).click();
    await dialog(page).getByText("postgres://web").waitFor();
    await page.clock.runFor(29000);
    assert.equal(await dialog(page).getByText("postgres://web").count(), 1);
    await page.clock.runFor(2000);
    assert.equal(await dialog(page).getByText("postgres://web").count(), 0);
    await page.clock.resume();
    await page.keyboard.press("Escape");

    // Entries: a reference, and the deletion that it forbids.
    await page.getByRole("button", { name: "New entry" }).click();
    await page.getByLabel("Variable").fill("AUTH_SECRET");
    await page.getByLabel("Secret", { exact: true }).fill("SESSION_KEY");
    await picture(page, "entry");
    await accessible(page, "entry");
    await submit(page, "Create");
    await toast(page, "created AUTH_SECRET (secret:SESSION_KEY)");
    await page.getByRole("button", { name: "Delete SESSION_KEY" }).click();
    await dialog(page).getByText("AUTH_SECRET of project web").waitFor();
    await picture(page, "delete");
    await accessible(page, "delete");
    await page.getByLabel("delete it all the same").check();
    await submit(page, "Delete");
    await toast(page, "deleted SESSION_KEY");
    await page.locator("#said").getByRole("button", { name: "Undo" }).click();
    await toast(page, "restored SESSION_KEY");
    await page.getByRole("button", { name: "Delete AUTH_SECRET" }).click();
    await submit(page, "Delete");
    await toast(page, "deleted AUTH_SECRET");
    await page.getByRole("button", { name: "History of AUTH_SECRET" }).click();
    await page.getByRole("button", { name: "Restore version 1" }).click();
    await toast(page, "restored AUTH_SECRET");

    // A project comes and goes.
    await page.getByRole("button", { name: "New project" }).click();
    await page.getByLabel("Id").fill("docs");
    await submit(page, "Create");
    await page.getByRole("heading", { name: "project docs" }).waitFor();
    await page.getByRole("button", { name: "Delete this project" }).click();
    await submit(page, "Delete");
    await toast(page, "deleted project docs");
    await page.getByRole("heading", { name: "All names" }).waitFor();
    await page.getByRole("button", { name: "New cluster" }).click();
    await page.getByLabel("Id").fill("eu");
    await submit(page, "Create");
    await page.getByRole("heading", { name: "cluster eu" }).waitFor();

    // The matrix, by mouse and by keys alone.
    await go(page, "All names");
    const cell = (name) => page.getByTitle(name, { exact: true });
    await cell("DATABASE_URL in team: wins").waitFor();
    await page.getByLabel("in project").selectOption("project:web");
    await cell("DATABASE_URL in project web: wins").waitFor();
    await cell("DATABASE_URL in team: shadowed").waitFor();
    await picture(page, "matrix");
    await accessible(page, "matrix");
    await page.keyboard.press("/");
    await page.keyboard.type("session");
    await page.getByText("1 of 5 names").waitFor();
    assert.equal(await page.getByRole("rowheader", { name: "DATABASE_URL" }).isVisible(), false);
    await page.getByLabel("filter").fill("");
    await page.locator("td[tabindex='0']").focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowLeft");
    assert.equal(await page.evaluate(() => document.activeElement.title), "AUTH_SECRET is not set in cluster eu; Enter creates it");
    await page.keyboard.press("Enter");
    await page.keyboard.type("by keys alone");
    await page.keyboard.press("Enter");
    assert.equal(await page.getByLabel("Name", { exact: true }).inputValue(), "AUTH_SECRET");
    await submit(page, "Create");
    await toast(page, "created AUTH_SECRET in cluster eu");
    assert.equal(command("get", "AUTH_SECRET", "-c", "eu"), "by keys alone\n");

    // The environment: masked, copied, saved.
    await go(page, "Environment");
    await page.getByText(/DATABASE_URL=.?\*{8}/).waitFor();
    assert.ok(!(await page.content()).includes("postgres"));
    for (const format of ["json", "yaml", "shell", "fish", "powershell", "docker", "systemd", "github", "null", "dotenv"]) {
      await page.getByLabel("format").selectOption(format);
      await page.locator(".preview").getByText("DATABASE_URL").first().waitFor();
    }
    await picture(page, "environment");
    await accessible(page, "environment");
    await page.getByRole("button", { name: "Copy with values" }).click();
    await toast(page, "copied the environment");
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), command("resolve", "-p", "web", "--no-link"));
    await page.getByLabel("or to a file").fill("web.env");
    await page.getByRole("button", { name: "Save with values" }).click();
    await toast(page, "wrote ");
    assert.equal(fs.readFileSync("web.env", "utf8"), command("resolve", "-p", "web", "--no-link"));
    command("use", "DATABASE_URL", "--as", "URL_FILE", "--as-file", "-p", "web");
    await page.getByText("URL_FILE is a file, which only a running command can be given").waitFor();
    await page.getByRole("button", { name: "Leave out URL_FILE" }).click();
    await page.getByText("left out: URL_FILE").waitFor();

    // People.
    await go(page, "People and audit");
    await page.getByRole("rowheader", { name: "alice (you)" }).waitFor();
    await picture(page, "people");
    await accessible(page, "people");

    // A reload is the same session; another tab that was not opened from it is not.
    await page.reload();
    await page.getByRole("heading", { name: "People and audit" }).waitFor();
    const stranger = await context.newPage();
    await stranger.goto(address);
    await stranger.getByRole("heading", { name: "This tab is not let in" }).waitFor();
    assert.ok(!(await stranger.content()).includes("DATABASE_URL"));
    await stranger.close();

    await page.getByRole("button", { name: "Close the console" }).click();
    await page.getByRole("heading", { name: "The console is closed" }).waitFor();
    assert.ok(!(await page.content()).includes("DATABASE_URL"));
    assert.deepEqual(complaints, []);
  },

  async disputes() {
    const { page, complaints } = await open();
    await page.goto(address);
    await page.getByLabel("in project").selectOption("project:web");
    // Seen at a glance, and told to who does not see it.
    const cell = page.getByTitle("KEY in project web: nothing wins");
    assert.match(await cell.textContent(), /nothing wins.*disputed: written by (alice and by bob|bob and by alice)/);
    await page.getByRole("row").filter({ hasText: "KEY" }).getByText("disputed", { exact: true }).last().waitFor();
    await page.getByText("refers to a dispute").waitFor();
    await page.getByRole("list", { name: "Signs" }).getByText("disputed: nothing wins until it is settled").waitFor();
    await accessible(page, "disputed matrix");
    await picture(page, "disputed-matrix");
    await go(page, "Environment");
    await page.getByText(failure("resolve", "-p", "web")).waitFor();

    // From the list of the section: who wrote which value when, shown and copied on request.
    await go(page, "project web");
    assert.equal(await page.getByRole("button", { name: /^(Update|Delete) KEY$/ }).count(), 0);
    await page.getByRole("button", { name: "Settle KEY" }).click();
    await dialog(page).getByText("changed in two places at once").waitFor();
    assert.ok(!(await page.content()).includes("from-"));
    const bobs = dialog(page).getByRole("listitem").filter({ hasText: "bob" });
    await bobs.getByText(/bob, (just now|\d+ minutes? ago): a secret, 8 bytes/).waitFor();
    await bobs.getByRole("button", { name: /^Show or hide/ }).click();
    await bobs.getByText("from-bob").waitFor();
    assert.equal(await bobs.locator("output bdi").textContent(), "from-bob");
    assert.ok(!(await page.content()).includes("from-alice"));
    await accessible(page, "dispute");
    await picture(page, "dispute");
    await bobs.getByRole("button", { name: /^Copy/ }).click();
    await toast(page, "copied candidate");
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), "from-bob");
    // A colleague is faster: it is said, and nothing is settled over it.
    command("settle", "KEY", "-p", "web", "--by", "alice");
    await dialog(page).getByText("KEY in project web was changed meanwhile, by alice").waitFor();
    await bobs.getByRole("button", { name: /^Take this/ }).click();
    await dialog(page).getByText("nothing was saved").waitFor();
    assert.equal(command("get", "KEY", "-p", "web"), "from-alice");
    await page.keyboard.press("Escape");

    // One is taken.
    await page.getByRole("button", { name: "Settle TAKEN" }).click();
    await dialog(page).getByRole("listitem").filter({ hasText: "bob" }).getByRole("button", { name: /^Take this/ }).click();
    await toast(page, "settled TAKEN in project web of team acme");
    assert.equal(command("get", "TAKEN", "-p", "web"), "from-bob");
    await page.getByRole("button", { name: "Open TAKEN" }).click();
    await page.getByRole("button", { name: "Restore version 1" }).click();
    await toast(page, "restored TAKEN");
    assert.equal(command("get", "TAKEN", "-p", "web"), "from-alice");
    // Or another value is given.
    await go(page, "People and audit");
    await page.getByRole("button", { name: "Open OTHER in project web" }).click();
    await dialog(page).getByRole("button", { name: "Another value …" }).click();
    await page.getByLabel("Value", { exact: true }).fill("from-both");
    await accessible(page, "settle");
    await submit(page, "Settle");
    await toast(page, "settled OTHER");
    assert.equal(command("get", "OTHER", "-p", "web"), "from-both");
    await page.getByRole("heading", { name: "Disputed" }).waitFor({ state: "detached" });
    assert.deepEqual(complaints, []);
  },

  async life() {
    const { context, page, complaints } = await open();
    await page.goto(address);
    // What a command changes shows at once, wherever one looks; what is typed stays.
    await page.getByLabel("filter").fill("N");
    command("set", "NEW_HERE", "-g", "--value", "x");
    await page.getByTitle("NEW_HERE in team: wins").waitFor({ timeout: 3000 });
    assert.equal(await page.getByLabel("filter").inputValue(), "N");
    await page.getByTitle("NEW_HERE in team: wins").click();
    await dialog(page).waitFor();
    command("delete", "NEW_HERE", "-g");
    await dialog(page).getByText("NEW_HERE in team was deleted meanwhile").waitFor({ timeout: 3000 });
    await dialog(page).getByRole("button", { name: "Look at it now" }).click();
    await dialog(page).getByText("It was deleted.").waitFor();
    await page.keyboard.press("Escape");
    command("project", "create", "made-by-a-command");
    await page.getByRole("navigation").getByText("made-by-a-command").waitFor({ timeout: 3000 });

    // Back, and another tab of the same console.
    await go(page, "project web");
    await go(page, "People and audit");
    await page.goBack();
    await page.getByRole("heading", { name: "project web" }).waitFor();
    await page.getByRole("button", { name: "New secret" }).click();
    await dialog(page).waitFor();
    await page.goBack();
    await page.getByRole("heading", { name: "All names" }).waitFor();
    assert.equal(await dialog(page).count(), 0, "a form does not stay over another view");
    const [tab] = await Promise.all([context.waitForEvent("page"), page.getByRole("navigation").getByRole("link", { name: "Environment" }).click({ modifiers: ["Control"] })]);
    await tab.getByRole("heading", { name: "Environment" }).waitFor();
    command("set", "SEEN_IN_BOTH", "-g", "--value", "x");
    await page.getByRole("navigation").getByRole("link", { name: "Team secrets" }).click();
    for (const one of [page, tab]) await one.getByText("SEEN_IN_BOTH").first().waitFor({ timeout: 3000 });
    await tab.close();
    // What is dialled by hand, without the ticket, by who has no tab of it.
    const other = await browser.newContext();
    const stranger = await other.newPage();
    await stranger.goto(address.replace(/#.*/, ""));
    await stranger.getByRole("heading", { name: "This tab is not let in" }).waitFor();
    await accessible(stranger, "not let in");
    await other.close();

    // The vault goes, is replaced by an older one, and comes back: the words are the command's.
    const vault = path.join(process.env.ETUI_HOME, "acme.age");
    const held = fs.readFileSync(vault);
    command("set", "LATER", "-g", "--value", "x");
    await page.getByText("LATER").first().waitFor({ timeout: 3000 });
    const now = fs.readFileSync(vault);
    for (const happens of [() => fs.rmSync(vault), () => fs.writeFileSync(vault, held), () => fs.writeFileSync(vault, "no vault")]) {
      happens();
      await page.getByRole("heading", { name: "The vault does not open" }).waitFor({ timeout: 3000 });
      await page.getByText(failure("--vault", vault, "list", "-g")).waitFor({ timeout: 3000 });
      assert.ok(!(await page.content()).includes("LATER"), "nothing of the vault is left");
    }
    await accessible(page, "no vault");
    await picture(page, "no-vault");
    fs.writeFileSync(vault, now);
    await page.getByText("LATER").first().waitFor({ timeout: 3000 });

    // Ctrl-C at the terminal.
    process.kill(Number(process.argv[6]), "SIGINT");
    await page.getByRole("heading", { name: "The console is closed" }).waitFor({ timeout: 3000 });
    assert.ok(!(await page.content()).includes("LATER"));
    await accessible(page, "closed");
    await assert.rejects(page.reload(), /ERR_CONNECTION_REFUSED/);
    assert.deepEqual(complaints.filter((text) => !text.includes("ERR_")), []);
  },

  async hostile() {
    const { context, page, complaints } = await open();
    await page.goto(address);
    await page.getByRole("heading", { name: "All names" }).waitFor();
    const { origin, port } = new URL(address);
    const server = http.createServer((_, answer) => answer.setHeader("Content-Type", "text/html").end("<!doctype html><title>hostile</title><body>"));
    await new Promise((listens) => server.listen(0, "127.0.0.1", listens));
    // In the browser that the console trusts: a page of another port, of another site, and of a name that leads here.
    for (const host of ["127.0.0.1", "localhost", "evil.example"]) {
      const evil = await context.newPage();
      await evil.goto(`http://${host}:${server.address().port}/`);
      const tried = await evil.evaluate(async (origin) => {
        const tried = {};
        const attempt = async (name, what) => (tried[name] = await what().catch(() => "refused"));
        const asks = { method: "POST", credentials: "include", body: "{}" };
        const event = (target, good) => new Promise((is, isNot) => {
          target.addEventListener(good, () => is(good));
          target.addEventListener("error", isNot);
        });
        const element = (tag, attributes) => document.body.appendChild(Object.assign(document.createElement(tag), attributes));
        await attempt("fetch", async () => (await fetch(`${origin}/api/vault`, { ...asks, headers: { "Content-Type": "application/json", "X-Etui-Token": "0" } })).status);
        await attempt("plain", async () => (await fetch(`${origin}/api/stop`, { ...asks, mode: "no-cors" })).type);
        await attempt("page", async () => (await fetch(`${origin}/`)).status);
        await attempt("image", () => event(element("img", { src: `${origin}/` }), "load"));
        await attempt("script", () => event(element("script", { src: `${origin}/app.js` }), "load"));
        await attempt("style", () => event(element("link", { rel: "stylesheet", href: `${origin}/style.css` }), "load"));
        await attempt("socket", () => event(new WebSocket(`${origin.replace("http", "ws")}/api/watch`), "open"));
        navigator.sendBeacon(`${origin}/api/stop`, new Blob(["{}"], { type: "text/plain" }));
        await event(element("iframe", { src: `${origin}/` }), "load");
        return tried;
      }, origin);
      // An answer that cannot be read tells nothing; that nothing was done is seen below.
      assert.deepEqual({ ...tried, plain: null }, { fetch: "refused", plain: null, page: "refused", image: "refused", script: "refused", style: "refused", socket: "refused" }, host);
      for (const frame of evil.frames().slice(1)) assert.equal(await frame.locator("#frame").count(), 0, `${host} shows it in a frame`);
      for (const opens of [(to) => void open(`${to}/#/matrix`), (to) => {
        const form = document.body.appendChild(Object.assign(document.createElement("form"), { method: "post", enctype: "text/plain", target: "_blank", action: `${to}/api/stop` }));
        form.append(Object.assign(document.createElement("input"), { name: '{"a":"', value: '"}' }));
        form.submit();
      }]) {
        const [popup] = await Promise.all([context.waitForEvent("page"), evil.evaluate(opens, origin)]);
        await popup.getByText("only the console's own page may send requests").waitFor();
        await popup.close();
      }
      await evil.close();
    }
    const rebound = await context.newPage();
    assert.equal((await rebound.goto(`http://evil.example:${port}/`)).status(), 421);
    server.close();
    // Nobody closed it, and nothing was done.
    await page.reload();
    await page.getByText("has no secret yet").waitFor();
    assert.deepEqual(complaints, []);
  },

  async reader() {
    const { page, complaints } = await open();
    await page.goto(address);
    await page.getByText("you read only: bob may read this vault, not write it").waitFor();
    for (const link of ["All names", "Environment", "People and audit", "Team secrets", "project web"]) {
      await page.getByRole("navigation").getByRole("link", { name: link, exact: true }).click();
      await page.getByText("you read only:").waitFor();
      assert.equal(await page.getByRole("button", { name: /New|Update|Delete|Create/ }).count(), 0, link);
      await accessible(page, `${link} of a reader`);
    }
    await picture(page, "reader");
    await page.getByRole("button", { name: "Open A" }).click();
    await page.getByRole("button", { name: "Show or hide A", exact: true }).click();
    await dialog(page).getByText("a value").waitFor();
    assert.equal(await page.getByRole("button", { name: /Update|Delete|Restore/ }).count(), 0);
    assert.deepEqual(complaints, []);
  },

  async closed() {
    const { page, complaints } = await open();
    await page.goto(address);
    await page.getByRole("heading", { name: "All names" }).waitFor();
    await page.getByRole("columnheader").getByRole("button", { name: /^cluster prod.*closed to you$/ }).click();
    await page.getByText("cluster prod of team acme is closed to your key").waitFor();
    await accessible(page, "a context with a closed section");
    await picture(page, "closed-matrix");
    for (const name of ["Environment", /^cluster prod.*closed to you$/]) {
      await page.getByRole("navigation").getByRole("link", { name }).click();
      await page.getByText("cluster prod of team acme is closed to your key").waitFor();
      await accessible(page, String(name));
    }
    await page.getByText("ask alice or bob, who can let you in").waitFor();
    await page.getByText("Closed to all but alice, bob.").waitFor();
    assert.equal(await page.getByRole("main").getByRole("button").count(), 0);
    await picture(page, "closed");
    await go(page, "People and audit");
    await page.getByRole("row", { name: /^bob writer/ }).getByText("cluster prod").waitFor();
    await accessible(page, "people in closed sections");
    await go(page, "project web");
    await page.getByRole("button", { name: "New secret" }).waitFor();
    assert.doesNotMatch(await page.content(), /HIDDEN/);
    assert.deepEqual(complaints, []);
  },

  async themes() {
    const { page, complaints } = await open();
    await page.goto(address);
    await page.getByRole("heading", { name: "All names" }).waitFor();
    for (const colorScheme of ["light", "dark"]) {
      for (const [size, viewport] of Object.entries({ wide: { width: 1280, height: 800 }, narrow: { width: 360, height: 780 } })) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize(viewport);
        for (const [name, link] of Object.entries({ matrix: "All names", section: "project web", team: "Team secrets", environment: "Environment", people: "People and audit" })) {
          await page.getByRole("navigation").getByRole("link", { name: link, exact: true }).click();
          await page.locator(`nav a[aria-current]`).getByText(link.replace("project ", "")).waitFor();
          await page.waitForTimeout(100);
          await accessible(page, `${name} ${colorScheme} ${size}`);
          await picture(page, `${name}-${colorScheme}-${size}`);
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.ok(wide <= 0, `${name} ${size}: ${wide} pixels too wide`);
        }
        await page.getByRole("navigation").getByRole("link", { name: "project web", exact: true }).click();
        await page.getByRole("button", { name: /^Open / }).first().click();
        await dialog(page).waitFor();
        await accessible(page, `look ${colorScheme} ${size}`);
        await picture(page, `look-${colorScheme}-${size}`);
        await page.keyboard.press("Escape");
      }
    }
    // What is to be rotated, what stands twice, and, after a while, what is old.
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.clock.setFixedTime(Date.now() + 100 * 86400000);
    await page.getByRole("navigation").getByRole("link", { name: "All names", exact: true }).click();
    const cell = page.getByTitle("STRIPE_KEY in team: wins");
    await cell.getByText("old", { exact: true }).waitFor();
    assert.match(await cell.textContent(), /to be rotated: read by bob, who was removed.*the same value as SAME in project api.*not changed for 100 days/);
    await accessible(page, "old");
    await picture(page, "old");
    assert.deepEqual(complaints, []);
  },

  async picture() {
    const { page } = await open({ viewport: { width: 1120, height: 590 }, deviceScaleFactor: 1.5, colorScheme: "light" });
    await page.goto(address);
    await page.getByLabel("in project").selectOption("project:web");
    await page.getByLabel("on cluster").selectOption("cluster:gpu");
    await page.getByTitle("DATABASE_URL in project web: wins").waitFor();
    await page.getByTitle("DATABASE_URL in cluster gpu: shadowed").waitFor();
    await page.evaluate(() => document.activeElement.blur());
    await picture(page, "console");
  },

  async locked() {
    const { page } = await open();
    await page.goto(address);
    await page.getByRole("heading", { name: "The vault is locked" }).waitFor();
    await accessible(page, "locked");
    await picture(page, "locked");
    await page.keyboard.type("wrong");
    await page.keyboard.press("Enter");
    await page.getByText("wrong passphrase").waitFor();
    await page.getByText("2 tries are left").waitFor();
    await page.getByLabel("Passphrase of your key").fill("correct horse");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "All names" }).waitFor();
  },

  async many() {
    const { page } = await open();
    await page.goto(address);
    await page.getByRole("heading", { name: "All names" }).waitFor();
    await page.getByText("1000 names").waitFor();
    const times = [];
    await page.getByLabel("filter").focus();
    for (const letter of "name_99") {
      const start = Date.now();
      await page.keyboard.type(letter);
      await page.evaluate(() => new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next))));
      times.push(Date.now() - start);
    }
    await page.getByText("11 of 1000 names").waitFor();
    console.log(`a key in the filter of 1000 names: ${times.join(", ")} ms`);
    assert.ok(times.every((time) => time < 500), "smooth");
    await picture(page, "many");
  },
};

try {
  await flows[flow]();
} catch (error) {
  // What a person would have seen.
  for (const context of browser.contexts()) for (const page of context.pages()) await picture(page, `${flow}-failed`);
  throw error;
} finally {
  await browser.close();
}
