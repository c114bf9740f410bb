// The bench itself: it measures, it waits for nothing for ever, and whatever ends it leaves no process behind.
import { test } from "node:test";
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { within } from "./stage.mjs";
import { quantile } from "./histogram.mjs";

const bench = fileURLToPath(new URL("run.mjs", import.meta.url));
const env = { ...process.env, BENCH_WARMUP: "1", BENCH_MOST_FROM: "3", BENCH_MOST_SECONDS: "1" };

test("a short run measures the server, the floor and the server without offload", { timeout: 200_000 }, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [bench, "1,2,most", "1", "whole,apart"], { env, timeout: 180_000 });
  const rows = stdout.split("\n").filter((line) => /^\| \d/.test(line)).map((line) => line.split("|").map((cell) => cell.trim()).slice(1));
  /* a machine that is short of time loses packets of three viewers, too: then there is no most */
  const names = rows.map(([name]) => name).filter((name) => !name.includes("most"));
  assert.deepEqual(names, ["1", "2", "1, no offload", "2, no offload"]);
  for (const [, delivered, arrived] of rows) {
    assert.ok(Number(delivered) > 0);
    assert.match(arrived, /^\d+\.\d+ %$/);
  }
  assert.ok(Number(rows[0][7]) > 0, `the ratio to the floor: ${stdout}`);
});

test("ended by a signal it takes everything with it that it began", { timeout: 120_000 }, async (t) => {
  const child = spawn(process.execPath, [bench, "3", "600", "whole"], { env, stdio: ["ignore", "pipe", "pipe"] });
  t.after(() => child.kill("SIGKILL"));
  // What it begins inherits its stderr, and closes when the last of them has ended.
  const closed = once(child, "close");
  child.stdout.resume();
  child.stderr.resume();
  const running = async () => promisify(execFile)("pgrep", ["-P", String(child.pid)]).then(({ stdout }) => stdout.trim().split("\n").map(Number), () => []);
  let begun = [];
  while ((begun = await running()).length < 3) await pause(100); /* the server, its host, its viewers */
  child.kill("SIGTERM");
  assert.deepEqual(await closed, [143, null]);
  for (let i = 0; i < 50 && begun.some(isAlive); i++) await pause(100);
  assert.deepEqual(begun.filter(isAlive), []);
});

/** Runs, that is: what has ended and waits for somebody to ask does not. */
function isAlive(pid) {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

test("what does not come is an error that says what it was", async () => {
  await assert.rejects(within(0.01, "the server to be ready", new Promise(() => {})), /the server to be ready: not within 0.01 s/);
});

test("quantiles lie where the counts say", () => {
  const text = (...counts) => ["0.001", "0.005", "+Inf"].map((le, i) => `x_bucket{le="${le}"} ${counts[i]}`).join("\n");
  assert.equal(quantile(text(0, 0, 0), text(50, 100, 100), "x", 0.5), 0.001);
  assert.equal(quantile(text(0, 0, 0), text(50, 100, 100), "x", 0.75), 0.003);
  assert.equal(quantile(text(10, 10, 10), text(10, 110, 110), "x", 0.5), 0.003);
  assert.equal(quantile(text(0, 0, 0), text(0, 0, 7), "x", 0.5), 0.005);
  assert.equal(quantile(text(3, 3, 3), text(3, 3, 3), "x", 0.5), undefined);
});
