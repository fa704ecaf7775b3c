// Takes pictures of every screen of the invented drill with a headless chromium, asks axe about each, and measures
// what axe does not: rows that overlap, words that are cut, pages that scroll sideways.
// Usage: node scripts/look.mjs OUT_DIR [name-filter]; CHROMIUM names the executable.
import { mkdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { createServer } from "vite";

const [out = "shots", only = ""] = process.argv.slice(2);
mkdirSync(out, { recursive: true });
const DRILL = "D-2026-0007";
const wizard = (at, more = "") => ({ query: `at=${at}${more}`, hash: `/drills/${DRILL}` });
const SCREENS = {
  "wizard-read": wizard("brief"),
  "wizard-charter": wizard("charter"),
  "wizard-running": wizard("permissions"),
  "wizard-choose": wizard("recovery-point"),
  "wizard-gate": wizard("approve-restore"),
  "wizard-restore": wizard("restore"),
  "wizard-restore-live": wizard("restore", "&story=live"),
  "wizard-wait": wizard("job"),
  "wizard-check": wizard("access"),
  "wizard-unknown": wizard("restore", "&story=unknown"),
  "wizard-boot": wizard("boot"),
  "wizard-content": wizard("content"),
  "wizard-cleanup": wizard("cleanup"),
  "wizard-review": wizard("review"),
  "wizard-past": { query: "at=job", hash: `/drills/${DRILL}/steps/recovery-point` },
  "wizard-abort": { ...wizard("recovery-point"), press: '[data-testid="abort"]' },
  "wizard-capture": { ...wizard("boot"), key: "Control+Shift+Digit4" },
  "wizard-acknowledge": { ...wizard("access"), press: '[data-testid="acknowledge-1"]' },
  "wizard-side": { ...wizard("recovery-point"), press: ".tabs button", below: 1200 },
  "keys": { ...wizard("restore"), key: "?" },
  "palette": { ...wizard("restore"), key: "Control+k" },
  "people": { query: "", hash: "/", press: '[data-testid="switch-person"]' },
  "evidence": { query: "at=access", hash: `/drills/${DRILL}/evidence/110` },
  "evidence-picture": { query: "at=boot", hash: `/drills/${DRILL}/evidence/130` },
  "home": { query: "", hash: "/" },
  "home-empty": { query: "story=empty", hash: "/" },
  "home-slow": { query: "story=slow", hash: "/", select: ".skel p" },
  "home-error": { query: "story=error", hash: "/", select: "[role=alert]" },
  "drills": { query: "", hash: "/drills" },
  "runbooks": { query: "", hash: "/runbooks" },
  "start": { query: "", hash: "/start" },
  "desk": { query: "at=approve-restore&person=rita", hash: "/requests" },
  "start-faults": { query: "", hash: "/start", press: '[data-testid="surprises-chosen"]' },
  "desk-evidence": { query: "at=approve-restore&person=rita", hash: "/requests/sha256%3A7be104d9c25f88a1e6a0437b90d2f51c7be104d9c25f88a1e6a0437b90d2f51c", press: '[data-testid="open-first-1"]' },
  "desk-one": { query: "at=approve-restore&person=rita", hash: "/requests/sha256%3A7be104d9c25f88a1e6a0437b90d2f51c7be104d9c25f88a1e6a0437b90d2f51c" },
  "desk-operator": { query: "at=approve-restore", hash: "/requests" },
  "desk-empty": { query: "story=empty&person=rita", hash: "/requests" },
  "cleanup": { query: "at=cleanup", hash: "/cleanup" },
  "cleanup-huge": { query: "at=cleanup&story=huge", hash: "/cleanup" },
  "cleanup-move": { query: "at=cleanup", hash: "/cleanup", press: '[data-testid="move-D-2026-0006"]' },
  "journal": { query: "at=review", hash: "/journal" },
  "journal-entry": { query: "at=review", hash: "/journal?entry=116" },
  "journal-huge": { query: "at=review&story=huge", hash: "/journal", press: '[data-testid="verify-journal"]' },
  "audit": { query: "at=review&person=ines", hash: "/audit" },
  "audit-deviation": { query: "at=review&person=ines", hash: "/audit", press: '[data-testid="deviation-116"]' },
  "audit-empty": { query: "story=empty&person=ines", hash: "/audit" },
  "audit-export": { query: "at=review&person=ines", hash: "/audit", narrow: '[data-testid="open-export"]', press: '[data-testid="export-bundle"]' },
  "coverage": { query: "", hash: "/coverage" },
  "policy": { query: "", hash: "/policy", press: '[data-testid="save-signers"]' },
  "policy-overdue": { query: "story=overdue", hash: "/policy" },
  "policy-first": { query: "story=setup", hash: "/policy", press: '[data-testid="first-policy"]' },
  "policy-setup": { query: "story=setup", hash: "/policy" },
  "policy-draft": { query: "story=draft", hash: "/policy" },
  "policy-change": { query: "story=live", hash: "/policy", press: '[data-testid="change-policy"]' },
  "live-switch": { query: "", hash: "/", press: '[data-testid="switch-world"]' },
  "live-passphrase": { query: "story=nokeyring", hash: "/", press: '[data-testid="switch-world"]' },
  "live-back": { query: "story=live", hash: "/", press: '[data-testid="switch-world"]' },
  "live-start": { query: "story=live", hash: "/start" },
  "live-settings": { query: "story=live", hash: "/settings" },
  "exchange-folder": { query: "story=folder", hash: "/settings", press: '[data-testid="choose-folder"]' },
  "desk-glass": { query: "at=approve-restore&person=rita&story=glass", hash: "/requests/sha256%3A7be104d9c25f88a1e6a0437b90d2f51c7be104d9c25f88a1e6a0437b90d2f51c" },
  "desk-emergency": { query: "at=approve-restore&story=emergency", hash: "/requests/sha256%3A7be104d9c25f88a1e6a0437b90d2f51c7be104d9c25f88a1e6a0437b90d2f51c", press: '[data-testid="break-glass"]' },
  "policy-empty": { query: "story=empty", hash: "/policy" },
  "foreign": { query: "story=folder&person=rita", hash: "/elsewhere" },
  "foreign-paste": { query: "person=rita", hash: "/elsewhere", press: '[data-testid="paste-foreign"]' },
  "foreign-one": { query: "story=foreign&person=ines", hash: "/elsewhere/sha256%3A7be104d9c25f88a1e6a0437b90d2f51c7be104d9c25f88a1e6a0437b90d2f51c", press: '[data-testid="choose-signing-key"]' },
  "foreign-signed": { query: "story=foreign&person=ines", hash: "/elsewhere/sha256%3A7be104d9c25f88a1e6a0437b90d2f51c7be104d9c25f88a1e6a0437b90d2f51c", press: '[data-testid="choose-signing-key"]', then: sign },
  "send-request": { ...wizard("approve-restore"), press: '[data-testid="send-elsewhere"]' },
  "take-in": { query: "at=approve-restore", hash: "/requests/sha256%3A7be104d9c25f88a1e6a0437b90d2f51c7be104d9c25f88a1e6a0437b90d2f51c", press: '[data-testid="take-in"]' },
  "settings": { query: "", hash: "/settings" },
  "settings-certificate": { query: "story=nokeyring", hash: "/settings", press: '[data-testid="add-connection"]', then: certificate },
  "settings-unlock": { query: "story=locked", hash: "/settings", press: '[data-testid="try-dr-app"]' },
  "settings-connection": { query: "", hash: "/settings", press: '[data-testid="add-connection"]' },
};
/** Refuses a request of another computer, with a key whose passphrase is typed. */
async function sign(page) {
  await page.fill('[data-testid="field-key-passphrase"]', "the words of the key");
  await page.fill('[data-testid="reason"]', "Not on a Friday.");
  await page.click('[data-testid="refuse"]');
  await page.waitForSelector('[data-testid="save-decision"]');
}
/** Fills the form of a connection by certificate where no keyring keeps it. */
async function certificate(page) {
  const id = "7d3c1b52-64f0-4d0e-9a3b-0f6e2c8a1d47";
  await page.selectOption('[data-testid="field-connection-credential"]', "client-certificate");
  for (const [field, value] of [["connection-name", "dr-app"], ["connection-tenant", id], ["connection-subscription", id], ["connection-client", id]]) await page.fill(`[data-testid="field-${field}"]`, value);
  await page.click('[data-testid="choose-certificate"]');
  await page.fill('[data-testid="field-certificate-passphrase"]', "the words of the file");
  await page.click('[data-testid="keep-connection"]');
  await page.waitForSelector('[data-testid="field-keep-passphrase"]');
}
const SIZES = [[1440, 900], [1024, 700]];

/** What does not fit on the page as it stands; runs inside the page. */
function misfits() {
  const found = [];
  const name = (node) => `${node.tagName.toLowerCase()}${node.dataset?.testid ? `[${node.dataset.testid}]` : ""}.${[...node.classList].filter((one) => !one.startsWith("svelte-")).join(".")} "${node.textContent.trim().slice(0, 40)}"`;
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) found.push("the page scrolls sideways");
  const rows = [...document.querySelectorAll("nav.rail li")];
  rows.forEach((row, at) => {
    if (row.scrollHeight > row.clientHeight) found.push(`row ${row.dataset.step} is ${row.scrollHeight} high in ${row.clientHeight}`);
    const next = rows[at + 1]?.getBoundingClientRect();
    if (next && row.getBoundingClientRect().bottom > next.top + 0.5) found.push(`row ${row.dataset.step} overlaps the next`);
  });
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT, (node) => (node.data.trim() ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_SKIP));
  while (texts.nextNode()) {
    const node = texts.currentNode.parentElement;
    if (!node?.checkVisibility?.() || node.closest(".visually-hidden, svg, script, style, option")) continue;
    const range = document.createRange();
    range.selectNodeContents(texts.currentNode);
    const text = range.getBoundingClientRect();
    if (text.width < 2 || text.height < 2) continue;
    for (let box = node; box && box !== document.body; box = box.parentElement) {
      const style = getComputedStyle(box);
      const edge = box.getBoundingClientRect();
      if (style.textOverflow === "ellipsis" && style.overflowX === "hidden") break;
      if (/auto|scroll/.test(style.overflowX + style.overflowY)) {
        if (text.right > edge.right + 1 && !box.closest("pre, .scroll-x, .bytes")) found.push(`${name(node)} needs sideways scrolling in ${name(box).slice(0, 60)}`);
        break;
      }
      if (/hidden|clip/.test(style.overflowX) && (text.right > edge.right + 1 || text.left < edge.left - 1)) { found.push(`${name(node)} is cut at the side`); break; }
      if (/hidden|clip/.test(style.overflowY) && (text.bottom > edge.bottom + 3 || text.top < edge.top - 3)) { found.push(`${name(node)} is cut in height`); break; }
    }
  }
  return [...new Set(found)].slice(0, 6);
}

/** Where the focus is, in document order, and whether it can be seen; runs inside the page. */
function focused() {
  const node = document.activeElement;
  if (!node || node === document.body) return null;
  const { left, right, top, bottom } = node.getBoundingClientRect();
  // Where it stands in what scrolls: bringing it into sight moves nothing there.
  let scrolled = 0;
  for (let box = node.parentElement; box; box = box.parentElement) scrolled += box.scrollTop;
  const nodes = [...document.querySelectorAll("*")];
  let room = node.parentElement;
  while (room && room.scrollHeight <= room.clientHeight) room = room.parentElement;
  const area = node.closest("nav, aside, dialog, main, header")?.tagName ?? "";
  // A field that is drawn by what is around it shows the focus there.
  const ringed = [node, node.parentElement].some((one) => one && getComputedStyle(one).outlineStyle !== "none" && parseFloat(getComputedStyle(one).outlineWidth) >= 1);
  const seen = ringed && bottom > 0 && top < innerHeight && right > 0 && left < innerWidth;
  return { at: nodes.indexOf(node), name: `${node.tagName.toLowerCase()}${node.dataset.testid ? `[${node.dataset.testid}]` : ""} "${(node.getAttribute("aria-label") ?? node.textContent).trim().slice(0, 30)}"`, seen, left, right, top: top + scrolled, bottom: bottom + scrolled, area, room: nodes.indexOf(room), inside: Boolean(node.closest("dialog")) };
}

/** Walks a screen with Tab: the focus is always seen, follows the reading order, and a dialog keeps it. */
async function walk(page) {
  const found = [];
  const dialog = await page.evaluate(() => Boolean(document.querySelector("dialog[open]")));
  let before = null;
  const visited = new Set();
  for (let turn = 0; turn < 90; turn += 1) {
    await page.keyboard.press("Tab");
    const here = await page.evaluate(focused);
    if (!here || visited.has(here.at)) { if (!here && !dialog && turn === 0) continue; break; }
    visited.add(here.at);
    if (!here.seen) found.push(`the focus on ${here.name} is not seen`);
    if (dialog && !here.inside) found.push(`the dialog lets the focus out to ${here.name}`);
    if (before && here.area === before.area && here.room === before.room && here.bottom <= before.top && here.left < before.right && here.right > before.left) found.push(`Tab goes up from ${before.name} to ${here.name}`);
    before = here;
  }
  return [...new Set(found)].slice(0, 5);
}

const axeSource = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");
const server = await createServer({ root: fileURLToPath(new URL("..", import.meta.url)), server: { port: Number(process.env.PORT ?? 5199), strictPort: false }, logLevel: "error" });
await server.listen();
const base = server.resolvedUrls.local[0];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
let wrong = 0;
const themes = process.env.THEMES?.split(",") ?? ["light", "dark"];
for (const theme of themes) {
  for (const [width, height] of SIZES) {
    const page = await browser.newPage({ viewport: { width, height }, timezoneId: "America/New_York", locale: "en-GB", forcedColors: theme === "forced" ? "active" : "none", contrast: theme === "contrast" ? "more" : "no-preference", reducedMotion: "reduce" });
    page.on("pageerror", (error) => { wrong += 1; console.log(`error ${error.message}`); });
    page.on("console", (message) => { if (message.type() === "error") { wrong += 1; console.log(`console ${message.text()}`); } });
    for (const [name, screen] of Object.entries(SCREENS)) {
      if (screen.below && width >= screen.below) continue;
      if (only && !new RegExp(only).test(name)) continue;
      await page.goto("about:blank");
      await page.goto(`${base}?theme=${theme === "dark" ? "dark" : "light"}&${screen.query}#${screen.hash}`);
      try {
        await page.waitForSelector(screen.select ?? "main h1, main h2", { timeout: 8000 });
        if (screen.narrow && width < 1200) await page.click(screen.narrow, { timeout: 3000 });
        if (screen.press) await page.click(screen.press, { timeout: 3000 });
        if (screen.then) await screen.then(page);
        if (screen.key) await page.keyboard.press(screen.key);
      } catch (error) {
        wrong += 1;
        console.log(`${name}: ${error.message.split("\n")[0]}`);
      }
      await page.waitForTimeout(450);
      await page.screenshot({ path: `${out}/${name}-${width}x${height}-${theme}.png` });
      if (theme === "light" || theme === "dark") {
        await page.evaluate(axeSource);
        const result = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
        for (const violation of result.violations) {
          wrong += 1;
          console.log(`${name} ${width} ${theme}: ${violation.id} (${violation.nodes.length}) ${violation.nodes.slice(0, 3).map((node) => `${node.target.join(" ")} ${node.any[0]?.message ?? ""}`).join(" | ")}`);
        }
      }
      if (theme === themes[0]) {
        for (const lost of await walk(page)) { wrong += 1; console.log(`${name} ${width}: ${lost}`); }
      }
      for (const misfit of await page.evaluate(misfits)) { wrong += 1; console.log(`${name} ${width} ${theme}: ${misfit}`); }
    }
    await page.close();
  }
}
await browser.close();
await server.close();
console.log(wrong ? `${wrong} things to mend` : "nothing to mend");
process.exit(wrong ? 1 : 0);
