// End to end: `buyers` people on WebSockets press claim at random moments of one second, for three units.
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Server } from "../../flow/lib/server.mjs";
import { onAir, signUp } from "../../flow/lib/people.mjs";

const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];

async function inGroups(count, size, make) {
  const all = [];
  for (let i = 0; i < count; i += size) all.push(...(await Promise.all(Array.from({ length: Math.min(size, count - i) }, (_, k) => make(i + k)))));
  return all;
}

export async function storm(buyers = 2000, units = 3) {
  const server = new Server({ rate_limits: "off", max_connections: buyers * 2 + 100 });
  await server.start();
  try {
    const { show, item } = await onAir(server, { stock: units });
    const sockets = await inGroups(buyers, 50, async (i) => (await (await signUp(server, `buyer${i}`)).enter(show.id)).socket);
    await sleep(1000); // what the joining caused has been sent
    const started = performance.now();
    const answers = await Promise.all(sockets.map(async (socket) => {
      await sleep(Math.random() * 1000);
      const asked = performance.now();
      const answer = await socket.ask({ type: "claim", show: show.id, item: item.id, quantity: 1, price: item.price, key: randomUUID() });
      return { ms: performance.now() - asked, status: answer.status };
    }));
    const ms = answers.map((a) => a.ms).sort((a, b) => a - b);
    const count = (status) => answers.filter((a) => a.status === status).length;
    sockets.forEach((socket) => socket.ws.terminate());
    return { buyers, units, all_ms: Math.round(performance.now() - started), p50_ms: Math.round(quantile(ms, 0.5)), p99_ms: Math.round(quantile(ms, 0.99)),
      held: count("held"), waitlisted: count("waitlisted"), sold_out: count("sold_out") };
  } finally {
    await server.stop();
    server.remove();
  }
}
