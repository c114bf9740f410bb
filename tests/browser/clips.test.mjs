// How a listing was shown, on the listing itself: a poster, a tap, a file to keep.
import { test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { open } from "../flow/lib/server.mjs";
import { onAir, publishKey } from "../flow/lib/people.mjs";
import { simulate } from "../flow/lib/simulate.mjs";
import { violations } from "./lib/axe.mjs";
import { openChromium, openPage, shot } from "./lib/browsers.mjs";
import { id } from "./lib/pages.mjs";

const patience = 90_000;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

test("the shop shows a clip of what was shown in a show, which plays at a tap and can be kept", { timeout: 300_000 }, async (t) => {
  const server = await open(t);
  const { host, show, listing, item } = await onAir(server);
  await host.must("PATCH", `/api/v1/listings/${listing.id}`, { shop: true });
  simulate(t, "host", "--whip", `${server.url}/whip/${show.id}`, "--token", await publishKey(host, show));
  const picture = async () => (await host.must("GET", `/api/v1/shows/${show.id}`)).show.picture;
  for (const until = Date.now() + patience; !(await picture()); await wait(200)) assert.ok(Date.now() < until, "the picture arrives");
  await wait(2000);
  const { socket } = await host.enter(show.id);
  await socket.ask({ type: "feature", show: show.id, item: item.id });
  await wait(8000);
  await socket.ask({ type: "unfeature", show: show.id });
  await wait(2000);
  await host.must("POST", `/api/v1/shows/${show.id}/end`);
  const clips = async () => (await (await fetch(`${server.url}/api/v1/listings/${listing.id}/clips`)).json()).clips;
  for (const until = Date.now() + patience; !(await clips()).length; await wait(500)) assert.ok(Date.now() < until, "the clip is made");
  const [clip] = await clips();
  t.diagnostic(JSON.stringify(clip));
  assert.ok(clip.duration_ms > 6000 && clip.duration_ms < 14_000, `${clip.duration_ms} ms of 8 s`);

  const browser = await openChromium(t);
  for (const colorScheme of ["light", "dark"]) {
    const page = await openPage(t, browser, "about:blank", { colorScheme });
    const movies = [];
    page.on("request", (request) => /\.mp4/.test(request.url()) && movies.push(request.url()));
    await page.goto(`${server.url}/u/hanna`);
    const player = page.locator(`${id("shop-item")}[data-listing="${listing.id}"] ${id("clip")}`);
    await player.waitFor();
    await page.waitForFunction((selector) => document.querySelector(`${selector} img`)?.naturalWidth > 0, id("clip-play"), { timeout: patience });
    assert.deepEqual(movies, [], "nothing of the movie is fetched before the tap");
    await page.waitForTimeout(400);
    await shot(page, `shop-clip-${colorScheme}`);
    assert.deepEqual(await violations(page), []);
    await page.click(id("clip-play"));
    await page.waitForFunction((selector) => document.querySelector(selector)?.currentTime > 2, id("clip-video"), { timeout: patience });
    await shot(page, `shop-clip-playing-${colorScheme}`);
    assert.deepEqual(await violations(page), []);
    if (colorScheme === "dark") continue;
    const [download] = await Promise.all([page.waitForEvent("download"), page.click(id("clip-save"))]);
    assert.equal(download.suggestedFilename(), "denim-jacket.mp4");
    const told = spawnSync("ffprobe", ["-v", "error", "-show_entries", "format=duration:stream=codec_name", "-of", "json", await download.path()], { encoding: "utf8" });
    const { format, streams } = JSON.parse(told.stdout);
    assert.equal(told.stderr, "");
    assert.deepEqual(streams.map((s) => s.codec_name).sort(), ["aac", "h264"]);
    assert.ok(Math.abs(format.duration * 1000 - clip.duration_ms) < 500, `${format.duration} s`);
  }
});
