// The claim path against its peers, all in one run on one disk, in turns so that the machine's moods hit all of them:
//   . build/env.sh && node tests/bench/claims/run.mjs [ROUNDS]
// needs build/bench and the packages of the group `bench` (bash configs/install.sh bench).
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const source = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");
process.env.TEST_BINARIES ??= path.join(source, "build/bench");
const { withPostgres } = await import("./postgres.mjs");
const { storm } = await import("./storm.mjs");

const rounds = Number(process.argv[2] ?? 5);
const disk = process.env.BENCH_DIR ?? path.join(source, "build/bench/data");
mkdirSync(disk, { recursive: true });
const bench = path.join(process.env.TEST_BINARIES, "bench/bench_claims");
const once = (contender, claims) => JSON.parse(execFileSync(bench, [contender, String(claims), disk], { encoding: "utf8" }));
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

const runs = { controller: [], sustained: [], single: [], log: [], postgres: [] };
withPostgres(process.env.BENCH_POSTGRES_DIR ?? "/var/tmp", (postgres) => {
  for (let i = 0; i < rounds; i++) {
    runs.single.push(once("single", 10_000));
    runs.controller.push(once("controller", 100_000));
    runs.log.push(once("log", 200_000));
    runs.sustained.push(once("sustained", 300_000));
    runs.postgres.push(postgres(5));
    console.log(`round ${i + 1}: ${Object.entries(runs).map(([name, list]) => `${name} ${Math.round(list[i].per_s)}/s`).join(", ")}`);
  }
});
const ratio = (peer) => median(runs.controller.map((run, i) => run.per_s / runs[peer][i].per_s));
console.log("\n| contender | claims/s (median) | p50 | p99 | controller's ratio to it |\n|---|---|---|---|---|");
for (const [name, list] of Object.entries(runs)) {
  const of = (key) => (list[0][key] === undefined ? "" : `${median(list.map((r) => r[key]))} us`);
  console.log(`| ${name} | ${Math.round(median(list.map((r) => r.per_s)))} | ${of("p50_us")} | ${of("p99_us")} | ${name === "controller" ? "" : ratio(name).toFixed(2)} |`);
}
console.log("\nEnd to end:");
for (let i = 0; i < Math.min(rounds, 3); i++) console.log(JSON.stringify(await storm()));
