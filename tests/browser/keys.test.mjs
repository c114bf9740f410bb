// The key of a show in its host's hands: hidden until asked for, in the fields that each broadcast app has, made anew, taken away.
import { test } from "node:test";
import assert from "node:assert/strict";
import { open } from "../flow/lib/server.mjs";
import { onAir, request } from "../flow/lib/people.mjs";
import { violations } from "./lib/axe.mjs";
import { openChromium, shot } from "./lib/browsers.mjs";
import { id, pageOf } from "./lib/pages.mjs";

const codes = (page) => page.locator(`${id("publish-sheet")} code`).allTextContents();

for (const colorScheme of ["light", "dark"])
  test(`addresses for broadcast apps, with a key that is shown, renewed and taken away (${colorScheme})`, { timeout: 120_000 }, async (t) => {
    const server = await open(t, { srt: "on", srt_port: 0, rtmp_url: "rtmp://live.example.org/show" });
    const { host, show } = await onAir(server, { start: false });
    const own = async () => (await host.must("GET", `/api/v1/shows/${show.id}`)).show;
    let before = await own();
    for (const until = Date.now() + 30_000; !before.ingest.srt && Date.now() < until; before = await own()) await new Promise((resolve) => setTimeout(resolve, 100));
    assert.ok(before.ingest.srt, "SRT is open");
    const page = await pageOf(t, await openChromium(t), server, host, `/studio#show/${show.id}`, { colorScheme });
    await page.click(id("publish-settings"));
    await page.locator(id("publish-sheet")).waitFor();
    assert.ok(!(await codes(page)).join().includes(before.publish_key), "no key is to be seen before it is asked for");
    await page.click(id("key-show"));
    for (const app of (await page.locator("details.app summary").all()).slice(1)) await app.click();
    const { ingest } = before;
    const told = { "whip-url": new URL(ingest.whip.url, server.url).href, "publish-key": before.publish_key, "srt-url": ingest.srt.url, "srt-streamid": ingest.srt.streamid,
      "srt-paste": ingest.srt.paste, "rtmp-server": ingest.rtmp.server, "rtmp-key": ingest.rtmp.stream_key };
    for (const [name, value] of Object.entries(told)) assert.equal(await page.locator(id(name)).textContent(), value);
    await page.waitForTimeout(500);
    await shot(page, `sheet-keys-${colorScheme}`);
    assert.deepEqual(await violations(page), []);

    await page.click(id("new-key"));
    await page.waitForFunction(({ name, old }) => !document.querySelector(name).textContent.includes(old), { name: id("srt-streamid"), old: before.publish_key });
    const { publish_key: renewed } = await own();
    assert.equal(await page.locator(id("publish-key")).textContent(), renewed);
    assert.notEqual(renewed, before.publish_key);

    await page.click(id("revoke-key"));
    await page.click(id("revoke-confirm"));
    await page.locator(id("no-key")).waitFor();
    assert.equal((await own()).publish_key, null);
    const { status } = await request(server, "POST", `/whip/${show.id}`, "v=0", { "content-type": "application/sdp", authorization: `Bearer ${renewed}` });
    assert.equal(status, 401, "the key that was taken away opens nothing");
    await page.waitForTimeout(500);
    await shot(page, `sheet-no-key-${colorScheme}`);
    assert.deepEqual(await violations(page), []);
    await page.click(id("new-key"));
    await page.locator(id("publish-key")).waitFor();
  });
