// Debian's PostgreSQL on the same disk: a guarded UPDATE and the hold's row in one statement, from 32 connections.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const script = path.join(path.dirname(fileURLToPath(import.meta.url)), "claim.sql");

const schema = `CREATE TABLE stock(listing int PRIMARY KEY, available bigint NOT NULL CHECK(available >= 0), held bigint NOT NULL);
CREATE TABLE hold(id uuid PRIMARY KEY, listing int NOT NULL, buyer bigint NOT NULL, quantity int NOT NULL, price bigint NOT NULL, expires timestamptz NOT NULL);
INSERT INTO stock SELECT n, 100000000, 0 FROM generate_series(1, 8) n;`;

function programs() {
  const root = "/usr/lib/postgresql";
  const version = readdirSync(root).sort((a, b) => Number(b) - Number(a))[0];
  return path.join(root, version, "bin");
}

// PostgreSQL refuses to run as root; Debian's package makes the account `postgres`.
const unprivileged = (words) => (process.getuid() === 0 ? ["runuser", "-u", "postgres", "--", ...words] : words);

export function withPostgres(parent, use) {
  const bin = programs();
  const dir = mkdtempSync(path.join(parent, "postgres-"));
  const run = (program, ...words) => {
    const [command, ...rest] = unprivileged([path.join(bin, program), ...words]);
    return execFileSync(command, rest, { cwd: "/", encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  };
  if (process.getuid() === 0) execFileSync("chown", ["postgres", dir]);
  chmodSync(dir, 0o700);
  const data = path.join(dir, "data");
  try {
    run("initdb", "-D", data, "-A", "trust");
    run("pg_ctl", "-D", data, "-w", "-l", path.join(dir, "log"), "-o", `-k ${dir} -c listen_addresses='' -c shared_buffers=256MB -c max_wal_size=4GB`, "start");
    const sql = path.join(dir, "schema.sql"), claim = path.join(dir, "claim.sql");
    writeFileSync(sql, schema);
    execFileSync("cp", [script, claim]);
    if (process.getuid() === 0) execFileSync("chown", ["postgres", sql, claim]);
    run("psql", "-h", dir, "-q", "-d", "postgres", "-f", sql);
    return use((seconds) => {
      const text = run("pgbench", "-h", dir, "-n", "-M", "prepared", "-c", "32", "-j", "2", "-T", String(seconds), "-f", claim, "postgres");
      return { contender: "postgres", per_s: Number(/tps = ([\d.]+)/.exec(text)[1]), p50_us: Math.round(1000 * Number(/latency average = ([\d.]+)/.exec(text)[1])) };
    });
  } finally {
    const [command, ...rest] = unprivileged([path.join(bin, "pg_ctl"), "-D", data, "-m", "immediate", "stop"]);
    spawnSync(command, rest, { cwd: "/" });
    rmSync(dir, { recursive: true, force: true });
  }
}
