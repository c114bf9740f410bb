// npm's werift, publishing and viewing.
import { test } from "node:test";
import assert from "node:assert/strict";
import { ownAddresses } from "../flow/lib/addresses.mjs";
import { open } from "../flow/lib/server.mjs";
import { onAir, publishKey } from "../flow/lib/people.mjs";
import { simulate } from "../flow/lib/simulate.mjs";
import { publish, view } from "./lib/werift.mjs";

const [announce] = ownAddresses();

/** Waits for what will be; a test that waits in vain is ended by its own limit. */
async function until(what) {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 50));
}

for (const codec of ["h264", "vp8"]) {
  test(`werift publishes ${codec}, werift and a simulated viewer see it`, { timeout: 90_000 }, async (t) => {
    const server = await open(t, { announce });
    const { host, show } = await onAir(server);
    const key = await publishKey(host, show);

    const seen = await view(t, `${server.url}/whep/${show.id}`, codec);
    const publisher = await publish(t, `${server.url}/whip/${show.id}`, key, codec);
    await simulate(t, "view", "--whep", `${server.url}/whep/${show.id}`).next("keyframe", (m) => m.codec === codec);
    await until(() => seen.video.filter((rtp) => rtp.header.marker).length >= 20);
    const numbers = [...new Set(seen.video.map((rtp) => rtp.header.sequenceNumber))].sort((a, b) => a - b);
    assert.equal(numbers.at(-1) - numbers[0] + 1, numbers.length, "no number is missing");
    assert.equal((await publisher.leave()).status, 200);
  });

  test(`werift views a simulated host's ${codec} and its sound`, { timeout: 90_000 }, async (t) => {
    const server = await open(t, { announce });
    const { host, show } = await onAir(server);
    const key = await publishKey(host, show);
    simulate(t, "host", "--whip", `${server.url}/whip/${show.id}`, "--token", key, "--codec", codec);
    const seen = await view(t, `${server.url}/whep/${show.id}`, codec);
    await until(() => seen.video.filter((rtp) => rtp.header.marker).length >= 20 && seen.audio.length >= 50);
  });
}
