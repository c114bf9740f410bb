// What a viewer's line carries, estimated from a browser's transport-wide feedback: it comes, and says something plausible.
import { test } from "node:test";
import assert from "node:assert/strict";
import { open } from "../flow/lib/server.mjs";
import { onAir, publishKey, request } from "../flow/lib/people.mjs";
import { simulate } from "../flow/lib/simulate.mjs";
import { openChromium, openFirefox, openPage } from "./lib/browsers.mjs";

const patience = 60_000;

const metric = async (server, name) => {
  const { body } = await request(server, "GET", "/metrics");
  return Number(new RegExp(`^trunkshow_media_${name} (\\S+)$`, "m").exec(body)?.[1]);
};

/** Asks for a metric until it satisfies. */
async function until(server, name, fits) {
  for (const end = Date.now() + patience; ; ) {
    const value = await metric(server, name);
    if (fits(value)) return value;
    assert.ok(Date.now() < end, `${name} is ${value}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

const browsers = {
  chromium: async (t, url) => openPage(t, await openChromium(t), url),
  firefox: async (t, url) => {
    const page = await (await openFirefox(t)).newPage();
    await page.goto(url);
    return page;
  },
};

for (const [name, watch] of Object.entries(browsers))
  test(`${name} tells when packets arrive`, { timeout: 180_000 }, async (t) => {
    const server = await open(t);
    const { host, show } = await onAir(server);
    const key = await publishKey(host, show);
    // Firefox brings no H.264 of its own
    simulate(t, "host", "--whip", `${server.url}/whip/${show.id}`, "--token", key, ...(name === "firefox" ? ["--codec", "vp8"] : []));
    await until(server, "publishers", (n) => n === 1);
    await watch(t, `${server.url}/s/${show.id}`);
    await until(server, "viewers", (n) => n === 1);

    const before = await until(server, "feedback_received_total", (n) => n >= 10);
    const out = await metric(server, "out_bytes_total"), since = Date.now();
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    const rate = ((await metric(server, "out_bytes_total")) - out) * 8000 / (Date.now() - since);
    // what flows well is what the line carries at least; and nothing showed that it carries very much more
    const bps = await until(server, "estimates_bits_per_second", (n) => n > 0.8 * rate && n < 20_000_000);
    t.diagnostic(`${name}: sent ${Math.round(rate / 1000)} kb/s, estimate ${Math.round(bps / 1000)} kb/s, ${(await metric(server, "feedback_received_total")) - before} reports in 4 s`);
    assert.ok((await metric(server, "feedback_received_total")) > before, "feedback goes on");
    assert.equal(await metric(server, "rtp_malformed_total"), 0);
  });
