// A show whose viewers sit on lines of all kinds, and three of them on good ones.
import assert from "node:assert/strict";
import { open } from "../../flow/lib/server.mjs";
import { onAir, publishKey, request } from "../../flow/lib/people.mjs";
import { ownAddresses } from "../../flow/lib/addresses.mjs";
import { simulate } from "../../flow/lib/simulate.mjs";

const [bind] = ownAddresses();
const seconds = 8, patience_s = 60;

/** A show on air, seen by three on good lines. @param more arguments of the simulated host */
export async function showOnAir(t, ...more) {
  const server = await open(t, { bind, announce: bind, payments: "test", password_cost: "normal" });
  const { host, show } = await onAir(server);
  const key = await publishKey(host, show);
  const whep = `${server.url}/whep/${show.id}`;
  simulate(t, "host", "--whip", `${server.url}/whip/${show.id}`, "--token", key, ...more);
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

/** Waits until so many see the best of the host's three sizes, and so many a smaller one: which, its encoder's rates decide. */
export async function sizesSeen(server, { best, smaller }) {
  let seen;
  for (let second = 0; second < patience_s; second++, await new Promise((resolve) => setTimeout(resolve, 1000))) {
    const { body } = await request(server, "GET", "/metrics");
    seen = [...body.matchAll(/^trunkshow_media_layer_viewers\{layer="\d"\} (\d+)$/gm)].map((match) => Number(match[1]));
    if (seen[2] === best && seen[0] + seen[1] === smaller) return;
  }
  assert.fail(`viewers by size: ${seen}`);
}

export async function nobodyElseNoticed(healthy) {
  const { video_lost, frames } = await watch(healthy, 2);
  assert.equal(video_lost, 0);
  assert.ok(frames > 0);
}
