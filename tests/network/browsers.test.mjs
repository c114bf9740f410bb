// A browser on a line of all kinds keeps or regains the picture, and others do not notice. Run by tests/own-network.sh.
import { test } from "node:test";
import assert from "node:assert/strict";
import { openPage, shot } from "../browser/lib/browsers.mjs";
import { statsOf } from "../browser/lib/stats.mjs";
import { chromiumOverLine } from "./lib/line.mjs";
import { nobodyElseNoticed, showOnAir } from "./lib/show.mjs";

const video = "video";

/** Waits until this many more frames were shown than now. */
async function shows(page, more = 30) {
  const shown = () => page.evaluate((query) => document.querySelector(query)?.getVideoPlaybackQuality().totalVideoFrames ?? 0, video);
  const before = await shown();
  for (let now = before; now < before + more; now = await shown()) await new Promise((resolve) => setTimeout(resolve, 100));
}

async function watching(t, words) {
  const scene = await showOnAir(t);
  const line = await chromiumOverLine(t, ["delay 15", ...words]);
  const page = await openPage(t, line.browser, scene.page);
  await shows(page);
  return { ...scene, line, viewer: page };
}

test("no UDP passes: the picture comes by TCP", { timeout: 180_000 }, async (t) => {
  const { viewer, healthy } = await watching(t, ["udp off"]);
  const { protocol } = await viewer.evaluate(async (query) => {
    const all = [...(await document.querySelector(query).peer.getStats()).values()];
    const { selectedCandidatePairId } = all.find((s) => s.type === "transport");
    const { remoteCandidateId } = all.find((s) => s.id === selectedCandidatePairId);
    return all.find((s) => s.id === remoteCandidateId);
  }, video);
  assert.equal(protocol, "tcp");
  await nobodyElseNoticed(healthy);
});

for (const loss of [0.05, 0.15])
  test(`${100 * loss} % of all packets are lost: the picture goes on`, { timeout: 180_000 }, async (t) => {
    const { viewer, healthy } = await watching(t, [`loss ${loss}`]);
    await shows(viewer, 150);
    await nobodyElseNoticed(healthy);
  });

test("a blackout of 5 s: the picture is back by itself", { timeout: 180_000 }, async (t) => {
  const { viewer, line, healthy } = await watching(t, []);
  line.set("down");
  await new Promise((resolve) => setTimeout(resolve, 5000));
  await shot(viewer, "network-blackout");
  line.set("up");
  await shows(viewer);
  await nobodyElseNoticed(healthy);
});

test("another network and address: the picture is back by itself", { timeout: 180_000 }, async (t) => {
  const { viewer, line, healthy } = await watching(t, []);
  line.moveTo(66);
  await shows(viewer, 60);
  await nobodyElseNoticed(healthy);
  assert.ok((await statsOf(viewer, video)).framesDecoded > 0);
});
