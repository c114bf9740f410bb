// Many viewers of LL-HLS behind Debian's nginx with configs/nginx-hls.conf: how much of them reaches the server, and what the cache
// adds to the delay.
import { test } from "node:test";
import assert from "node:assert/strict";
import http from "node:http";
import path from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { live } from "./lib/on-air.mjs";
import { nginx } from "./lib/nginx.mjs";
import { Follower } from "./lib/hls.mjs";

const VIEWERS = 50, WATCHED_MS = 12000;

test(`${VIEWERS} viewers through nginx: each address is asked for once`, async (t) => {
  const it = await live(t, {}, "--", "--bitrate", "400000");
  await it.index();
  const front = await nginx(t, "nginx-hls.conf", (text, folder) => text
    .replaceAll("/var/lib/nginx", path.join(folder, "cache"))
    .replaceAll("/run/", `${folder}/run/`)
    .replaceAll("127.0.0.1:8080", `127.0.0.1:${it.server.port}`));
  const socketPath = path.join(front.folder, "run/trunkshow-hls-1.sock");

  const asked = new Set(), came = new Map(), direct = new Map();
  let requests = 0, straight = 0;
  const busy = monitorEventLoopDelay();
  busy.enable();
  const through = fetcher({ socketPath }, (url) => { asked.add(url); requests++; });
  const past = fetcher({ port: it.server.port }, () => straight++);

  // One who asks the server itself tells when each part was there.
  const end = Date.now() + WATCHED_MS;
  const watch = async (get, track, note, parts) => {
    const follower = new Follower(it.path, track, get);
    await follower.load();
    while (Date.now() < end) {
      for (const p of await follower.next()) {
        note(p.uri, Date.now());
        if (parts) await follower.bytes(p.uri);
      }
    }
  };
  it.path = (file) => `/hls/${it.show.id}/${file}`;
  const before = await it.metric("hls_requests_total");
  const viewers = Array.from({ length: VIEWERS }, (_, i) => ["v0", "a0"].map(async (track) => {
    await new Promise((resolve) => setTimeout(resolve, (i * 1000) / VIEWERS)); // they do not come all at once
    await watch(through, track, (uri, at) => came.set(uri, [...(came.get(uri) ?? []), at]), true);
  })).flat();
  await Promise.all([...viewers, ...["v0", "a0"].map((track) => watch(past, track, (uri, at) => direct.set(uri, at), false))]);
  const origin = (await it.metric("hls_requests_total")) - before - straight;

  const delays = [...came].flatMap(([uri, times]) => (direct.has(uri) ? times.map((at) => at - direct.get(uri)) : [])).sort((a, b) => a - b);
  const late = Math.round(busy.percentile(99) / 1e6); // for want of a processor
  const at = (q) => delays[Math.floor(delays.length * q)];
  t.diagnostic(`${requests} requests of ${VIEWERS} viewers for ${asked.size} addresses: ${origin} reached the server, ${(origin / asked.size).toFixed(3)} for each`);
  t.diagnostic(`added delay until a part is known, ms: median ${at(0.5)}, p95 ${at(0.95)}; this process itself was late by ${late} ms at p99`);
  assert.ok(requests > 10 * asked.size, "many asked for the same");
  assert.ok(delays.length > 1000);
  assert.ok(origin / asked.size <= 1.2, `${origin} requests for ${asked.size} addresses`);
});

/** As fetch, over kept connections. */
function fetcher(where, note) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: Infinity });
  return (url) => new Promise((resolve, reject) => {
    note(url);
    http.get({ ...where, path: url, agent }, (reply) => {
      const chunks = [];
      reply.on("data", (c) => chunks.push(c));
      reply.on("error", reject);
      reply.on("end", () => {
        const body = Buffer.concat(chunks);
        resolve({ status: reply.statusCode, headers: reply.headers, text: async () => body.toString(), arrayBuffer: async () => body });
      });
    }).on("error", reject);
  });
}
