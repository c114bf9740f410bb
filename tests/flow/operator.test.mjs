// The operator's evenings: wrong settings, taken ports, full disks. The server says which, and loses nothing.
import { test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { chmodSync, mkdtempSync, mkdirSync, rmSync, writeFileSync, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { open, trunkshow, Server } from "./lib/server.mjs";
import { onAir, signUp, claim } from "./lib/people.mjs";

const serve = (...words) => spawnSync(trunkshow, ["serve", ...words], { encoding: "utf8", timeout: 60_000 });
const folder = (t) => {
  const dir = mkdtempSync(path.join(tmpdir(), "trunkshow-operator-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
};
const quiet = (dir) => ["--set", `data_dir=${dir}`, "--set", "http_port=0", "--set", "media_port=0"];

test("a mistake in the settings is named, and nothing starts", (t) => {
  const dir = folder(t);
  const config = path.join(dir, "trunkshow.conf");
  const cases = [
    [["--set", "colour=red"], /colour/],
    [["--set", "http_port=seventy"], /http_port/],
    [["--set", "http_port=70000"], /http_port.*65535/],
    [["--set", "hosting=everyone"], /hosting.*approved.*anyone/],
    [["--set", "payments=cash"], /payments/],
    [["--config", path.join(dir, "absent.conf")], /absent\.conf/],
    [["--set", "bind=0.0.0.0", "--set", "payments=test", "--set", "rate_limits=off"], /rate_limits/],
    [["--set", "bind=0.0.0.0"], /payments/],
    [["--set", "tls_cert=/nonexistent.pem", "--set", "tls_key=/nonexistent.pem"], /nonexistent\.pem/],
    [["--frobnicate"], /frobnicate/],
  ];
  writeFileSync(config, "http_port = 8080\nnonsense\n");
  cases.push([["--config", config], /trunkshow\.conf.*2/s]);
  for (const [words, says] of cases) {
    const done = serve(...quiet(path.join(dir, "data")), ...words);
    assert.notEqual(done.status, 0, words.join(" "));
    assert.equal(done.signal, null, words.join(" "));
    assert.match(done.stderr, says, words.join(" "));
  }
});

test("a port in use is named", async (t) => {
  const dir = folder(t);
  const taken = createServer().listen(0, "127.0.0.1");
  t.after(() => taken.close());
  await new Promise((resolve) => taken.once("listening", resolve));
  const { port } = taken.address();
  const done = serve("--set", `data_dir=${dir}`, "--set", `http_port=${port}`, "--set", "media_port=0");
  assert.notEqual(done.status, 0);
  assert.match(done.stderr, new RegExp(`${port}`));
  const media = await open(t);
  const other = serve("--set", `data_dir=${dir}`, "--set", "http_port=0", "--set", `media_port=${media.mediaPort}`);
  assert.notEqual(other.status, 0);
  assert.match(other.stderr, new RegExp(`${media.mediaPort}`));
});

test("two servers never share a data folder", async (t) => {
  const server = await open(t);
  const done = serve(...quiet(server.dir));
  assert.notEqual(done.status, 0);
  assert.match(done.stderr, /another|in use|already/i);
  assert.ok(done.stderr.includes(server.dir));
});

test("a data folder that cannot be written is named", (t) => {
  const dir = folder(t);
  const file = path.join(dir, "a-file");
  writeFileSync(file, "");
  const done = serve(...quiet(path.join(file, "data")));
  assert.notEqual(done.status, 0);
  assert.match(done.stderr, /a-file/);
  const broken = path.join(dir, "broken");
  mkdirSync(broken);
  writeFileSync(path.join(broken, "trunkshow.db"), "this is no database, it is a text that is long enough to be looked at".repeat(40));
  const bad = serve(...quiet(broken));
  assert.notEqual(bad.status, 0);
  assert.match(bad.stderr, /trunkshow\.db/);
});

test("a full disk refuses what must be kept and goes on showing what is there", async (t) => {
  // A limit on the size of files stands in for a full disk: writes fail with EFBIG where a disk would say ENOSPC.
  const server = new Server();
  t.after(() => server.remove());
  await server.start();
  const { host, show, item } = await onAir(server, { stock: 100000 });
  const bea = await signUp(server, "bea");
  spawnSync("prlimit", ["--pid", String(server.child.pid), `--fsize=${64 * 1024}:`]);
  const { socket } = await bea.enter(show.id);
  // Claim and give back until something is refused.
  let refused;
  for (let i = 0; i < 1000 && !refused; i++) {
    refused = await socket.ask(claim(show, item)).then(({ hold }) => socket.ask({ type: "release", hold: hold.id }))
      .then(() => undefined, (error) => error.code ?? "closed");
  }
  if (refused === "closed") {
    // An unknown outcome ends the process, which recovers.
    const { code } = await server.exited;
    assert.notEqual(code, 0);
    await server.start();
  } else {
    assert.match(refused, /^(retry|unavailable)$/);
    assert.equal((await bea.must("GET", `/api/v1/shows/${show.id}`)).show.title, show.title, "reads go on");
    spawnSync("prlimit", ["--pid", String(server.child.pid), "--fsize=unlimited:"]);
  }
  const { socket: back } = await bea.enter(show.id);
  assert.equal((await back.ask(claim(show, item))).status, "held", "with room again, claims are taken");
  await server.stop();
});

test("backup of a running server can be served", async (t) => {
  const server = await open(t);
  const { show } = await onAir(server);
  const copy = folder(t);
  const done = server.run("backup", path.join(copy, "trunkshow.db"));
  assert.equal(done.code, 0, done.err);
  const other = await open(t, { data_dir: copy });
  const bea = await signUp(other, "bea");
  assert.equal((await bea.must("GET", `/api/v1/shows/${show.id}`)).show.title, show.title);
});

test("the tools speak for themselves", (t) => {
  const version = spawnSync(trunkshow, ["--version"], { encoding: "utf8" });
  assert.equal(version.status, 0);
  assert.match(version.stdout, /\d+\.\d+/);
  const help = spawnSync(trunkshow, ["--help"], { encoding: "utf8" });
  assert.match(help.stdout, /serve/);
  assert.match(help.stdout, /--demo/);
  const settings = spawnSync(trunkshow, ["settings"], { encoding: "utf8" });
  assert.match(settings.stdout, /\| `?http_port`? \|/);
  const unknown = spawnSync(trunkshow, ["dance"], { encoding: "utf8" });
  assert.notEqual(unknown.status, 0);
  assert.match(unknown.stderr, /dance/);
  const doctor = spawnSync(trunkshow, ["doctor", "--set", `data_dir=${folder(t)}`, "--set", "http_port=0", "--set", "media_port=0"], { encoding: "utf8" });
  assert.equal(doctor.status, 0, doctor.stdout + doctor.stderr);
});

test("the doctor tells a port that is the server's own from one that another took", async (t) => {
  const server = await open(t);
  const ports = ["--set", `http_port=${server.port}`, "--set", `media_port=${server.mediaPort}`];
  const own = server.run("doctor", ...ports);
  assert.equal(own.code, 0, own.out);
  assert.match(own.out, /http_port.*taken.*a server runs/);
  const other = spawnSync(trunkshow, ["doctor", "--set", `data_dir=${folder(t)}`, ...ports], { encoding: "utf8" });
  assert.equal(other.status, 1, other.stdout);
  assert.match(other.stdout, /FAIL +http_port.*\nFAIL +media_port .* UDP port .*\nFAIL +media_port .* TCP port/);
});

// Ctrl-C, the service manager, a terminal that was closed.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  test(`${signal} ends cleanly even while people watch`, async (t) => {
    const server = new Server();
    t.after(() => server.remove());
    await server.start();
    const { show } = await onAir(server);
    const { socket } = await (await signUp(server, "bea")).enter(show.id);
    server.child.kill(signal);
    server.child.kill(signal); // one keystroke may be delivered by the terminal and by a wrapper
    const { code } = await server.exited;
    assert.equal(code, 0, server.tail());
    assert.equal((await socket.closed).code, 1001);
    assert.ok(existsSync(path.join(server.dir, "trunkshow.db")));
  });
}
