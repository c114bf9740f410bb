// Outside a show: a seller's shop page, and the catalogue where hosts find what others let them sell.
import { test } from "node:test";
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { open } from "./lib/server.mjs";
import { signUp, onAir, claim, checkout, guest, request } from "./lib/people.mjs";

const listed = async (person, fields) => (await person.must("POST", "/api/v1/listings", { price: 1000, currency: "EUR", stock: 1, ...fields })).listing;
const titles = (body) => body.listings.map((l) => l.title);

test("the shop has what its seller put there; it is bought there by the same claim", async (t) => {
  const server = await open(t);
  const mara = await signUp(server, "mara", "Mara's Wardrobe"), bea = await signUp(server, "bea");
  const dress = await listed(mara, { title: "Dress", shop: true, stock: 2 });
  const hidden = await listed(mara, { title: "Skirt" });
  await listed(mara, { title: "Gone", shop: true, stock: 0 });
  await mara.must("PATCH", "/api/v1/me", { shipping: 300 });
  const { show } = await mara.must("POST", "/api/v1/shows", { title: "Friday", starts_at: new Date(Date.now() + 3600_000).toISOString() });

  const shop = await guest(server).must("GET", "/api/v1/sellers/mara");
  assert.deepEqual(titles(shop), ["Dress", "Gone"], "in stock first, and only what is in the shop");
  assert.deepEqual([shop.seller.display_name, shop.shipping], ["Mara's Wardrobe", 300]);
  assert.deepEqual(shop.shows.map((s) => [s.id, s.publish_key]), [[show.id, undefined]]);
  assert.deepEqual(shop.credit, { items: 0, sellers: 0, value: [] });
  assert.equal((await guest(server).call("GET", "/api/v1/sellers/nobody")).status, 404);

  const wish = { listing: dress.id, quantity: 1, price: dress.price };
  const bought = await bea.must("POST", "/api/v1/claims", { ...wish, key: randomUUID() });
  assert.deepEqual([bought.status, bought.hold.show, bought.hold.number], ["held", null, 0]);
  const no = await bea.call("POST", "/api/v1/claims", { ...wish, listing: hidden.id, key: randomUUID() });
  assert.ok(no.status >= 400, "what is not in the shop is not sold there");
  const { order } = await bea.must("POST", "/api/v1/checkout", checkout(mara.account.id));
  assert.deepEqual([order.state, order.total, order.lines[0].host], ["paid", dress.price + 300, null]);
});

test("listings and shows go on behind the last of a page", async (t) => {
  const server = await open(t);
  const mara = await signUp(server, "mara");
  const made = [];
  for (const [title, stock] of [["Dress", 1], ["Gone", 0], ["Hat", 1]]) made.push(await listed(mara, { title, stock, shop: true }));
  const [dress, gone, hat] = made;
  const list = async (query) => titles(await mara.must("GET", `/api/v1/listings?mine=1${query}`));
  assert.deepEqual(await list(""), ["Hat", "Gone", "Dress"]);
  assert.deepEqual(await list(`&before=${hat.id}`), ["Gone", "Dress"]);
  assert.deepEqual(await list(`&before=${dress.id}`), []);
  const shop = async (query) => titles(await guest(server).must("GET", `/api/v1/sellers/mara${query}`));
  assert.deepEqual(await shop(`?before=${hat.id}`), ["Dress", "Gone"]);
  assert.deepEqual(await shop(`?before=${dress.id}`), ["Gone"]);
  assert.deepEqual(await shop(`?before=${gone.id}`), []);
  assert.deepEqual(await shop(`?before=${gone.id}&stock=1`), ["Dress", "Gone"], "it was in stock on the page before");
  assert.equal((await mara.call("GET", `/api/v1/sellers/mara?before=${gone.id}&stock=x`)).status, 400);

  const planned = [];
  for (const hours of [2, 1]) planned.push((await mara.must("POST", "/api/v1/shows", { title: `In ${hours}`, starts_at: new Date(Date.now() + hours * 3600_000).toISOString() })).show);
  const shows = async (query) => (await mara.must("GET", `/api/v1/shows?${query}`)).shows.map((s) => s.title);
  assert.deepEqual(await shows(`mine=1&before=${planned[1].id}`), ["In 2"], "newest first");
  assert.deepEqual(await shows(`state=scheduled&before=${planned[1].id}`), ["In 2"], "soonest first");
  assert.deepEqual(await shows(`state=scheduled&before=${planned[0].id}`), []);
  for (const wrong of ["/api/v1/listings?mine=1&before=x", "/api/v1/shows?before=x", "/api/v1/sellers/mara?before=x"]) assert.equal((await mara.call("GET", wrong)).status, 400, wrong);
});

test("the catalogue finds what others let a host sell, by words and by filters", async (t) => {
  const server = await open(t, { hosting: "approved" });
  const mara = await signUp(server, "mara"), theo = await signUp(server, "theo"), lena = await signUp(server, "lena");
  assert.equal(server.run("admin", "approve", "lena").code, 0);
  const ok = (floor, auction = false) => ({ community: { ok: true, floor, auction } });
  await listed(mara, { title: "Denim jacket", brand: "Lévi", size: "M", ...ok(800) });
  const boots = await listed(mara, { title: "Leather boots", description: "with a jacket of felt", size: "39", ...ok(5000, true) });
  await listed(theo, { title: "Jacket of his own", size: "L" });
  await listed(theo, { title: "Jacket, sold out", stock: 0, ...ok(1) });
  await listed(theo, { title: "Yen bag", currency: "JPY", ...ok(1) });
  await listed(lena, { title: "Lena's own jacket", ...ok(1) });
  const find = async (query) => titles(await lena.must("GET", `/api/v1/catalogue?${query}`));

  assert.deepEqual(await find(""), ["Yen bag", "Leather boots", "Denim jacket"], "newest first");
  assert.deepEqual(await find("q=jack"), ["Denim jacket", "Leather boots"], "best first, by the beginning of a word");
  assert.deepEqual(await find("q=levi"), ["Denim jacket"], "accents do not matter");
  assert.deepEqual(await find("size=m"), ["Denim jacket"]);
  assert.deepEqual(await find("currency=EUR&price_most=800"), ["Denim jacket"]);
  assert.deepEqual(await find("auction=1"), ["Leather boots"]);
  assert.deepEqual(await find(`seller=${theo.account.id}`), ["Yen bag"]);
  assert.deepEqual(await find(`before=${boots.id}`), ["Denim jacket"]);
  assert.deepEqual(await find(`q=${encodeURIComponent('" OR * NEAR( -jacket')}`).then((l) => Array.isArray(l)), true, "signs are no orders");
  for (const wrong of ["price_most=cheap", "seller=me", "before=1", `q=a&before=${boots.id}`, "auction=yes", `q=${"x".repeat(300)}`]) {
    const reply = await lena.call("GET", `/api/v1/catalogue?${wrong}`);
    assert.deepEqual([reply.status, reply.body.code], [400, "bad_request"], wrong);
  }
  assert.equal((await mara.call("GET", "/api/v1/catalogue")).status, 403, "for those who may host");
  assert.equal((await request(server, "GET", "/api/v1/catalogue")).status, 401);

  await mara.must("PUT", `/api/v1/me/blocks/${lena.account.id}`);
  assert.deepEqual(await find(""), ["Yen bag"], "an owner who blocked the host lends nothing");
  assert.deepEqual((await mara.must("GET", "/api/v1/me/blocks")).hosts.map((h) => h.username), ["lena"]);
  await mara.must("DELETE", `/api/v1/me/blocks/${lena.account.id}`);
  assert.equal((await find("")).length, 3);
  assert.equal((await mara.call("PUT", `/api/v1/me/blocks/${mara.account.id}`)).status, 400);
  assert.equal((await mara.call("PUT", `/api/v1/me/blocks/${boots.id}`)).status, 404);
});

test("who sells for others earns credit, which the shop shows; the owner is paid", async (t) => {
  const server = await open(t);
  const mara = await signUp(server, "mara"), bea = await signUp(server, "bea");
  const stage = await onAir(server, { host: "lena" });
  const dress = await listed(mara, { title: "Dress", price: 4000, stock: 3, community: { ok: true, floor: 3000, auction: false } });
  const { item } = await stage.host.must("POST", `/api/v1/shows/${stage.show.id}/items`, { listing: dress.id });
  const { socket } = await bea.enter(stage.show.id);
  const { socket: lena } = await stage.host.enter(stage.show.id);
  await lena.ask(claim(stage.show, item));
  const own = (await stage.host.must("POST", "/api/v1/checkout", checkout(mara.account.id))).order;
  assert.equal((await guest(server).must("GET", "/api/v1/sellers/lena")).credit.items, 0, "none for what the host buys");
  await mara.must("POST", `/api/v1/orders/${own.id}/cancel`);
  await socket.ask(claim(stage.show, item, { quantity: 2 }));
  const { order } = await bea.must("POST", "/api/v1/checkout", checkout(mara.account.id));

  assert.equal(order.lines[0].host.id, stage.host.account.id);
  const { credit } = await guest(server).must("GET", "/api/v1/sellers/lena");
  assert.deepEqual(credit, { items: 2, sellers: 1, value: [{ amount: 8000, currency: "EUR" }] });
  assert.deepEqual((await mara.must("GET", "/api/v1/me/balance")).balances, [{ amount: 8000, currency: "EUR" }]);
  assert.deepEqual((await stage.host.must("GET", "/api/v1/me/balance")).balances, [], "credit is no money");
  await mara.must("POST", `/api/v1/orders/${order.id}/cancel`);
  assert.equal((await guest(server).must("GET", "/api/v1/sellers/lena")).credit.items, 0, "nor for what was given back");
});
