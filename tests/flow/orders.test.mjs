// What becomes of an order: paid, confirmed at the bank, shipped, cancelled; and who learns of it.
import { test } from "node:test";
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { open } from "./lib/server.mjs";
import { signUp, onAir, claim, checkout, address, request } from "./lib/people.mjs";
import { parse } from "./lib/csv.mjs";

const pending = "4000002500003155";

/** Somebody holds `quantity` of the item of a show on air. */
async function holding(server, stage, name = "bea", quantity = 1) {
  const person = await signUp(server, name);
  const { socket } = await person.enter(stage.show.id);
  const { hold } = await socket.ask(claim(stage.show, stage.item, { quantity }));
  return { person, socket, hold };
}

/** Somebody has bought it. */
async function buying(server, stage, name, quantity, options) {
  const buyer = await holding(server, stage, name, quantity);
  const { order } = await buyer.person.must("POST", "/api/v1/checkout", checkout(stage.host.account.id, options));
  return { ...buyer, order };
}

const stockOf = async (stage) => (await stage.host.must("GET", `/api/v1/listings/${stage.listing.id}`)).listing.stock;

test("the seller ships with a tracking number, the buyer sees it; after that nobody cancels", async (t) => {
  const server = await open(t);
  const stage = await onAir(server);
  const { person: bea, socket, order } = await buying(server, stage);
  assert.deepEqual([order.state, order.shipped_ms, order.tracking, order.refund], ["paid", null, "", "none"]);

  const { order: sent } = await stage.host.must("POST", `/api/v1/orders/${order.id}/ship`, { carrier: "Post", tracking: "RR 123 456 AT" });
  assert.deepEqual([sent.state, sent.carrier, sent.tracking], ["shipped", "Post", "RR 123 456 AT"]);
  assert.equal((await socket.next("order", (m) => m.order.state === "shipped")).order.tracking, "RR 123 456 AT");
  const { order: seen } = await bea.must("GET", `/api/v1/orders/${order.id}`);
  assert.ok(seen.shipped_ms >= seen.paid_ms);
  const { notices } = await bea.must("GET", "/api/v1/notices");
  assert.deepEqual(notices.filter((n) => n.code === "shipped").map((n) => n.order), [order.id]);

  await stage.host.must("POST", `/api/v1/orders/${order.id}/ship`, { carrier: "Courier", tracking: "77" });
  assert.equal((await bea.must("GET", `/api/v1/orders/${order.id}`)).order.tracking, "77", "corrected");
  for (const who of [bea, stage.host]) {
    const late = await who.call("POST", `/api/v1/orders/${order.id}/cancel`);
    assert.deepEqual([late.status, late.body.code], [409, "conflict"]);
  }
  for (const [state, ids] of [["shipped", [order.id]], ["paid", []], ["cancelled", []]])
    assert.deepEqual((await stage.host.must("GET", `/api/v1/orders?as=seller&state=${state}`)).orders.map((o) => o.id), ids, state);
});

for (const who of ["buyer", "seller"]) {
  test(`the ${who} cancels before it is shipped: the money goes back, the stock is there again`, async (t) => {
    const server = await open(t);
    const stage = await onAir(server, { stock: 3 });
    const { person: bea, socket, order } = await buying(server, stage, "bea", 2);
    assert.equal(await stockOf(stage), 1);
    const by = who === "buyer" ? bea : stage.host, other = who === "buyer" ? stage.host : bea;

    const { order: cancelled } = await by.must("POST", `/api/v1/orders/${order.id}/cancel`);
    assert.equal(cancelled.state, "cancelled");
    assert.equal(await stockOf(stage), 3);
    const { order: back } = await socket.next("order", (m) => m.order.refund === "done");
    assert.equal(back.state, "cancelled");
    assert.ok(back.cancelled_ms >= back.paid_ms);
    const codes = async (person) => (await person.must("GET", "/api/v1/notices")).notices.map((n) => n.code);
    assert.ok((await codes(other)).includes("cancelled"));
    assert.ok((await codes(bea)).includes("refunded"));
    const ship = await stage.host.call("POST", `/api/v1/orders/${order.id}/ship`, { carrier: "Post" });
    assert.deepEqual([ship.status, ship.body.code], [409, "conflict"]);
  });
}

test("only the two of an order do anything with it; to others it does not exist", async (t) => {
  const server = await open(t);
  const stage = await onAir(server);
  const { person: bea, order } = await buying(server, stage);
  const carl = await signUp(server, "carl");
  const acts = [["ship", { carrier: "Post" }], ["cancel"]];

  for (const [act, body] of acts) {
    assert.equal((await carl.call("POST", `/api/v1/orders/${order.id}/${act}`, body)).status, 404, act);
    assert.equal((await request(server, "POST", `/api/v1/orders/${order.id}/${act}`, body)).status, 401, act);
  }
  assert.equal((await bea.call("POST", `/api/v1/orders/${order.id}/ship`, { carrier: "Post" })).status, 403, "a buyer ships nothing");
  for (const body of [{}, { carrier: "" }, { carrier: 7 }, { carrier: "x".repeat(32) }, { carrier: "Post", tracking: "x".repeat(64) }, { carrier: "a\nb" }]) {
    const reply = await stage.host.call("POST", `/api/v1/orders/${order.id}/ship`, body);
    assert.deepEqual([reply.status, reply.body.code], [400, "bad_request"], JSON.stringify(body));
  }
  assert.equal((await bea.must("GET", `/api/v1/orders/${order.id}`)).order.state, "paid");
});

test("orders are read page by page, each side its own, in one state if asked", async (t) => {
  const server = await open(t);
  const stage = await onAir(server, { stock: 3 });
  const [first, second, third] = [await buying(server, stage, "bea"), await buying(server, stage, "ben"), await buying(server, stage, "cleo")].map((b) => b.order.id);
  await stage.host.must("POST", `/api/v1/orders/${first}/ship`, { carrier: "Post" });
  const page = async (query) => (await stage.host.must("GET", `/api/v1/orders?as=seller${query}`)).orders.map((o) => o.id);

  assert.deepEqual(await page(""), [third, second, first]);
  assert.deepEqual(await page(`&before=${third}`), [second, first]);
  assert.deepEqual(await page(`&before=${third}&state=shipped`), [first]);
  assert.deepEqual(await page(`&before=${first}`), []);
  const wrong = await stage.host.call("GET", "/api/v1/orders?before=yesterday");
  assert.deepEqual([wrong.status, wrong.body.code], [400, "bad_request"]);
});

test("a payment that waits for its buyer is confirmed, and sold once", async (t) => {
  const server = await open(t);
  const stage = await onAir(server, { stock: 1 });
  const { person: bea, order } = await buying(server, stage, "bea", 1, { card: pending });
  assert.deepEqual([order.state, order.confirm, order.paid_ms], ["paying", true, null]);
  assert.deepEqual((await stage.host.must("GET", "/api/v1/orders?as=seller")).orders, [], "no address before it is paid");
  const confirm = (who, body) => who.call("POST", `/api/v1/payments/test/${order.id}`, body);

  assert.equal((await confirm(stage.host, { agree: true })).status, 404, "it is the buyer's word");
  assert.equal((await confirm(bea, {})).status, 400);
  assert.equal((await confirm(bea, { agree: "yes" })).status, 400);
  for (let i = 0; i < 2; i++) {
    const reply = await confirm(bea, { agree: true });
    assert.deepEqual([reply.status, reply.body.order.state, reply.body.order.confirm], [200, "paid", false], JSON.stringify(reply.body));
  }
  assert.equal(await stockOf(stage), 0);
  assert.equal((await stage.host.must("GET", "/api/v1/orders?as=seller")).orders.length, 1);
});

test("a payment that its buyer refuses leaves the hold, and another card pays", async (t) => {
  const server = await open(t);
  const stage = await onAir(server, { stock: 1 });
  const { person: bea, order } = await buying(server, stage, "bea", 1, { card: pending });

  const { order: refused } = await bea.must("POST", `/api/v1/payments/test/${order.id}`, { agree: false });
  assert.equal(refused.state, "failed");
  const { holds } = await bea.must("GET", "/api/v1/cart");
  assert.deepEqual(holds.map((h) => h.state), ["active"]);
  const { order: paid } = await bea.must("POST", "/api/v1/checkout", checkout(stage.host.account.id));
  assert.equal(paid.state, "paid");
  const nothing = await bea.call("POST", `/api/v1/payments/test/${paid.id}`, { agree: true });
  assert.deepEqual([nothing.status, nothing.body.code], [409, "conflict"], "nothing waits there");
});

test("a payment that nobody confirms runs out: the stock is there again, and a late yes buys nothing", async (t) => {
  const server = await open(t, { hold_s: 5 });
  const stage = await onAir(server, { stock: 1 });
  const { person: bea, socket, order } = await buying(server, stage, "bea", 1, { card: pending });

  await socket.next("order", (m) => m.order.id === order.id && m.order.state === "failed");
  assert.equal(await stockOf(stage), 1);
  await bea.call("POST", `/api/v1/payments/test/${order.id}`, { agree: true });
  assert.equal((await bea.must("GET", `/api/v1/orders/${order.id}`)).order.state, "failed");
  assert.equal(await stockOf(stage), 1);
});

test("several holds of one seller ship together, for one parcel's price; the cart says what else would fit", async (t) => {
  const server = await open(t);
  const stage = await onAir(server, { price: 2500 });
  const { host, show } = stage;
  assert.equal((await host.must("PATCH", "/api/v1/me", { shipping: 490 })).shipping, 490);
  const { listing: hat } = await host.must("POST", "/api/v1/listings", { title: "Hat", price: 900, currency: "EUR", stock: 1 });
  const { item: second } = await host.must("POST", `/api/v1/shows/${show.id}/items`, { listing: hat.id });
  for (let i = 0; i < 8; i++) {
    const { listing } = await host.must("POST", "/api/v1/listings", { title: `Sock ${i}`, price: 100, currency: "EUR", stock: i ? 1 : 0 });
    await host.must("PATCH", `/api/v1/listings/${listing.id}`, { shop: true });
  }
  await host.must("PATCH", `/api/v1/listings/${hat.id}`, { shop: true });
  const { person: bea, socket } = await holding(server, stage, "bea", 2);
  await socket.ask(claim(show, second));

  const cart = await bea.must("GET", "/api/v1/cart");
  assert.deepEqual(cart.holds.map((h) => h.quantity), [2, 1]);
  assert.deepEqual(cart.waiting, []);
  assert.ok(Math.abs(cart.now_ms - Date.now()) < 60_000);
  assert.equal(cart.sellers.length, 1);
  assert.deepEqual([cart.sellers[0].seller.id, cart.sellers[0].shipping, cart.sellers[0].also.length], [host.account.id, 490, 6]);
  assert.ok(cart.sellers[0].also.every((l) => l.stock > 0 && l.id !== hat.id), "in stock, and not what is held already");

  const { order } = await bea.must("POST", "/api/v1/checkout", checkout(host.account.id));
  assert.deepEqual([order.total, order.shipping, order.lines.length], [2 * 2500 + 900 + 490, 490, 2]);
  assert.deepEqual(order.lines.map((l) => l.number).sort(), [stage.item.number, second.number].sort());
});

test("the seller's table of orders: a row a line, no formula, and nobody else's", async (t) => {
  const server = await open(t);
  const stage = await onAir(server, { price: 2500, title: '=HYPERLINK("http://evil","Jacket, blue")' });
  await stage.host.must("PATCH", "/api/v1/me", { shipping: 490 });
  const { person: bea } = await holding(server, stage, "bea", 2);
  const key = randomUUID();
  await bea.must("POST", "/api/v1/checkout", { ...checkout(stage.host.account.id, { key }), address: { ...address, line1: "+43 Street", line2: "@home, left" } });
  await buying(server, stage, "carl");

  const reply = await stage.host.call("GET", "/api/v1/orders.csv?as=seller");
  assert.equal(reply.status, 200);
  assert.match(reply.headers.get("content-type"), /^text\/csv; charset=utf-8/);
  assert.match(reply.headers.get("content-disposition"), /^attachment; filename="orders\.csv"$/);
  const rows = parse(reply.body);
  assert.equal(rows.length, 2);
  const row = rows.find((r) => r.quantity === "2");
  assert.equal(row.title, `'=HYPERLINK("http://evil","Jacket, blue")`);
  assert.deepEqual([row.line1, row.line2], ["'+43 Street", "'@home, left"]);
  assert.deepEqual([row.price, row.shipping, row.total, row.currency, row.state], ["25.00", "4.90", "54.90", "EUR", "paid"]);
  assert.deepEqual(parse((await bea.call("GET", "/api/v1/orders.csv?as=seller")).body), []);
  assert.equal((await stage.host.call("GET", "/api/v1/orders.csv?as=buyer")).status, 400);
  for (const query of ["as=thief", "state=lost", "as=seller&state="])
    assert.equal((await bea.call("GET", `/api/v1/orders?${query}`)).status, 400, query);
});

test("a parcel that became dearer than the buyer saw is told, not charged", async (t) => {
  const server = await open(t);
  const stage = await onAir(server, { price: 2500 });
  const { person: bea } = await holding(server, stage);
  await stage.host.must("PATCH", "/api/v1/me", { shipping: 490 });
  const wish = (total) => bea.call("POST", "/api/v1/checkout", { ...checkout(stage.host.account.id), total });

  const dearer = await wish(2500);
  assert.deepEqual([dearer.status, dearer.body.code], [409, "price_changed"]);
  assert.deepEqual((await bea.must("GET", "/api/v1/orders")).orders, []);
  for (const total of ["2990", -1, 1.5]) assert.equal((await wish(total)).status, 400, String(total));
  const cheaper = await wish(5000);
  assert.deepEqual([cheaper.status, cheaper.body.order.total], [200, 2990], "less than was seen is no surprise");
});
