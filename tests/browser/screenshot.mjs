// Makes configs/screenshot.png, the picture in the README: the demo's show on a phone and some people in its chat. It
// runs a demo server of its own. Once a release is built:
//   node tests/browser/screenshot.mjs
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const source = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
process.env.TEST_BINARIES ??= path.join(source, "build/release");
const { Server } = await import("../flow/lib/server.mjs");
const { signUp } = await import("../flow/lib/people.mjs");
const { phone } = await import("./lib/browsers.mjs");

const picture = path.join(source, "configs/screenshot.png");
const largest = 400 * 1024; // [bytes]
const chat = [["Noor", "hello from Lisbon!"], ["Ines", "that blue is lovely"], ["Marek", "is it true to size?"], ["Ines", "mine is, and it softens with wear"]];
const id = (name) => `[data-testid="${name}"]`;

/** Fewer colours make a photo-like picture a third of the size; nobody sees it at phone size. */
function shrink(file) {
  const small = `${file}.small.png`;
  const done = spawnSync("ffmpeg", ["-v", "error", "-y", "-i", file, "-vf", "split[a][b];[a]palettegen=max_colors=256:stats_mode=single[p];[b][p]paletteuse=dither=sierra2_4a",
    "-compression_level", "100", "-pred", "mixed", small], { stdio: "inherit" });
  if (done.status !== 0) throw new Error("ffmpeg failed");
  return small;
}

/** The demo's show, once it has a picture. */
async function onAir() {
  for (let tries = 0; tries < 100; tries++) {
    const { shows } = await (await fetch(`${server.url}/api/v1/shows?state=live`)).json();
    if (shows[0]?.picture) return shows[0];
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  throw new Error("no show on air");
}

/** The demo's host holds up each of its drawings for six seconds, in the order of their names; the jacket is what is for sale. */
async function jacketShown() {
  const started = JSON.parse(server.log.findLast((line) => line.includes("demo-host: pid"))).ts;
  const drawings = readdirSync(path.join(source, "configs/demo")).filter((name) => name.endsWith(".svg")).sort();
  const each_ms = 6000, round_ms = drawings.length * each_ms;
  const middle_ms = (drawings.indexOf("denim-jacket.svg") + 0.5) * each_ms;
  const wait_ms = middle_ms - ((Date.now() - Date.parse(started)) % round_ms);
  await new Promise((resolve) => setTimeout(resolve, wait_ms < 0 ? wait_ms + round_ms : wait_ms));
}

const dir = mkdtempSync(path.join(tmpdir(), "trunkshow-screenshot-"));
const server = new Server({}, ["--demo"]);
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", headless: true, args: ["--no-sandbox", "--disable-gpu", "--mute-audio"] });
try {
  await server.start();
  const show = await onAir();
  const people = new Map();
  for (const name of new Set(chat.map(([who]) => who))) people.set(name, (await (await signUp(server, name.toLowerCase(), name)).enter(show.id)).socket);

  const page = await (await browser.newContext({ ...phone, colorScheme: "light" })).newPage();
  await page.goto(`${server.url}/s/${show.id}`);
  await page.click(id("unmute"));
  for (const [who, text] of chat) await people.get(who).ask({ type: "chat", show: show.id, text });
  await page.locator(id("chat-line")).nth(chat.length - 1).waitFor();
  await jacketShown();
  for (let i = 0; i < 3; i++) await page.click(id("react-heart"));
  await page.waitForTimeout(700);
  const full = path.join(dir, "screenshot.png");
  await page.screenshot({ path: full });
  const small = shrink(full);
  const bytes = statSync(small).size;
  if (bytes > largest) throw new Error(`${bytes} bytes are more than ${largest}`);
  copyFileSync(small, picture);
  console.log(`${picture}: ${bytes} bytes`);
} finally {
  await browser.close();
  await server.stop();
  server.remove();
  rmSync(dir, { recursive: true, force: true });
}
