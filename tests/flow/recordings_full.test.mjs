// A disk that really fills up under a recording: a small file system of its own for the recordings, in mounts of its own.
import { test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { open } from "./lib/server.mjs";
import { simulate } from "./lib/simulate.mjs";
import { onAir, guest, publishKey, request, signUp } from "./lib/people.mjs";

test("a recording that fills its disk stops with a notice, the show goes on, and what was recorded plays", async (t) => {
  const server = await open(t, { recordings_free_bytes: 0 });
  const folder = path.join(server.dir, "recordings");
  mkdirSync(folder);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=400k", "none", folder]);
  try {
    const { host, show, item } = await onAir(server);
    const { socket } = await host.enter(show.id);
    simulate(t, "host", "--whip", `${server.url}/whip/${show.id}`, "--token", await publishKey(host, show), "--", "--width", "360", "--height", "640", "--fps", "15", "--bitrate", "500000");
    const viewer = simulate(t, "view", "--whep", `${server.url}/whep/${show.id}`);
    await viewer.next("keyframe");
    const { notice } = await socket.next("news", (m) => m.notice.code === "disk_full");
    assert.equal(notice.show, show.id);
    assert.equal((await (await guest(server).must("GET", `/api/v1/shows/${show.id}`))).show.picture, true);
    const buyer = await signUp(server, "buyer");
    assert.equal((await buyer.must("POST", "/api/v1/claims", { show: show.id, item: item.id, quantity: 1, price: item.price, key: randomUUID() })).status, "held");
    const { packets } = await viewer.next("stats", (m) => m.packets > 0);
    await viewer.next("stats", (m) => m.packets > packets + 30);
    await host.must("POST", `/api/v1/shows/${show.id}/end`);
    const { replay } = await guest(server).must("GET", `/api/v1/shows/${show.id}/replay`);
    assert.equal(`${replay.state} ${replay.full}`, "ready true");
    assert.ok(replay.duration_ms > 1000, `${replay.duration_ms} ms`);
    const { body } = await request(server, "GET", `/replay/${show.id}/v0.m3u8`);
    const out = execFileSync("ffprobe", ["-v", "error", "-count_packets", "-select_streams", "v", "-show_entries", "stream=nb_read_packets", "-of", "csv=p=0", `${server.url}${replay.playlist}`], { encoding: "utf8", timeout: 60000 });
    assert.ok(Number(out.trim().split(/\s+/)[0]) >= 15, `${out} pictures of ${body}`);
    assert.equal((await host.must("GET", "/api/v1/notices")).notices.filter((n) => n.code === "disk_full").length, 1);
  } finally {
    execFileSync("umount", ["-l", folder]);
  }
});
