// Opens the built window under the content security policy and the frozen prototypes of tauri.conf.json,
// with the invented drill behind the IPC, and fails on anything the policy refuses.
import { createServer as createHttp } from "node:http";
import { existsSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { createServer } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));
const security = JSON.parse(readFileSync(join(root, "../tauri.conf.json"), "utf8")).app.security;
const csp = Object.entries(security.csp).map(([name, value]) => `${name} ${value}`).join("; ");
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2" };

const http = createHttp((request, response) => {
  const path = join(root, "dist", request.url === "/" ? "index.html" : decodeURIComponent(new URL(request.url, "http://x").pathname));
  if (!existsSync(path)) return response.writeHead(404).end();
  response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream", "content-security-policy": csp }).end(readFileSync(path));
});
await new Promise((ready) => http.listen(0, "127.0.0.1", ready));
const vite = await createServer({ root, server: { middlewareMode: true }, appType: "custom", logLevel: "error" });
const { fakeApi } = await vite.ssrLoadModule("/src/lib/ipc/fake.ts");
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
let wrong = 0;
const say = (text) => { wrong += 1; console.log(text); };

async function open(story, hash) {
  const api = fakeApi(story);
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.on("pageerror", (error) => say(`${hash}: ${error.message}`));
  page.on("console", (message) => { if (message.type() === "error") say(`${hash}: ${message.text()}`); });
  await page.exposeFunction("__answer", async (command, args) => {
    if (command.startsWith("plugin:")) return 1;
    const name = command.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
    return api[name](...Object.values(args ?? {}));
  });
  await page.addInitScript((freeze) => {
    globalThis.__TAURI_INTERNALS__ = { invoke: (command, args) => globalThis.__answer(command, args), transformCallback: () => 1 };
    globalThis.__TAURI_EVENT_PLUGIN_INTERNALS__ = { unregisterListener: () => undefined };
    if (freeze) Object.freeze(Object.prototype);
  }, security.freezePrototype);
  await page.goto(`http://127.0.0.1:${http.address().port}/${hash}`);
  await page.waitForSelector("main h1, main h2", { timeout: 8000 }).catch(() => say(`${hash}: nothing is shown`));
  return page;
}

const D = "#/drills/D-2026-0007";
for (const at of ["brief", "charter", "recovery-point", "approve-restore", "restore", "job", "access", "boot", "cleanup", "review"]) await (await open({ at }, D)).close();
await (await open({ at: "restore", story: "unknown" }, D)).close();
await (await open({ at: "access" }, `${D}/evidence/110`)).close();
for (const room of ["", "drills", "requests", "start", "runbooks", "cleanup", "journal", "audit", "settings"]) await (await open({ at: "approve-restore", person: "rita" }, `#/${room}`)).close();
// One press through the real commands, and the dialogs.
const page = await open({ at: "restore" }, D);
await page.click('[data-testid="abort"]');
await page.keyboard.press("Escape");
await page.keyboard.press("Control+k");
await page.keyboard.press("Escape");
await page.click('[data-testid="primary-action"]');
await page.waitForSelector("text=Go on with step 23", { timeout: 4000 }).catch(() => say("the restore was not sent"));
await browser.close();
await vite.close();
http.close();
console.log(wrong ? `${wrong} things to mend` : "the built window holds under its policy");
process.exit(wrong ? 1 : 0);
