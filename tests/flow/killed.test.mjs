// The server is killed in the middle of a sale, again and again. Everybody keeps a ledger of what was answered: nothing of it may
// be lost, the stock adds up, and nobody pays twice. KILLS=1000 for a long night; KILL_SEED repeats the choices, not the moments.
import { test } from "node:test";
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { open } from "./lib/server.mjs";
import { signUp, onAir, claim, checkout } from "./lib/people.mjs";

const kills = Number(process.env.KILLS ?? 4);
const seed = Number(process.env.KILL_SEED ?? Date.now() % 1e9);
const buyersCount = 6;

// mulberry32
let state = seed;
const random = () => {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), state | 1);
  t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
};
const below = (n) => Math.floor(random() * n);

/** One buyer and a ledger: what was asked, and what came back. */
class Buyer {
  constructor(person) {
    this.person = person;
  }

  /** Moves what is certain into the totals of the night. */
  begin(round, totals) {
    for (const { hold, waiting, message, doubted } of this.claims ?? []) {
      totals.claims++;
      totals.held += hold ? message.quantity : 0;
      totals.waits += waiting ? 1 : 0;
      totals.doubted += doubted ? 1 : 0;
    }
    totals.orders += (this.checkouts ?? []).filter(({ order }) => order).length;
    this.round = round;
    this.claims = [];
    this.checkouts = [];
  }

  async enter() {
    this.socket = (await this.person.enter(this.round.show.id)).socket;
  }

  async claim() {
    const { show, item } = this.round;
    const asked = { message: claim(show, item, { quantity: 1 + below(2) }) };
    this.claims.push(asked);
    this.note(asked, await this.socket.ask(asked.message));
  }

  note(asked, answer) {
    asked.status = answer.status;
    if (answer.hold) asked.hold = answer.hold.id;
    if (answer.waiting) asked.waiting = answer.waiting.id;
  }

  async release() {
    const held = this.claims.filter((c) => c.hold && !c.releasing && !c.sold);
    if (!held.length) return;
    const asked = held[below(held.length)];
    asked.releasing = true;
    const { hold } = await this.socket.ask({ type: "release", hold: asked.hold });
    assert.equal(hold.state, "released");
    asked.released = true;
  }

  async checkout() {
    const asked = { body: checkout(this.round.host.account.id), holds: this.claims.filter((c) => c.hold && !c.releasing && !c.sold) };
    if (!asked.holds.length) return;
    this.checkouts.push(asked);
    this.paid(asked, await this.person.call("POST", "/api/v1/checkout", asked.body));
  }

  paid(asked, { status, body }) {
    if (status === 200) {
      assert.equal(body.order.state, "paid");
      assert.ok(!asked.order || asked.order === body.order.id, "the same key, another order");
      asked.order = body.order.id;
      asked.holds.forEach((c) => (c.sold = true));
    } else {
      // Nothing was held any more, or the server asks for patience; never anything else.
      assert.ok(["expired", "retry", "sold_out"].includes(body.code), `${status} ${JSON.stringify(body)}`);
    }
  }

  /** Buy, change one's mind, pay, until the line goes dead. */
  async shop() {
    try {
      for (;;) {
        const what = random();
        await (what < 0.6 ? this.claim() : what < 0.75 ? this.release() : this.checkout());
      }
    } catch (error) {
      if (error.code && error.name !== "TypeError") throw error; // refused: nothing that a buyer did here may be
      if (error instanceof assert.AssertionError) throw error;
    }
  }

  /** What was answered before must be true now; what was not is asked again. */
  async compare() {
    for (const asked of this.checkouts) {
      const reply = await this.person.call("POST", "/api/v1/checkout", asked.body);
      if (asked.order) assert.equal(reply.status, 200, `an order that was paid: ${JSON.stringify(reply.body)}`);
      this.paid(asked, reply);
    }
    for (const asked of this.claims) {
      const before = { ...asked };
      asked.doubted = !before.status;
      const answer = await this.socket.ask(asked.message);
      this.note(asked, answer);
      if (before.hold) assert.equal(asked.hold, before.hold, "a claim that was answered is another now");
      if (before.waiting) assert.equal(asked.waiting, before.waiting, "a place that was answered is another now");
      if (!answer.hold) continue;
      const { state } = answer.hold;
      if (before.released) assert.equal(state, "released");
      else if (before.sold) assert.equal(state, "sold");
      else assert.ok(["active", "paying", "sold", ...(before.releasing ? ["released"] : [])].includes(state), `a hold is ${state}`);
      if (state === "active" && before.releasing) asked.releasing = false; // the wish was lost with the server
      if (state === "released") asked.releasing = asked.released = true;
    }
    const ids = this.checkouts.flatMap(({ order }) => order ?? []);
    assert.equal(new Set(ids).size, ids.length, "two checkouts, one order");
  }

  /** Units of the round's listing, as the market counts them for this buyer. */
  async count() {
    const { listing } = this.round;
    const { holds } = await this.person.must("GET", "/api/v1/cart");
    const { orders } = await this.person.must("GET", "/api/v1/orders?as=buyer");
    assert.ok(!orders.some((o) => o.state === "paying"), "an order that nobody settles");
    const units = (list) => list.reduce((sum, one) => sum + one.quantity, 0);
    const lines = orders.filter((o) => o.state === "paid").flatMap((o) => o.lines);
    return { held: units(holds.filter((h) => h.listing.id === listing.id)), sold: units(lines.filter((l) => (l.listing.id ?? l.listing) === listing.id)) };
  }

  /** Sold holds that this buyer knows of. */
  knownSold() {
    return this.claims.filter((c) => c.sold).reduce((sum, c) => sum + c.message.quantity, 0);
  }
}

async function newRound({ host, show }, number) {
  const stock = 4 + below(60);
  const { listing } = await host.must("POST", "/api/v1/listings", { title: `Listing ${number}`, price: 500 + below(5000), currency: "EUR", stock });
  const { item } = await host.must("POST", `/api/v1/shows/${show.id}/items`, { listing: listing.id });
  return { host, show, listing, item, stock };
}

async function settled(buyers) {
  for (;;) {
    const lists = await Promise.all(buyers.map((b) => b.person.must("GET", "/api/v1/orders?as=buyer")));
    if (!lists.some(({ orders }) => orders.some((o) => o.state === "paying"))) return;
    await pause(20);
  }
}

async function compareAll(round, buyers) {
  await settled(buyers);
  await Promise.all(buyers.map((b) => b.compare()));
  await settled(buyers);
  const counts = await Promise.all(buyers.map((b) => b.count()));
  const { listing } = await round.host.must("GET", `/api/v1/listings/${round.listing.id}`);
  const sum = (what) => counts.reduce((all, one) => all + one[what], 0);
  assert.equal(listing.held, sum("held"), "what is held is what is in the carts");
  assert.equal(listing.stock + listing.held + sum("sold"), round.stock, "the stock adds up");
  assert.ok(sum("sold") >= buyers.reduce((all, b) => all + b.knownSold(), 0), "what was paid is sold");
}

test(`a server that is killed ${kills} times during a sale keeps its word (KILL_SEED=${seed})`, { timeout: kills * 60_000 + 60_000 }, async (t) => {
  const server = await open(t, { rate_limits: "off", hold_per_buyer: 1000, hold_per_item: 1000, items_per_show: 10000, wait_absent_s: 3600 });
  const stage = await onAir(server, { stock: 1 });
  const people = await Promise.all(Array.from({ length: buyersCount }, (_, i) => signUp(server, `buyer${i}`)));
  const buyers = people.map((person) => new Buyer(person));

  const totals = { claims: 0, held: 0, waits: 0, doubted: 0, orders: 0 };
  for (let kill = 1; kill <= kills; kill++) {
    const round = await newRound(stage, kill);
    buyers.forEach((b) => b.begin(round, totals));
    // A listing lives through one to three kills.
    for (let lives = 1 + below(3); lives > 0 && kill <= kills; lives--, kill += lives > 0 ? 1 : 0) {
      await Promise.all(buyers.map((b) => b.enter()));
      const shopping = Promise.all(buyers.map((b) => b.shop()));
      await pause(10 + below(400));
      await server.kill();
      await shopping;
      await server.start();
      await Promise.all(buyers.map((b) => b.enter()));
      await compareAll(round, buyers);
      await Promise.all(buyers.map((b) => b.socket.close()));
    }
  }
  buyers.forEach((b) => b.begin(undefined, totals));
  t.diagnostic(JSON.stringify(totals));
  assert.ok(totals.held > 0 && totals.orders > 0, "nothing was sold");
});
