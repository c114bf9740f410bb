// A real server for a test: its own data folder, ports chosen by the kernel, its log kept and shown when a test fails.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const source = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");
export const binaries = process.env.TEST_BINARIES ?? path.join(source, "build/asan");
export const trunkshow = path.join(binaries, "trunkshow");
export const load = path.join(binaries, "trunkshow-load");

// What tests set unless they say otherwise: cheap passwords, everybody may host.
const defaults = { http_port: 0, media_port: 0, log_format: "json", log_level: "info", hosting: "anyone", password_cost: "min", srt: "off" };

export class Server {
  /** @param {Record<string, string|number>} settings */
  constructor(settings = {}, flags = []) {
    this.settings = { ...defaults, ...settings };
    this.flags = flags;
    this.dir = this.settings.data_dir ?? mkdtempSync(path.join(tmpdir(), "trunkshow-flow-"));
    this.settings.data_dir = this.dir;
    this.settings.spool_dir ??= path.join(this.dir, "spool"); // so that one that is killed leaves nothing in /dev/shm
    this.log = [];
  }

  arguments() {
    return ["serve", ...this.flags, ...Object.entries(this.settings).flatMap(([k, v]) => ["--set", `${k}=${v}`])];
  }

  /** Starts and resolves once the log says `ready`; rejects when the process ends before. */
  async start() {
    const child = spawn(trunkshow, this.arguments(), { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...this.environment } });
    this.child = child;
    this.exited = once(child, "exit").then(([code, signal]) => ({ code, signal }));
    this.output = "";
    child.stdout.on("data", (chunk) => (this.output += chunk));
    const ready = new Promise((resolve, reject) => {
      createInterface({ input: child.stderr }).on("line", (line) => {
        this.log.push(line);
        const entry = parse(line);
        if (entry?.event !== "ready") return;
        const [, http, media] = /http_port=(\d+) media_port=(\d+)/.exec(entry.detail);
        this.port = Number(http);
        this.mediaPort = Number(media);
        resolve();
      });
      this.exited.then(({ code, signal }) => reject(new Error(`the server ended (${code ?? signal}):\n${this.tail()}`)));
    });
    await ready;
    this.url = `http://${this.settings.bind ?? "127.0.0.1"}:${this.port}`;
    // The same port again after a restart, so that clients find it where it was.
    this.settings.http_port = this.port;
    this.settings.media_port = this.mediaPort;
    return this;
  }

  tail(lines = 40) {
    return this.log.slice(-lines).join("\n");
  }

  /** An orderly stop; fails if the server does not end with 0 (a sanitizer's report makes it fail). */
  async stop() {
    if (!this.child) return;
    this.child.kill("SIGTERM");
    const { code, signal } = await this.exited;
    this.child = undefined;
    if (code !== 0) throw new Error(`the server ended with ${code ?? signal}:\n${this.tail(80)}`);
  }

  /** What a power cut does to the process. */
  async kill() {
    this.child.kill("SIGKILL");
    await this.exited;
    this.child = undefined;
  }

  /** Runs a subcommand on the same data folder. */
  run(...words) {
    const done = spawnSync(trunkshow, [...words, "--set", `data_dir=${this.dir}`, "--set", "password_cost=min"], { encoding: "utf8" });
    return { code: done.status, out: done.stdout, err: done.stderr };
  }

  remove() {
    this.child?.kill("SIGKILL");
    rmSync(this.dir, { recursive: true, force: true });
  }
}

function parse(line) {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Start a server for one test; it is stopped in an orderly way and its folder removed when the test ends. */
export async function open(t, settings, flags) {
  const server = new Server(settings, flags);
  t.after(async () => {
    try {
      await server.stop();
    } finally {
      server.remove();
    }
  });
  await server.start();
  return server;
}
