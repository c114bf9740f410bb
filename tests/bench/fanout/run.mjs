// One host's picture to many viewers: what the server's own time per delivered packet is, beside the floor (a program that only encrypts
// and sends the same packets in the same runs), beside itself without segmentation offload and beside Debian's Janus. All in one run, same
// stream, same receivers:
//   . build/env.sh && node tests/bench/fanout/run.mjs [VIEWERS,VIEWERS,...] [SECONDS] [PART,PART,...]
// VIEWERS are numbers or `most`: as many as arrive at 99.9 %, or as were reached within BENCH_MOST_SECONDS (300), from
// BENCH_MOST_FROM (800; 200 without offload). Parts: whole, apart (no offload), janus. Needs build/bench, and for Janus `bash configs/install.sh bench` and root. Memory is what each viewer beyond those of
// the line above takes; in the first line, and where fewer come than before, what all took together is shared out.
import { execFileSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";

const source = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");
process.env.TEST_BINARIES ??= path.join(source, "build/bench");
const { trunkshow, watch, floor, start, within, pause } = await import("./stage.mjs");
const { quantile } = await import("./histogram.mjs");
const { once } = await import("node:events");

const counts = (process.argv[2] ?? "1,100,500,1000,most").split(",");
const seconds = Number(process.argv[3] ?? 10);
const parts = (process.argv[4] ?? "whole,apart,janus").split(",");
const stream = ["--bitrate", "2500000", "--width", "1280", "--height", "720", "--grain", "3"];
const warmup = Number(process.env.BENCH_WARMUP ?? 3), mostSeconds = Number(process.env.BENCH_MOST_SECONDS ?? 300);
if (!(seconds > 0) || counts.some((c) => c !== "most" && !(Number(c) > 0))) throw new Error("viewers and seconds are numbers above zero");

const ms = (value) => (value === undefined || value === null ? "" : Number(value).toFixed(1));
const inside = (before, after, name, share) => {
  const value = quantile(before, after, `trunkshow_media_packet_${name}_seconds`, share);
  return value === undefined ? "" : ms(value * 1000);
};

console.log("| viewers | delivered/s | arrived | first packet p50/p99 [ms] | server CPU [s] | CPU ms per 1,000 packets | floor | ratio | KB per viewer | " +
  "inside p50/p99 [ms] | hold p99 | pass p99 |\n|---|---|---|---|---|---|---|---|---|---|---|---|");
function row(name, r, least) {
  const { before, after } = r;
  const cells = [name, Math.round(r.packets / r.seconds), `${(100 * (1 - r.loss)).toFixed(3)} %`,
    `${ms(r.first_packet_ms?.p50)} / ${ms(r.first_packet_ms?.p99)}`, r.cpu_s.toFixed(2), r.cpu_ms_per_1000.toFixed(2),
    least?.cpu_ms_per_1000.toFixed(2), least && (r.cpu_ms_per_1000 / least.cpu_ms_per_1000).toFixed(2), (r.rss_per_viewer / 1024).toFixed(1),
    after && `${inside(before, after, "inside", 0.5)} / ${inside(before, after, "inside", 0.99)}`, after && inside(before, after, "hold", 0.99),
    after && inside(before, after, "pass", 0.99)];
  console.log(`| ${cells.map((cell) => cell ?? "").join(" | ")} |`);
}

/** What goes wrong with one measurement is told, and spares the others. */
let wrong = 0;
async function attempt(what) {
  try {
    return await what();
  } catch (error) {
    wrong++;
    console.error(String(error));
  }
}

/** What a viewer more takes: the server keeps what it once needed, so it is only seen while their number rises. */
function beyond(stage, r) {
  const { count, bytes } = stage.widest ?? {};
  if (r.count > count) r.rss_per_viewer = (r.rss_bytes - bytes) / (r.count - count);
  if (!(r.count <= count)) stage.widest = { count: r.count, bytes: r.rss_bytes };
  return r;
}

const measure = (stage, count, how = "") => attempt(async () => {
  const r = beyond(stage, await watch(stage, count, seconds, { warmup }));
  row(`${count}${how}`, r, how ? undefined : await floor(r, seconds));
});

/** A quarter more each time, until packets are lost or time is over. */
async function most(stage, from, how = "") {
  const end = Date.now() + mostSeconds * 1000;
  let best;
  for (let count = from; count < 20000 && Date.now() < end; count = Math.round(count * 1.25)) {
    const r = await watch(stage, count, seconds, { rate: 200, warmup }).catch((error) => console.error(`the most: ${error.message}`));
    if (!r || r.loss > 0.001 || r.connected < count) break;
    best = r;
  }
  if (!best) return console.error(`the most${how}: fewer than ${from}`);
  const least = how ? undefined : await attempt(() => floor(best, seconds));
  row(`${best.count}: most that arrive at 99.9 %${how}`, beyond(stage, best), least);
}

async function all(stage, from, how) {
  from = Number(process.env.BENCH_MOST_FROM ?? from);
  for (const count of numbers) await measure(stage, count, how);
  if (counts.includes("most")) await most(stage, from, how);
}

async function serve(settings, run) {
  const stage = await trunkshow(stream, settings);
  await pause(warmup);
  await run(stage);
  await stage.close();
}

const numbers = counts.filter((c) => c !== "most").map(Number);
if (parts.includes("whole"))
  await serve({}, (stage) => all(stage, 800));
if (parts.includes("apart"))
  await serve({ segmentation_offload: "off" }, (stage) => all(stage, 200, ", no offload"));
if (parts.includes("janus")) {
  const child = start("bash", [path.join(source, "tests/own-network.sh"), process.execPath, path.join(source, "tests/bench/fanout/janus.mjs"),
    process.env.BENCH_JANUS_VIEWERS ?? 200, seconds, ...stream]);
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => (text += chunk));
  await attempt(() => within(180 + 2 * seconds, "Janus", once(child, "close")));
  const results = text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
  for (const r of results) row(r.name, r);
  const [janus, own] = results;
  if (own) console.log(`\nJanus takes ${(janus.cpu_ms_per_1000 / own.cpu_ms_per_1000).toFixed(1)} times as much as this server in the same network.`);
}
process.exit(wrong ? 1 : 0);
