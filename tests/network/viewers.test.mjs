// Simulated viewers on lines of all kinds, among others on good ones who do not notice. Run by tests/own-network.sh.
import { test } from "node:test";
import assert from "node:assert/strict";
import { load } from "../flow/lib/server.mjs";
import { overLine } from "./lib/line.mjs";
import { nobodyElseNoticed, showOnAir, sizesSeen, watch } from "./lib/show.mjs";

for (const [loss, still_lost] of [[0.01, 0.001], [0.05, 0.005], [0.15, 0.03]]) {
  test(`a line that loses ${100 * loss} % both ways: repairs bring nearly all of it`, { timeout: 120_000 }, async (t) => {
    const { whep, healthy } = await showOnAir(t);
    const viewer = overLine(t, [`loss ${loss}`, "delay 15"], load, "view", "--whep", whep);
    const got = await watch(viewer);
    assert.ok(got.recovered > got.packets * loss / 3, JSON.stringify(got));
    assert.ok(got.video_lost <= got.packets * still_lost + 2, JSON.stringify(got));
    await nobodyElseNoticed(healthy);
  });
}

for (const kind of ["jitter", "reorder"]) {
  test(`200 ms of ${kind}: nothing is taken for lost`, { timeout: 120_000 }, async (t) => {
    const { whep, healthy } = await showOnAir(t);
    const viewer = overLine(t, ["delay 15", `${kind} 200`], load, "view", "--whep", whep);
    const got = await watch(viewer);
    assert.ok(got.video_lost <= got.packets / 100, JSON.stringify(got));
    await nobodyElseNoticed(healthy);
  });
}

test("a line of 300 kb/s among fast ones: it gets a smaller size, whole, and they the best", { timeout: 240_000 }, async (t) => {
  const { server, whep, healthy } = await showOnAir(t, "--layers", "3", "--", "--grain", "24");
  await sizesSeen(server, { best: 3, smaller: 0 });
  const viewer = overLine(t, ["rate 300000", "delay 15"], load, "view", "--whep", whep);
  await viewer.next("keyframe");
  await sizesSeen(server, { best: 3, smaller: 1 });
  await watch(viewer, 4); /* what was too much is given up */
  const got = await watch(viewer);
  assert.ok(got.frames >= 8 * 20, JSON.stringify(got));
  assert.ok(got.video_lost <= got.packets / 50, JSON.stringify(got));
  await sizesSeen(server, { best: 3, smaller: 1 });
  await nobodyElseNoticed(healthy);
});

test("a blackout of 5 s: the session lives on, and the picture with it", { timeout: 120_000 }, async (t) => {
  const { whep, healthy } = await showOnAir(t);
  const viewer = overLine(t, ["delay 15"], load, "view", "--whep", whep);
  await viewer.next("keyframe");
  viewer.set("down");
  const dark = await viewer.next("stats");
  for (let i = 0; i < 5; i++) await viewer.next("stats");
  viewer.set("up");
  await viewer.next("keyframe");
  const after = await viewer.next("stats", (m) => m.frames > dark.frames);
  assert.equal(after.connected, 1, "the same session");
  await nobodyElseNoticed(healthy);
});

test("another address, as a router gives it: the session goes on from there", { timeout: 120_000 }, async (t) => {
  const { whep, healthy } = await showOnAir(t);
  const viewer = overLine(t, ["delay 15"], load, "view", "--whep", whep);
  await viewer.next("keyframe");
  viewer.seenAs(77);
  const { packets } = await viewer.next("stats");
  for (let i = 0; i < 3; i++) await viewer.next("stats");
  const later = await viewer.next("stats", (m) => m.packets > packets + 100);
  assert.equal(later.connected, 1);
  await nobodyElseNoticed(healthy);
});
