// A show's pipeline dies ten times and hangs once; nobody but players of HLS can tell, and they see a discontinuity.
import { test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { simulate } from "./lib/simulate.mjs";
import { seat, say, claim } from "./lib/people.mjs";
import { live } from "./lib/on-air.mjs";

const children = (server) => spawnSync("pgrep", ["-P", String(server.child.pid), "-f", "trunkshow-pipeline --show"], { encoding: "utf8" }).stdout.trim().split("\n").filter(Boolean).map(Number);

test("the pipeline dies and hangs; WebRTC viewers, chat and claims do not notice", async (t) => {
  const it = await live(t, { hold_per_buyer: 100, hold_per_item: 100, rate_limits: "off" });
  await it.host.must("PATCH", `/api/v1/listings/${it.listing.id}`, { stock_delta: 50 });
  const viewer = await simulate(t, "view", "--whep", `${it.server.url}/whep/${it.show.id}`);
  await viewer.next("keyframe");
  const buyer = await seat(it.server, it.show, "bea");
  await it.index();
  const follower = await it.follow("v0");
  const before = await viewer.next("stats", (m) => m.connected === 1);
  const seen = new Set([epochOf(follower.list)]);
  for (let i = 0; i < 11; i++) {
    const [child, ...others] = children(it.server);
    assert.ok(child && others.length === 0, "one child for the one live show");
    process.kill(child, i === 5 ? "SIGSTOP" : "SIGKILL");
    await buyer.socket.ask(say(it.show, `line ${i}`));
    await it.guest.next("chat", (m) => m.line.text === `line ${i}`);
    const { status } = await buyer.socket.ask(claim(it.show, it.item));
    assert.equal(status, "held");
    await another(follower, seen);
  }
  const after = await viewer.next("stats", (m) => m.packets > before.packets + 3000);
  assert.equal(after.lost, before.lost, "not a packet was lost");
  assert.equal(after.connected, 1);
  assert.equal(await it.metric("pipeline_restarts_total"), 11);
  assert.ok(it.server.log.some((l) => l.includes("child_silent")), "the one that hung was found out");
  const breaks = follower.list.discontinuitySequence + follower.list.segments.filter((s) => s.discontinuity).length;
  assert.ok(breaks >= 11, `${breaks} discontinuities`);
});

const epochOf = (list) => (list.segments.at(-1).map ?? "").slice(0, 16);

/** Follow until the playlist goes on with another life of the pipeline. */
async function another(follower, seen) {
  const end = Date.now() + 40000;
  for (;;) {
    const epoch = epochOf(follower.list);
    if (epoch && !seen.has(epoch)) return seen.add(epoch);
    assert.ok(Date.now() < end, "the playlist goes on");
    try {
      await follower.next();
    } catch {
      await follower.load(); // nothing came for three target durations
    }
  }
}
