// What people are told of, at once and when they come back: read by their owner alone, and only once new.
import { test } from "node:test";
import assert from "node:assert/strict";
import { open } from "./lib/server.mjs";
import { signUp, onAir, claim, checkout, request } from "./lib/people.mjs";

const unread = async (person) => (await person.must("GET", "/api/v1/me")).unread;
const codes = async (person) => (await person.must("GET", "/api/v1/notices")).notices.map((n) => n.code);

test("an owner hears that a host features and sells their dress, and takes it back", async (t) => {
  const server = await open(t);
  const mara = await signUp(server, "mara"), bea = await signUp(server, "bea");
  const stage = await onAir(server, { host: "lena" });
  const { listing: dress } = await mara.must("POST", "/api/v1/listings", { title: "Dress", price: 4000, currency: "EUR", stock: 2,
    community: { ok: true, floor: 3000, auction: false } });
  const { item } = await stage.host.must("POST", `/api/v1/shows/${stage.show.id}/items`, { listing: dress.id });
  const { socket: home } = await mara.enter(stage.show.id);
  const { socket: desk } = await stage.host.enter(stage.show.id);

  await desk.ask({ type: "feature", show: stage.show.id, item: item.id });
  const { notice } = await home.next("news", (m) => m.notice.code === "featured");
  assert.deepEqual([notice.listing, notice.show, notice.actor.id, notice.title, notice.read], [dress.id, stage.show.id, stage.host.account.id, "Dress", false]);

  const { socket } = await bea.enter(stage.show.id);
  await socket.ask(claim(stage.show, item));
  const { order } = await bea.must("POST", "/api/v1/checkout", checkout(mara.account.id));
  const { notice: sold } = await home.next("news", (m) => m.notice.code === "community_sold");
  assert.deepEqual([sold.quantity, sold.amount, sold.currency, sold.order], [1, 4000, "EUR", order.id]);
  assert.deepEqual(await codes(mara), ["community_sold", "featured"]);

  await mara.must("PATCH", `/api/v1/listings/${dress.id}`, { community: { ok: false } });
  await desk.next("news", (m) => m.notice.code === "withdrawn" && m.notice.listing === dress.id);
  await desk.next("item.removed", (m) => m.item === item.id);
});

test("notices are counted until they are read, page by page, also over a restart", async (t) => {
  const server = await open(t);
  const stage = await onAir(server, { stock: 3 });
  const { host } = stage;
  assert.deepEqual([await codes(host), await unread(host)], [[], 0]);
  for (const name of ["bea", "carl", "dora"]) {
    const buyer = await signUp(server, name);
    const { socket } = await buyer.enter(stage.show.id);
    await socket.ask(claim(stage.show, stage.item));
    await buyer.must("POST", "/api/v1/checkout", checkout(host.account.id));
  }
  await server.stop();
  await server.start();

  const { notices, unread: n } = await host.must("GET", "/api/v1/notices");
  assert.deepEqual([notices.map((x) => x.code), n, await unread(host)], [["sold", "sold", "sold"], 3, 3]);
  assert.deepEqual(notices.map((x) => x.actor.display_name), ["dora", "carl", "bea"], "newest first");
  const older = await host.must("GET", `/api/v1/notices?before=${notices[0].id}`);
  assert.deepEqual(older.notices.map((x) => x.id), [notices[1].id, notices[2].id]);

  const otto = await signUp(server, "otto");
  assert.equal((await otto.call("POST", "/api/v1/notices/read", { until: notices[0].id })).status, 204, "of the own ones, of which there are none");
  assert.equal(await unread(host), 3);
  assert.equal((await host.call("POST", "/api/v1/notices/read", { until: notices[1].id })).status, 204);
  assert.deepEqual([(await host.must("GET", "/api/v1/notices")).notices.map((x) => x.read), await unread(host)], [[false, true, true], 1]);
  assert.deepEqual(await codes(otto), []);
  for (const until of [undefined, "", 7, "me"]) assert.equal((await host.call("POST", "/api/v1/notices/read", { until })).status, 400);
  assert.equal((await host.call("GET", "/api/v1/notices?before=x")).status, 400);
  assert.equal((await request(server, "GET", "/api/v1/notices")).status, 401);
});

test("whoever waits hears that it is their turn", async (t) => {
  const server = await open(t);
  const stage = await onAir(server, { stock: 1 });
  const first = await signUp(server, "first"), next = await signUp(server, "next");
  const { socket } = await first.enter(stage.show.id), { socket: waits } = await next.enter(stage.show.id);
  const { hold } = await socket.ask(claim(stage.show, stage.item));
  const { status, waiting } = await waits.ask(claim(stage.show, stage.item));
  assert.deepEqual([status, waiting.place], ["waitlisted", 1]);
  assert.deepEqual((await next.must("GET", "/api/v1/cart")).waiting.map((w) => w.id), [waiting.id]);

  await socket.ask({ type: "release", hold: hold.id });
  const { notice } = await waits.next("news", (m) => m.notice.code === "your_turn");
  const { holds } = await next.must("GET", "/api/v1/cart");
  assert.deepEqual(holds.map((h) => h.id), [notice.hold]);
  assert.deepEqual(await codes(next), ["your_turn"]);
});
