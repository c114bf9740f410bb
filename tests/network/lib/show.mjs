// A show whose viewers sit on lines of all kinds, and three of them on good ones.
import assert from "node:assert/strict";
import { open } from "../../flow/lib/server.mjs";
import { onAir, publishKey } from "../../flow/lib/people.mjs";
import { ownAddresses } from "../../flow/lib/addresses.mjs";
import { simulate } from "../../flow/lib/simulate.mjs";

const [bind] = ownAddresses();
const seconds = 8;

/** A show on air, seen by three on good lines. */
export async function showOnAir(t) {
  const server = await open(t, { bind, announce: bind, payments: "test", password_cost: "normal" });
  const { host, show } = await onAir(server);
  const key = await publishKey(host, show);
  const whep = `${server.url}/whep/${show.id}`;
  simulate(t, "host", "--whip", `${server.url}/whip/${show.id}`, "--token", key);
  const healthy = simulate(t, "view", "--whep", whep, "--count", "3");
  await healthy.next("keyframe");
  return { server, whep, healthy, page: `${server.url}/s/${show.id}` };
}

/** What a viewer got in these seconds, after it had begun. */
export async function watch(viewer, count = seconds) {
  const first = await viewer.next("stats", (m) => m.keyframes > 0);
  const all = [first];
  while (all.length <= count) all.push(await viewer.next("stats", (m) => m.packets > all.at(-1).packets));
  assert.equal(all.at(-1).connected, all.at(-1).count);
  const last = all.at(-1), videoLost = (m) => m.lost - m.audio_lost;
  return { frames: last.frames - first.frames, packets: last.packets - first.packets, video_lost: videoLost(last) - videoLost(first),
    recovered: last.recovered - first.recovered };
}

export async function nobodyElseNoticed(healthy) {
  const { video_lost, frames } = await watch(healthy, 2);
  assert.equal(video_lost, 0);
  assert.ok(frames > 0);
}
