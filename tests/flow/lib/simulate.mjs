// trunkshow-load as a part of a story: a simulated host, or simulated viewers, and what they report line by line.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { once } from "node:events";
import { load } from "./server.mjs";

export const simulate = (t, ...words) => program(t, load, ...words);

/** Runs a program that tells what happens as lines of JSON; `next(event)` resolves with its first line of that event still to come
 *  or not yet taken. */
export function program(t, command, ...words) {
  const child = spawn(command, words, { stdio: ["pipe", "pipe", "pipe"] });
  const lines = [], watchers = new Set();
  let errors = "";
  child.stderr.on("data", (chunk) => (errors += chunk));
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(JSON.parse(line));
    watchers.forEach((look) => look());
  });
  const exited = once(child, "exit").then(([code]) => code);
  t.after(() => child.kill("SIGKILL"));
  const next = (event, matches = () => true, seconds = 60) => new Promise((resolve, reject) => {
    const look = () => {
      const at = lines.findIndex((l) => l.event === event && matches(l));
      if (at < 0) return;
      watchers.delete(look);
      clearTimeout(timer);
      resolve(lines.splice(at, 1)[0]);
    };
    const timer = setTimeout(() => reject(new Error(`no ${event}: ${JSON.stringify(lines).slice(-1500)}\n${errors.slice(-1500)}`)), seconds * 1000);
    watchers.add(look);
    look();
  });
  return { child, lines, next, exited, kill: (signal = "SIGKILL") => { child.kill(signal); return exited; } };
}
