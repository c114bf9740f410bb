// What the fan-out's contenders have in common: programs that end with the bench whatever ends it, waits that have an end, viewers
// who count, and the floor.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { constants } from "node:os";
import path from "node:path";
import { Server, load, binaries } from "../../flow/lib/server.mjs";
import { program } from "../../flow/lib/simulate.mjs";
import { onAir } from "../../flow/lib/people.mjs";

const leaving = new Set();
/** Things to undo, the newest first, when the bench ends: by itself, by an error or by a signal. */
export const bench = { after: (undo) => leaving.add(undo) };
process.on("exit", () => [...leaving].reverse().forEach((undo) => undo()));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(128 + constants.signals[signal]));

export const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** The promise, or an error once it took too long. */
export function within(seconds, what, promise) {
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error(`${what}: not within ${seconds} s`)), seconds * 1000)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** A program that ends with the bench; its words on stderr are ours. */
export function start(command, words, { input, quiet } = {}) {
  const child = spawn(command, words.map(String), { stdio: [input === undefined ? "ignore" : "pipe", "pipe", quiet ? "ignore" : "inherit"] });
  bench.after(() => child.kill("SIGKILL"));
  if (input !== undefined) child.stdin.end(input);
  return child;
}

/** What a program says until it ends. */
async function said(seconds, command, words, options) {
  const child = start(command, words, options);
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => (text += chunk));
  const [code] = await within(seconds, `${path.basename(command)} to end`, once(child, "close"));
  return { code, text };
}

export async function stop(child, signal = "SIGTERM") {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  await within(20, `process ${child.pid} to end`, ended);
}

/** This server with a show on air, its picture a stream of 2.5 Mb/s. Resolves to {whep, pid, metrics, close}. */
export async function trunkshow(stream, settings = {}) {
  const server = new Server({ rate_limits: "off", max_sessions: 20000, ...settings });
  const starting = server.start();
  bench.after(() => {
    server.child?.kill("SIGKILL");
    rmSync(server.dir, { recursive: true, force: true });
  });
  await within(30, "the server to be ready", starting);
  const { host, show } = await onAir(server);
  const { publish_key: key } = (await host.must("GET", `/api/v1/shows/${show.id}`)).show;
  const publisher = program(bench, load, "host", "--whip", `${server.url}/whip/${show.id}`, "--token", key, "--", ...stream);
  await within(20, "the host to be connected", publisher.next("connected"));
  return {
    whep: `${server.url}/whep/${show.id}`,
    pid: server.child.pid,
    metrics: async () => (await fetch(`${server.url}/metrics`, { signal: AbortSignal.timeout(20_000) })).text(),
    close: async () => {
      await stop(publisher.child, "SIGKILL");
      await within(30, "the server to stop", server.stop());
      server.remove();
    },
  };
}

/** `count` viewers, of whom what is delivered in `seconds` after all have come is counted; with what the server said of itself
 *  before and after these seconds. */
export async function watch(stage, count, seconds, { rate = 100, warmup = 3, patience = 20 } = {}) {
  const coming = Math.ceil(count / rate) + warmup + patience;
  const view = program(bench, load, ...["view", "--whep", stage.whep, "--count", count, "--rate", rate, "--sample", 64, "--warmup", warmup, "--window", seconds,
    "--seconds", coming + seconds, "--pid", stage.pid].map(String));
  const ended = view.next("summary", () => true, coming + seconds + 30), begun = view.next("window", () => true, coming + seconds + 30);
  ended.catch(() => {}); /* whichever is late, the first error is the one that is told */
  begun.catch(() => {});
  let summary, before, after;
  try {
    before = await Promise.race([begun, ended]).then(() => stage.metrics?.());
    summary = await ended;
    after = await stage.metrics?.();
  } finally {
    await stop(view.child, "SIGKILL");
  }
  const why = view.lines.find((line) => ["refused", "failed", "closed"].includes(line.event));
  if (!summary.window) throw new Error(`of ${count} viewers ${summary.ever_connected} came within ${coming} s; the first that did not: ${JSON.stringify(why)}`);
  return { ...summary, ...summary.window, count, before, after };
}

/** The least that the same packets cost: `seconds` of them to as many sockets that only read. */
export async function floor(measured, seconds) {
  const { packets, audio_packets: sounds, bytes, audio_bytes: soundBytes } = measured;
  const perFrame = Math.max(1, Math.round(((packets - sounds) / sounds) * (50 / 30)));
  const size = Math.min(1300, Math.max(200, Math.round((bytes - soundBytes) / (packets - sounds))));
  const sink = program(bench, load, "sink", "--count", String(measured.count), "--seconds", String(seconds + 60));
  const { ports } = await within(20, "the floor's receivers", sink.next("ports"));
  const words = [seconds, perFrame, size];
  const { code, text } = await said(seconds * 4 + 20, path.join(binaries, "bench/bench_floor"), words, { input: ports.join("\n") });
  if (code !== 0) throw new Error(`bench_floor ${words.join(" ")} ended with ${code}`);
  sink.child.kill("SIGTERM");
  const { packets: received } = await within(20, "the floor's receivers to end", sink.next("summary"));
  return { ...JSON.parse(text), received };
}
