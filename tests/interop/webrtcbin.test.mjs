// GStreamer's webrtcbin, publishing and viewing. Its ICE ignores loopback: run this by tests/own-network.sh.
import { test } from "node:test";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { ownAddresses } from "../flow/lib/addresses.mjs";
import { open } from "../flow/lib/server.mjs";
import { guest, onAir, publishKey } from "../flow/lib/people.mjs";
import { program, simulate } from "../flow/lib/simulate.mjs";

const script = fileURLToPath(new URL("lib/webrtcbin.py", import.meta.url));
const [announce] = ownAddresses();
const webrtcbin = (t, ...words) => program(t, "/usr/bin/python3", script, ...words);

for (const codec of ["h264", "vp8"]) {
  test(`webrtcbin publishes ${codec}, webrtcbin and a simulated viewer see it, and it leaves`, async (t) => {
    const server = await open(t, { announce });
    const { host, show } = await onAir(server);
    const key = await publishKey(host, show);
    const { socket } = await guest(server).enter(show.id);

    const publisher = webrtcbin(t, "publish", `${server.url}/whip/${show.id}`, codec, key);
    await publisher.next("connected");
    await socket.next("show", (m) => m.show.picture);
    await simulate(t, "view", "--whep", `${server.url}/whep/${show.id}`).next("keyframe", (m) => m.codec === codec);

    const viewer = webrtcbin(t, "view", `${server.url}/whep/${show.id}`, codec);
    const seen = await viewer.next("stats", (m) => m.video >= 30 && m.audio >= 50);
    assert.deepEqual([seen.width, seen.height], [320, 240]);

    publisher.kill("SIGTERM");
    await socket.next("show", (m) => !m.show.picture);
    assert.equal(await publisher.exited, 0);
  });
}
