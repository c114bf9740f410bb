// The README's picture: the demo's show on a phone and some people in its chat. It is written to shots/readme.png; CONTRIBUTING.md
// says how it gets from there into the README.
import { test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Server } from "../flow/lib/server.mjs";
import { signUp } from "../flow/lib/people.mjs";
import { openChromium, openPage, shots } from "./lib/browsers.mjs";
import { id } from "./lib/pages.mjs";

const source = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const largest = 400 * 1024; // [bytes]
const patience = 60_000;
const chat = [["Noor", "hello from Lisbon!"], ["Ines", "that blue is lovely"], ["Marek", "is it true to size?"], ["Ines", "mine is, and it softens with wear"]];

/** Fewer colours make a photo-like picture a third of the size; nobody sees it at phone size. */
function shrink(from, to) {
  const done = spawnSync("ffmpeg", ["-v", "error", "-y", "-i", from, "-vf", "split[a][b];[a]palettegen=max_colors=256:stats_mode=single[p];[b][p]paletteuse=dither=sierra2_4a",
    "-compression_level", "100", "-pred", "mixed", to], { encoding: "utf8" });
  assert.equal(done.status, 0, done.stderr);
}

/** Width and height of a PNG (its IHDR comes first). */
function sizeOf(file) {
  const head = readFileSync(file).subarray(16, 24);
  return [head.readUInt32BE(0), head.readUInt32BE(4)];
}

/** The demo's show, once it has a picture. */
async function onAir(server) {
  for (const end = Date.now() + patience; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 300))) {
    const { shows } = await (await fetch(`${server.url}/api/v1/shows?state=live`)).json();
    if (shows[0]?.picture) return shows[0];
  }
  throw new Error("no show on air");
}

/** The demo's host holds up each of its drawings for six seconds, in the order of their names; the jacket is what is for sale. */
async function jacketShown(server) {
  const started = JSON.parse(server.log.findLast((line) => line.includes("demo-host: pid"))).ts;
  const drawings = readdirSync(path.join(source, "configs/demo")).filter((name) => name.endsWith(".svg")).sort();
  const each_ms = 6000, round_ms = drawings.length * each_ms;
  const middle_ms = (drawings.indexOf("denim-jacket.svg") + 0.5) * each_ms;
  const wait_ms = middle_ms - ((Date.now() - Date.parse(started)) % round_ms);
  await new Promise((resolve) => setTimeout(resolve, wait_ms < 0 ? wait_ms + round_ms : wait_ms));
}

test("the README's picture", { timeout: 240_000 }, async (t) => {
  const server = new Server({}, ["--demo"]);
  t.after(() => server.remove());
  await server.start();
  const show = await onAir(server);
  const people = new Map();
  for (const name of new Set(chat.map(([who]) => who))) people.set(name, (await (await signUp(server, name.toLowerCase(), name)).enter(show.id)).socket);

  const page = await openPage(t, await openChromium(t), `${server.url}/s/${show.id}`, { colorScheme: "light" });
  await page.click(id("unmute"));
  await page.locator(id("featured-card")).waitFor();
  for (const [who, text] of chat) await people.get(who).ask({ type: "chat", show: show.id, text });
  await page.locator(id("chat-line")).nth(chat.length - 1).waitFor();
  await jacketShown(server);
  const hearts = page.evaluate(() => new Promise((resolve) => {
    const look = new MutationObserver(() => document.querySelector(".mote") && resolve());
    look.observe(document.body, { childList: true, subtree: true });
  }));
  for (let i = 0; i < 3; i++) await page.click(id("react-heart"));
  await hearts;
  await page.waitForTimeout(700); // hearts rise
  const full = path.join(shots, "readme-full.png"), small = path.join(shots, "readme.png");
  await page.screenshot({ path: full });
  shrink(full, small);
  const { size } = statSync(small);
  t.diagnostic(`${small}: ${size} bytes`);
  assert.ok(size <= largest, `${size} bytes`);
  const [, shown] = /!\[[^\]]+\]\((\S+\.png)\)/.exec(readFileSync(path.join(source, "README.md"), "utf8"));
  assert.deepEqual(sizeOf(small), sizeOf(path.join(source, shown)), "the picture in the README is one of these");
  await server.stop();
});
