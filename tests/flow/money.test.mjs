// The ledger as people see it: what adds up to the balance, to the cent, whatever happened to the orders.
import { test } from "node:test";
import assert from "node:assert/strict";
import { open } from "./lib/server.mjs";
import { signUp, onAir, claim, checkout, cards, request } from "./lib/people.mjs";
import { minor, parse } from "./lib/csv.mjs";

const statement = async (person, query = "") => {
  const reply = await person.call("GET", `/api/v1/me/statement.csv${query}`);
  assert.equal(reply.status, 200, JSON.stringify(reply.body));
  return parse(reply.body);
};
const balance = async (person) => (await person.must("GET", "/api/v1/me/balance")).balances;
const sum = (rows) => rows.reduce((all, row) => all + minor(row.amount), 0);

/** What the postings say of a person: owed by the market, per currency; zero where it all came and went. */
function recompute(rows) {
  const owed = new Map();
  for (const row of rows.filter((r) => r.account === "seller" || r.account === "shipping"))
    owed.set(row.currency, (owed.get(row.currency) ?? 0) + minor(row.amount));
  return owed;
}

async function agrees(person) {
  const rows = await statement(person), told = new Map((await balance(person)).map((b) => [b.currency, b.amount])), found = recompute(rows);
  for (const currency of new Set([...told.keys(), ...found.keys()]))
    assert.equal(told.get(currency) ?? 0, found.get(currency) ?? 0, `${person.account.username} in ${currency}`);
  // What was paid in was spent or given back, in every order on its own.
  for (const order of new Set(rows.map((r) => r.order)))
    assert.equal(sum(rows.filter((r) => r.order === order && r.account === "buyer")), 0, `${person.account.username}, order ${order}`);
  return rows;
}

async function buy(server, stage, buyer, quantity, card) {
  const { socket } = await buyer.enter(stage.show.id);
  await socket.ask(claim(stage.show, stage.item, { quantity }));
  const { body } = await buyer.call("POST", "/api/v1/checkout", checkout(stage.host.account.id, { card }));
  return { socket, order: body.order };
}

test("fee and tax are taken once a line, and the statement adds up to the balance", async (t) => {
  const server = await open(t, { fee_bp: 850, tax_bp: 2000 });
  const stage = await onAir(server, { price: 3333, stock: 9 });
  await stage.host.must("PATCH", "/api/v1/me", { shipping: 490 });
  assert.deepEqual(await balance(stage.host), []);
  const bea = await signUp(server, "bea");
  const { order } = await buy(server, stage, bea, 3);

  const line = 3 * 3333, fee = Math.floor((line * 850 + 5000) / 10000), tax = Math.floor((line * 2000 + 6000) / 12000);
  assert.equal(order.total, line + 490);
  assert.deepEqual(await balance(stage.host), [{ amount: line - fee - tax + 490, currency: "EUR" }]);
  const rows = await agrees(stage.host);
  assert.equal(sum(rows), line - fee - tax + 490);
  assert.ok(rows.every((r) => r.order === order.id && r.kind === "sale" && /^\d{4}-\d\d-\d\dT[\d:]+Z$/.test(r.time)));
  assert.deepEqual((await agrees(bea)).map((r) => [r.kind, r.account, r.amount]).sort(), [["payment", "buyer", "104.89"], ["sale", "buyer", "-104.89"]].sort());
  assert.deepEqual(await balance(bea), [], "a buyer is owed nothing");
});

test("whatever becomes of orders, every balance is what its postings say", async (t) => {
  const server = await open(t, { fee_bp: 333, tax_bp: 700, hold_per_buyer: 100, rate_limits: "off" });
  const stages = [await onAir(server, { host: "hanna", price: 1999, stock: 50 }), await onAir(server, { host: "otto", price: 5, stock: 50 })];
  const buyers = await Promise.all(["bea", "carl", "dora"].map((name) => signUp(server, name)));
  await stages[0].host.must("PATCH", "/api/v1/me", { shipping: 1 });
  const expected = new Map(stages.map((s) => [s.host.account.id, 0]));

  let turn = 0;
  for (const stage of stages) {
    for (const buyer of buyers) {
      for (const fate of ["kept", "cancelled", "declined", "refused", "shipped"]) {
        const quantity = 1 + (turn++ % 3);
        const card = fate === "declined" ? cards.declined : fate === "refused" ? "4000002500003155" : cards.good;
        const { socket, order } = await buy(server, stage, buyer, quantity, card);
        if (fate === "cancelled") {
          await buyer.must("POST", `/api/v1/orders/${order.id}/cancel`);
          await socket.next("order", (m) => m.order.id === order.id && m.order.refund === "done");
        } else if (fate === "refused") {
          await buyer.must("POST", `/api/v1/payments/test/${order.id}`, { agree: false });
        } else if (fate === "shipped") {
          await stage.host.must("POST", `/api/v1/orders/${order.id}/ship`, { carrier: "Post" });
        }
        if (fate === "kept" || fate === "shipped") {
          const line = order.total - order.shipping, of = (bp, whole) => Math.floor((line * bp + whole / 2) / whole);
          assert.equal(order.lines.length, 1);
          const id = stage.host.account.id;
          expected.set(id, expected.get(id) + order.total - of(333, 10000) - of(700, 10700));
        } else if (fate !== "cancelled") {
          const { holds } = await buyer.must("GET", "/api/v1/cart");
          await Promise.all(holds.map((h) => socket.ask({ type: "release", hold: h.id })));
        }
        await socket.close();
      }
    }
  }
  for (const { host } of stages) {
    await agrees(host);
    assert.deepEqual(await balance(host), [{ amount: expected.get(host.account.id), currency: "EUR" }]);
  }
  for (const buyer of buyers) await agrees(buyer);

  // The same after a restart: nothing of it lives in memory.
  await server.stop();
  await server.start();
  for (const person of [...stages.map((s) => s.host), ...buyers]) await agrees(person);
});

test("a statement is cut by time; each sees the own one", async (t) => {
  const server = await open(t);
  const stage = await onAir(server, { stock: 2 });
  const other = await onAir(server, { host: "otto" });
  const bea = await signUp(server, "bea");
  const { order } = await buy(server, stage, bea, 1);
  const rows = await statement(stage.host);

  assert.ok(rows.length > 0 && rows.every((r) => r.order === order.id));
  assert.deepEqual(await statement(other.host), []);
  assert.deepEqual(await statement(stage.host, `?from_ms=${order.paid_ms + 1}`), []);
  assert.deepEqual(await statement(stage.host, `?until_ms=${order.paid_ms}`), []);
  assert.deepEqual(await statement(stage.host, `?from_ms=${order.paid_ms}&until_ms=${order.paid_ms + 1}`), rows);
  for (const query of ["from_ms=yesterday", "from_ms=-1", "until_ms=1e3", "from_ms=", "until_ms=99999999999999999999"])
    assert.equal((await bea.call("GET", `/api/v1/me/statement.csv?${query}`)).status, 400, query);
  for (const path of ["balance", "statement.csv", "blocks"]) assert.equal((await request(server, "GET", `/api/v1/me/${path}`)).status, 401);
  const reply = await bea.call("GET", "/api/v1/me/statement.csv");
  assert.match(reply.headers.get("content-disposition"), /^attachment; filename="statement\.csv"$/);
});

test("what a parcel costs is the seller's to say", async (t) => {
  const server = await open(t);
  const hanna = await signUp(server, "hanna");
  assert.deepEqual((await hanna.must("GET", "/api/v1/me")).shipping, 0);
  for (const shipping of [-1, 1.5, "5", 1e12]) assert.equal((await hanna.call("PATCH", "/api/v1/me", { shipping })).status, 400, String(shipping));
  assert.equal((await hanna.must("PATCH", "/api/v1/me", {})).shipping, 0);
  assert.equal((await hanna.must("PATCH", "/api/v1/me", { shipping: 450 })).shipping, 450);
  await server.stop();
  await server.start();
  assert.equal((await hanna.must("GET", "/api/v1/me")).shipping, 450);
});
