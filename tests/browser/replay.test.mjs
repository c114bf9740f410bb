// A show that is over is a shop: its replay plays, a tap on a listing jumps to its moment, and what is in stock is bought.
import { test } from "node:test";
import assert from "node:assert/strict";
import { open } from "../flow/lib/server.mjs";
import { onAir, publishKey, signUp } from "../flow/lib/people.mjs";
import { simulate } from "../flow/lib/simulate.mjs";
import { violations } from "./lib/axe.mjs";
import { openChromium, openPage, shot } from "./lib/browsers.mjs";
import { openShaka } from "./lib/hls.mjs";
import { id, listingOf, pageOf } from "./lib/pages.mjs";

const patience = 60_000;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const titles = ["Wool coat", "Straw hat", "Denim jacket"];

/** A show of three listings, each shown for `shown_ms`, that has ended: the coat is in the shop, of the hat there is none left, the jacket is for
 *  shows alone. */
async function pastShow(t, { shown_ms = 6000 } = {}) {
  const server = await open(t);
  const { host, show, listing: jacket, item: third } = await onAir(server);
  const stage = { server, host, show, items: [] };
  for (const [title, more] of [["Wool coat", { shop: true, stock: 2, price: 4900 }], ["Straw hat", { shop: true, stock: 0, price: 1900 }]]) {
    const listing = await listingOf(host, title, more);
    stage.items.push((await host.must("POST", `/api/v1/shows/${show.id}/items`, { listing: listing.id })).item);
  }
  stage.items.push({ ...third, listing: jacket });
  const publisher = simulate(t, "host", "--whip", `${server.url}/whip/${show.id}`, "--token", await publishKey(host, show));
  const picture = async () => (await host.must("GET", `/api/v1/shows/${show.id}`)).show.picture;
  for (const until = Date.now() + patience; !(await picture()); await wait(200)) assert.ok(Date.now() < until, "the picture arrives");
  await wait(3000);
  const { socket } = await host.enter(show.id);
  for (const item of stage.items) {
    await socket.ask({ type: "feature", show: show.id, item: item.id });
    await wait(shown_ms);
  }
  await host.must("POST", `/api/v1/shows/${show.id}/end`);
  await publisher.kill();
  socket.close();
  return stage;
}

/** Resolves once the replay is there: what the server tells of it. */
async function ready({ server, show }) {
  for (const until = Date.now() + patience; ; await wait(250)) {
    const { replay } = await (await fetch(`${server.url}/api/v1/shows/${show.id}/replay`)).json();
    if (replay?.state === "ready" && replay.chapters.length === titles.length) return replay;
    assert.ok(Date.now() < until, JSON.stringify(replay)?.slice(0, 400));
  }
}

const chapter = (page, title) => page.locator(id("chapter")).filter({ hasText: title });
const seconds = (page) => page.evaluate(() => document.querySelector("#replay").currentTime);
const playsFrom = (page, s) => page.waitForFunction((at) => { const v = document.querySelector("#replay"); return !v.paused && v.videoWidth > 0 && v.currentTime > at; }, s, { timeout: patience });

test("a replay plays, jumps, and sells what is in stock", { timeout: 300_000 }, async (t) => {
  const stage = await pastShow(t);
  const { server, show, items } = stage;
  const replay = await ready(stage);
  t.diagnostic(`${replay.duration_ms} ms, chapters at ${replay.chapters.map((c) => c.at_ms)}`);
  const browser = await openChromium(t);
  const bea = await signUp(server, "bea");

  // From the ended show to its replay
  const page = await pageOf(t, browser, server, bea, `/s/${show.id}`);
  await page.click(`${id("show-ended")} ${id("replay-link")}`);
  await page.waitForURL(`**/replay/${show.id}`);
  await chapter(page, "Wool coat").waitFor();
  assert.deepEqual(await page.locator(`${id("chapter")} .row-text b`).allTextContents(), titles, "in the order in which they were shown");
  const asked = [];
  page.on("request", (request) => /\/replay\/.*\./.test(request.url()) && asked.push(request.url()));
  assert.deepEqual(asked, [], "nothing of the video is fetched before it is wanted");
  await page.click(id("replay-play"));
  await playsFrom(page, 1);
  assert.ok(asked.length > 0);

  // A tap jumps to the moment; the card below the picture follows
  await chapter(page, "Straw hat").locator(id("chapter-jump")).click();
  const at = replay.chapters.find((one) => one.title === "Straw hat").at_ms / 1000;
  await playsFrom(page, at + 0.5);
  assert.ok((await seconds(page)) < at + 5, "it jumped there and not elsewhere");
  assert.equal(await page.locator(id("replay-card")).getAttribute("data-item"), items[1].id);
  await page.locator(`${id("replay-card")}[data-item="${items[2].id}"]`).waitFor({ timeout: patience });
  assert.equal(await chapter(page, "Denim jacket").locator("[aria-current]").count(), 1, "the card moves on by itself");

  // What is sold, and what is not sold here, says so; what is in stock is bought out of the shop
  await chapter(page, "Straw hat").locator(id("claim-button")).filter({ hasText: "Sold out" }).waitFor();
  await chapter(page, "Denim jacket").locator(id("claim-button")).filter({ hasText: "Only in shows" }).waitFor();
  const claim = chapter(page, "Wool coat").locator(`${id("claim-button")}:enabled`);
  await claim.evaluate((button) => button.scrollIntoView({ block: "center" }));
  await claim.focus();
  await page.keyboard.press("Enter");
  await chapter(page, "Wool coat").locator(id("checkout-open")).waitFor();
  await shot(page, "replay-held");
  const { holds } = await bea.must("GET", "/api/v1/cart");
  assert.deepEqual(holds.map((hold) => [hold.listing.title, hold.price, hold.show]), [["Wool coat", 4900, null]]);
  await page.locator(id("bag-open")).waitFor();

  // A link into the middle
  const linked = await openPage(t, browser, `${server.url}/replay/${show.id}?t=${Math.floor(at)}`);
  await linked.locator(id("replay-play")).filter({ hasText: "Play from" }).click();
  await playsFrom(linked, at);
  assert.ok((await seconds(linked)) < at + 5);

  // Where ended shows are listed
  await linked.goto(server.url);
  await linked.locator(`${id("replay-link")}[data-show="${show.id}"]`).waitFor();
});

test("another player plays a replay to its end", { timeout: 200_000 }, async (t) => {
  const stage = await pastShow(t, { shown_ms: 2500 });
  const { duration_ms } = await ready(stage);
  const page = await openShaka(t, await openChromium(t), `${stage.server.url}/replay/${stage.show.id}/index.m3u8`);
  const length = await page.evaluate(() => player.seekRange().end);
  assert.ok(Math.abs(length * 1000 - duration_ms) < 500, `${length} s are told, ${duration_ms} ms were recorded`);
  await page.waitForFunction(() => video.ended, null, { timeout: patience });
  assert.deepEqual(await page.evaluate(() => window.errors), []);
});

for (const colorScheme of ["light", "dark"])
  test(`axe finds nothing on a replay, and it is taken down by its host (${colorScheme})`, { timeout: 200_000 }, async (t) => {
    const stage = await pastShow(t, { shown_ms: 2000 });
    const { server, show, host } = stage;
    await ready(stage);
    const browser = await openChromium(t), wrong = [];
    const look = async (page, name) => {
      await page.waitForTimeout(600); // colours fade in
      await shot(page, `${name}-${colorScheme}`);
      wrong.push(...(await violations(page)).map((v) => `${name}: ${v}`));
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (sideways > 0) wrong.push(`${name}: scrolls sideways by ${sideways} px`);
    };
    const page = await openPage(t, browser, `${server.url}/replay/${show.id}`, { colorScheme });
    await page.locator(id("chapter")).first().waitFor();
    await look(page, "replay");
    await page.click(id("replay-play"));
    await playsFrom(page, 0.5);
    await look(page, "replay-playing");
    const wide = await openPage(t, browser, `${server.url}/replay/${show.id}`, { colorScheme, viewport: { width: 1280, height: 800 } });
    await wide.locator(id("chapter")).first().waitFor();
    await look(wide, "replay-wide");

    const studio = await pageOf(t, browser, server, host, `/studio#show/${show.id}`, { colorScheme });
    await studio.locator(id("replay-delete")).waitFor();
    await look(studio, "studio-replay");
    await studio.click(id("replay-delete"));
    await look(studio, "studio-replay-delete");
    await studio.click(id("replay-delete-confirm"));
    await studio.locator(`${id("replay-panel")}[data-state="deleted"]`).waitFor();
    await page.goto(`${server.url}/replay/${show.id}`);
    await page.locator(`${id("replay-missing")}[data-state="deleted"]`).waitFor();
    await look(page, "replay-deleted");
    await page.goto(server.url);
    await page.locator(id("nothing-live")).waitFor();
    assert.equal(await page.locator(id("replay-link")).count(), 0);
    assert.deepEqual(wrong, []);
  });
