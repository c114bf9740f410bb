// Many come within a second: those who are there already do not notice, and the host is asked for one keyframe at most.
//   JOINERS=500 node --test tests/flow/joiners.test.mjs
// holds the longest gap against 100 ms, which takes a machine that has nothing else to do; without JOINERS fewer come, over four workers, and
// what is held is what does not depend on the machine.
import { test } from "node:test";
import assert from "node:assert/strict";
import { open } from "./lib/server.mjs";
import { simulate } from "./lib/simulate.mjs";
import { onAir, request } from "./lib/people.mjs";

const many = Number(process.env.JOINERS ?? 0), joiners = many || 60, residents = many ? 20 : 4;
const asked = async (server) => Number(/^trunkshow_media_keyframes_asked_total (\d+)$/m.exec((await request(server, "GET", "/metrics")).body)[1]);
const settled = () => new Promise((resolve) => setTimeout(resolve, 1500)); /* the engine's numbers are up to a second old */

test("who is there already sees no gap when many join within a second", { timeout: 200_000 }, async (t) => {
  /* no keyframes by the clock, nor for recordings: those that are asked for are the joiners' */
  const spread = many ? {} : { media_workers: 4, media_together: 0, join_most_ms: 600 };
  const server = await open(t, { rate_limits: "off", keyframe_every_ms: 0, record: "off", hls: "off", ...spread });
  const { host, show } = await onAir(server);
  const { publish_key: key } = (await host.must("GET", `/api/v1/shows/${show.id}`)).show;
  const whep = ["--whep", `${server.url}/whep/${show.id}`];
  const publisher = simulate(t, "host", "--whip", `${server.url}/whip/${show.id}`, "--token", key, "--stats");
  await publisher.next("stats", (m) => m.packets > 0);
  const there = simulate(t, "view", ...whep, "--count", String(residents), "--gaps");
  await there.next("stats", (m) => m.gap_ms !== null && m.frames > 0);
  await settled();
  const before = await asked(server), seen = await there.next("stats", (m) => m.frames > 0);

  const began = Date.now();
  const crowd = simulate(t, "view", ...whep, "--count", String(joiners), "--rate", String(joiners), "--warmup", "1", "--window", "2", "--seconds", "120");
  await crowd.next("window", () => true, 100);
  const seconds = Math.floor((Date.now() - began) / 1000) - 1; // that it took them to come: the window opens a second later
  const { first_keyframe_ms: pictures, ever_connected: came, window } = await crowd.next("summary", () => true, 150);
  assert.equal(came, joiners);
  assert.equal(pictures?.n, joiners, "everybody has a picture");
  assert.ok(window, "and it goes on");
  await settled();
  const keyframes = (await asked(server)) - before;
  assert.ok(keyframes <= Math.max(1, seconds), `${keyframes} keyframes for a crowd that came in ${seconds} s`);

  let longest = 0, last = seen;
  for (const line of there.lines.filter((l) => l.event === "stats")) {
    longest = Math.max(longest, line.gap_ms ?? 0);
    last = line;
  }
  t.diagnostic(`longest gap ${longest.toFixed(1)} ms; first keyframe p50 ${pictures.p50.toFixed(0)} ms, p99 ${pictures.p99.toFixed(0)} ms`);
  assert.equal(last.connected, residents);
  assert.ok(last.frames > seen.frames);
  assert.equal(last.lost, seen.lost, "nothing is lost for those who were there");
  if (many) assert.ok(longest <= 100, `a gap of ${longest} ms`);
});
