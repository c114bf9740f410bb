// Viewers come and go for a long time, and the server is not larger afterwards than it was once warm.
//   SOAK_SECONDS=1200 node --test tests/flow/crowd_soak.test.mjs
import { test } from "node:test";
import assert from "node:assert/strict";
import { Server } from "./lib/server.mjs";
import { simulate } from "./lib/simulate.mjs";
import { onAir, publishKey, request } from "./lib/people.mjs";

const seconds = Number(process.env.SOAK_SECONDS ?? 20), warm = Math.max(8, seconds / 4), crowd = seconds > 60 ? 200 : 40;
const PER_SESSION = 2048; /* bytes: a session that stays behind is several times that */
const SLACK = 6 << 20; /* what an allocator may keep scattered */

test("a server whose viewers come and go does not grow", { timeout: (seconds + 180) * 1000 }, async (t) => {
  const server = new Server({ rate_limits: "off", max_sessions: 5000 });
  /* a sanitizer's allocator keeps what was freed for a while: not for long here */
  server.environment = { ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ""}:quarantine_size_mb=1:thread_local_quarantine_size_kb=64` };
  t.after(() => server.stop().finally(() => server.remove()));
  await server.start();
  const { host, show } = await onAir(server);
  const publisher = simulate(t, "host", "--whip", `${server.url}/whip/${show.id}`, "--token", await publishKey(host, show), "--stats");
  await publisher.next("stats", (m) => m.packets > 0);
  const viewers = simulate(t, "view", "--whep", `${server.url}/whep/${show.id}`, "--count", String(crowd), "--rate", String(crowd), "--stay", "2",
    "--seconds", String(Math.ceil(warm + seconds)), "--pid", String(server.child.pid));
  await viewers.next("summary", () => true, warm + seconds + 120);

  const came = (from, to) => viewers.lines.slice(from, to).filter((l) => l.event === "connected").length;
  const stats = viewers.lines.map((l, at) => ({ ...l, at })).filter((l) => l.event === "stats" && l.rss_bytes);
  const cut = Math.floor((stats.length * warm) / (warm + seconds)), early = stats.slice(Math.floor(cut / 2), cut), late = stats.slice(-early.length);
  const least = (some) => Math.min(...some.map((l) => l.rss_bytes));
  const sessions = came(early.at(-1).at, late[0].at), grown = least(late) - least(early);
  t.diagnostic(`${sessions} sessions came and went; from ${least(early) >> 20} to ${least(late) >> 20} MB`);
  assert.ok(sessions > crowd, "they come and go");
  /* ThreadSanitizer remembers who touched what: its memory tells nothing of the server's */
  if (!/thread/.test(process.env.TEST_SANITIZE ?? "")) assert.ok(grown < SLACK + sessions * PER_SESSION, `${grown} bytes more after ${sessions} sessions`);

  /* all of them have said goodbye, or will be found out; what stays is the host */
  for (;;) {
    const { body } = await request(server, "GET", "/metrics");
    if (/^trunkshow_media_viewers 0$/m.test(body) && /^trunkshow_media_sessions 1$/m.test(body)) break;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
});
