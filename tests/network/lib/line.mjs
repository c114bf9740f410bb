// A line that is not good, and who sits at its far end (line/main.c says how it is changed).
import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { chromium } from "playwright-core";
import { binaries } from "../../flow/lib/server.mjs";
import { program } from "../../flow/lib/simulate.mjs";
import { quiet } from "../../browser/lib/browsers.mjs";

const line = path.join(binaries, "network/line"), seed = "7";
let lines = 0;

/** What can be done to a line: `set("loss 0.05")`; another address at its far end; another one as its router shows it. */
const controls = (net, say) => {
  const set = (...words) => words.forEach((word) => say(`${word}\n`));
  return { set, moveTo: (last) => set(`address ${net}.${last}`), seenAs: (last) => set(`seen ${net}.${last}`) };
};

/** Runs a command in a network namespace of its own, whose only way to the server is this line. */
export function overLine(t, words, command, ...more) {
  const net = `10.98.${lines++}`;
  const far = program(t, line, `${net}.1`, `${net}.2`, seed, command, ...more);
  const control = controls(net, (text) => far.child.stdin.write(text));
  control.set(...words);
  return { ...far, ...control };
}

/** A Chromium there. */
export async function chromiumOverLine(t, words) {
  const net = `10.98.${lines++}`;
  const dir = mkdtempSync(path.join(tmpdir(), "trunkshow-line-"));
  const fifo = path.join(dir, "words"), script = path.join(dir, "chromium");
  execFileSync("mkfifo", [fifo]);
  writeFileSync(script, `#!/bin/sh\nexec "${line}" ${net}.1 ${net}.2 ${seed} /usr/bin/chromium "$@" <>"${fifo}"\n`, { mode: 0o755 });
  const out = openSync(fifo, "r+");
  const control = controls(net, (text) => writeSync(out, text));
  control.set(...words);
  const browser = await chromium.launch({ executablePath: script, headless: true, args: quiet });
  t.after(async () => { await browser.close(); closeSync(out); rmSync(dir, { recursive: true, force: true }); });
  return { browser, ...control };
}
