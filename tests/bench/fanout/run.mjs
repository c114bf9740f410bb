// One host's picture to many viewers: what the server's own time per delivered packet is, beside the floor (a program that only encrypts
// and sends the same packets in the same runs) and beside itself without segmentation offload. All in one run, same stream, same receivers:
//   . build/env.sh && node tests/bench/fanout/run.mjs [VIEWERS,VIEWERS,...] [SECONDS]
// needs build/release.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import path from "node:path";
import { fileURLToPath } from "node:url";

const source = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");
process.env.TEST_BINARIES ??= path.join(source, "build/release");
const { Server, load, binaries } = await import("../../flow/lib/server.mjs");
const { onAir } = await import("../../flow/lib/people.mjs");

const counts = (process.argv[2] ?? "1,100,500,1000").split(",").map(Number);
const seconds = Number(process.argv[3] ?? 10);
const floorProgram = path.join(binaries, "bench/bench_floor");
const stream = ["--", "--bitrate", "2500000", "--width", "1280", "--height", "720"];

function lines(child) {
  const seen = [], waiting = [];
  createInterface({ input: child.stdout }).on("line", (text) => {
    const line = JSON.parse(text);
    seen.push(line);
    waiting.filter((w) => w.event === line.event).forEach((w) => w.resolve(line));
  });
  return { next: (event) => new Promise((resolve) => waiting.push({ event, resolve })), seen };
}

async function watch(server, show, count) {
  const joining = Math.ceil(count / 100) + 3;
  const child = spawn(load, ["view", "--whep", `${server.url}/whep/${show.id}`, "--count", count, "--rate", "100", "--sample", "64", "--warmup", "3",
    "--pid", server.child.pid, "--seconds", joining + seconds + 3].map(String), { stdio: ["ignore", "pipe", "inherit"] });
  const { seen } = lines(child);
  await once(child, "exit");
  const summary = seen.find((l) => l.event === "summary");
  return { connected: summary.connected, ever: summary.ever_connected, first_packet_ms: summary.first_packet_ms, frames: summary.frames, ...summary.window };
}

async function floor(count, perFrame, bytes) {
  const sink = spawn(load, ["sink", "--count", String(count)], { stdio: ["ignore", "pipe", "inherit"] });
  const heard = lines(sink);
  const { ports } = await heard.next("ports");
  const out = execFileSync(floorProgram, [String(seconds), String(perFrame), String(bytes)], { input: ports.join("\n"), encoding: "utf8" });
  const summary = heard.next("summary");
  sink.kill("SIGTERM");
  return { ...JSON.parse(out), received: (await summary).packets };
}

async function serve(counts, settings = {}) {
  const server = await new Server({ rate_limits: "off", max_sessions: 5000, ...settings }).start();
  const host = await onAir(server);
  const { show } = await host.host.must("GET", `/api/v1/shows/${host.show.id}`);
  const publisher = spawn(load, ["host", "--whip", `${server.url}/whip/${show.id}`, "--token", show.publish_key, ...stream], { stdio: ["ignore", "pipe", "inherit"] });
  await lines(publisher).next("connected");
  const results = [];
  try {
    await new Promise((resolve) => setTimeout(resolve, 3000));
    for (const count of counts) results.push({ count, ...(await watch(server, show, count)) });
  } finally {
    publisher.kill("SIGKILL");
    await server.stop();
    server.remove();
  }
  return results;
}

const whole = await serve(counts);
const apart = await serve([Math.min(500, counts.at(-1))], { segmentation_offload: "off" });
console.log("| viewers | delivered/s | loss | server ms CPU per 1,000 packets | floor | ratio | KB per viewer |\n|---|---|---|---|---|---|---|");
const show = (r, name, least) => console.log(`| ${name} | ${Math.round(r.packets / r.seconds)} | ${(100 * r.loss).toFixed(3)} % | ${r.cpu_ms_per_1000?.toFixed(2)} | ` +
  `${least?.cpu_ms_per_1000.toFixed(2) ?? ""} | ${least ? (r.cpu_ms_per_1000 / least.cpu_ms_per_1000).toFixed(2) : ""} | ${(r.rss_per_viewer / 1024).toFixed(1)} |`);
for (const r of whole) {
  const perSecond = r.packets / r.seconds / r.connected, perFrame = Math.max(1, Math.round((perSecond - 50) / 30));
  const bytes = Math.min(1200, Math.round((r.mbps * 1e6) / 8 / r.connected / perSecond * 1.1));
  show(r, r.count, await floor(r.count, perFrame, bytes));
}
for (const r of apart) show(r, `${r.count}, no offload`);
