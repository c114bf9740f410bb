// What buyers meet on the pages: sizes and flash prices, the waitlist, claims by chat, parcels, a bank that asks back, orders, shops, notices.
import { test } from "node:test";
import assert from "node:assert/strict";
import { Server } from "../flow/lib/server.mjs";
import { signUp, claim, checkout, address } from "../flow/lib/people.mjs";
import { openChromium, openPage, shot } from "./lib/browsers.mjs";
import { violations } from "./lib/axe.mjs";
import { id, pageOf } from "./lib/pages.mjs";

const patience = 60_000;
const askingCard = "4000002500003155";

/** A server, a browser, and hanna on air with the first of `listings` held up. */
async function market(t, listings, settings) {
  const server = new Server(settings);
  t.after(() => server.remove());
  await server.start();
  const hanna = await signUp(server, "hanna", "Hanna");
  const { show } = await hanna.must("POST", "/api/v1/shows", { title: "Autumn clear-out" });
  const items = [];
  for (const listing of listings) {
    const made = await hanna.must("POST", "/api/v1/listings", { price: 2500, currency: "EUR", ...listing });
    items.push((await hanna.must("POST", `/api/v1/shows/${show.id}/items`, { listing: made.listing.id })).item);
  }
  await hanna.must("POST", `/api/v1/shows/${show.id}/start`);
  const { socket: desk } = await hanna.enter(show.id);
  if (items.length) await desk.ask({ type: "feature", show: show.id, item: items[0].id });
  return { server, browser: await openChromium(t), hanna, desk, show, items };
}

const saying = (page, name, text) => page.locator(id(name)).filter({ hasText: text });
const sizes = [{ size: "S", colour: "", stock: 1 }, { size: "M", colour: "", stock: 2 }, { size: "L", colour: "", stock: 0 }];

/** The page as it is now, by day and by night: kept as pictures, and nothing for axe to find. */
async function look(page, name) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await page.waitForTimeout(250); // colours fade in
    await shot(page, `${name}-${colorScheme}`);
    assert.deepEqual(await violations(page), [], `${name} (${colorScheme})`);
  }
}

async function fillAddress(page) {
  for (const field of ["name", "line1", "postcode", "city"]) await page.fill(id(`address-${field}`), address[field]);
  await page.selectOption(id("address-country"), address.country);
}

test("a size is chosen before it is claimed; a flash price counts down beside the struck one", { timeout: 180_000 }, async (t) => {
  const m = await market(t, [{ title: "Denim jacket", variants: sizes }]);
  const { server, browser, desk, show, items } = m;
  const page = await openPage(t, browser, `${server.url}/s/${show.id}`);
  await saying(page, "claim-button", "Choose a size").waitFor();
  const chip = (name) => page.locator(id("variant")).filter({ hasText: new RegExp(`^${name}\\b`) });
  assert.equal(await chip("L").isDisabled(), true);
  assert.match(await chip("L").evaluate((e) => getComputedStyle(e).textDecorationLine), /line-through/);
  await page.click(id("claim-button"));
  await page.waitForFunction(() => document.activeElement?.matches('[data-testid="variant"]')); // leads to the choice
  await chip("M").click();
  await saying(page, "featured-stock", "2 left").waitFor();

  await desk.ask({ type: "price", show: show.id, item: items[0].id, flash: { price: 2000, seconds: 600 } });
  await saying(page, "featured-price", "20").waitFor();
  await saying(page, "struck-price", "25").waitFor();
  await saying(page, "flash-left", /9:\d\d|10:00/).waitFor();
  await look(page, "buyer-flash");
  await saying(page, "claim-button", "20").click();
  await page.locator(id("sign-up-form")).waitFor();
  await page.fill(id("sign-username"), "bea");
  await page.fill(id("sign-password"), "the pass phrase of bea");
  await page.click(id("sign-submit"));
  await page.locator(id("claim-countdown")).waitFor();
  await desk.ask({ type: "price", show: show.id, item: items[0].id, flash: null });
  await page.locator(id("struck-price")).waitFor({ state: "detached" });
  await page.click(id("bag-open"));
  await saying(page, "hold-row", "M · €20").waitFor(); // what was agreed stays
  await look(page, "buyer-bag");
  await server.stop();
});

test("a flash ends on the page by itself", { timeout: 120_000 }, async (t) => {
  const m = await market(t, [{ title: "Denim jacket", stock: 2 }]);
  const bea = await signUp(m.server, "bea");
  const page = await pageOf(t, m.browser, m.server, bea, `/s/${m.show.id}`);
  await saying(page, "claim-button", "25").waitFor();
  await m.desk.ask({ type: "price", show: m.show.id, item: m.items[0].id, flash: { price: 2000, seconds: 10 } });
  await saying(page, "claim-button", "20").waitFor();
  await saying(page, "claim-button", "25").waitFor({ timeout: patience });
  assert.equal(await page.locator(id("flash-left")).count(), 0);
  await m.server.stop();
});

test("what others hold is waited for: a place in line, the way out, the turn", { timeout: 180_000 }, async (t) => {
  const m = await market(t, [{ title: "Denim jacket", stock: 1 }]);
  const { server, show, items } = m;
  const [bea, carl, dora] = await Promise.all(["bea", "carl", "dora"].map((name) => signUp(server, name)));
  const { socket: carls } = await carl.enter(show.id);
  const { hold } = await carls.ask(claim(show, items[0]));
  const first = await pageOf(t, m.browser, m.server, bea, `/s/${show.id}`);
  const second = await pageOf(t, m.browser, m.server, dora, `/s/${show.id}`);
  await saying(first, "claim-button", "Join the waitlist").click();
  await saying(first, "wait-place", "You are next").waitFor();
  await saying(second, "claim-button", "1 waiting: join the waitlist").click();
  await saying(second, "wait-place", "2nd in line").waitFor();
  await look(second, "buyer-waiting");
  await second.click(id("bag-open"));
  await saying(second, "waits", "2nd in line").waitFor();
  await look(second, "buyer-waits");
  await second.keyboard.press("Escape");
  await first.click(id("wait-leave"));
  await first.locator(id("claim-button")).waitFor();
  await saying(second, "wait-place", "You are next").waitFor();
  await carls.ask({ type: "release", hold: hold.id });
  await saying(second, "notices", /It is yours for (5:00|4:5\d)/).waitFor();
  await second.locator(id("claim-countdown")).waitFor();
  await shot(second, "buyer-turn");
  await server.stop();
});

test("a place in line is kept on whatever page one is, and the turn is told there", { timeout: 180_000 }, async (t) => {
  const m = await market(t, [{ title: "Denim jacket", stock: 1 }], { wait_absent_s: 5 });
  const { server, show, items } = m;
  const [bea, carl] = await Promise.all(["bea", "carl"].map((name) => signUp(server, name)));
  const { socket: carls } = await carl.enter(show.id);
  const { hold } = await carls.ask(claim(show, items[0]));
  const page = await pageOf(t, m.browser, m.server, bea, `/s/${show.id}`);
  await saying(page, "claim-button", "Join the waitlist").click();
  await saying(page, "wait-place", "You are next").waitFor();
  await page.locator('a[aria-label="All shows"]').click();
  await saying(page, "bag-open", "You are next").waitFor();
  await page.reload();
  await saying(page, "bag-open", "You are next").waitFor();
  await page.waitForTimeout(8000); // longer than somebody who is gone would be waited for
  await carls.ask({ type: "release", hold: hold.id });
  await saying(page, "notices", /Your turn: “Denim jacket”. It is yours for (5:00|4:5\d)/).waitFor();
  await saying(page, "bag-open", "1 held for you").waitFor();
  await shot(page, "buyer-turn-home"); // it does not stay long enough for axe
  await page.click(id("notice-action"));
  await page.locator(id("claim-countdown")).waitFor();
  await server.stop();
});

test("without a network the page says so; a price that rose meanwhile is asked about, not taken", { timeout: 180_000 }, async (t) => {
  const m = await market(t, [{ title: "Denim jacket", stock: 2 }]);
  const { server, desk, show, items } = m;
  const bea = await signUp(server, "bea");
  const page = await pageOf(t, m.browser, m.server, bea, `/s/${show.id}`);
  await saying(page, "claim-button", "25").waitFor();
  const network = await page.context().newCDPSession(page);
  const offline = (yes) => network.send("Network.emulateNetworkConditions", { offline: yes, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
  await network.send("Network.enable");
  await offline(true);
  await saying(page, "viewer-status", "You are offline").waitFor({ timeout: patience });
  await desk.ask({ type: "price", show: show.id, item: items[0].id, price: 2700 });
  await page.click(id("claim-button"));
  await saying(page, "claim-button", "Waiting for the network").waitFor();
  await saying(page, "notices", "Your claim goes out as soon as it is back").waitFor();
  await shot(page, "buyer-offline");
  await offline(false);
  await saying(page, "claim-button", /Price is now €27\.\s*Claim anyway/).waitFor({ timeout: patience });
  await look(page, "buyer-price");
  const { holds } = await bea.must("GET", "/api/v1/cart");
  assert.deepEqual(holds, []);
  await page.click(id("claim-button"));
  await page.locator(id("claim-countdown")).waitFor();
  assert.equal((await bea.must("GET", "/api/v1/cart")).holds[0].price, 2700);
  await server.stop();
});

test("a claim by chat is answered to its author alone, and what is missing can be tapped", { timeout: 180_000 }, async (t) => {
  const m = await market(t, [{ title: "Denim jacket", variants: sizes }]);
  const { server, show, items } = m;
  const [bea, carl] = await Promise.all(["bea", "carl"].map((name) => signUp(server, name)));
  const page = await pageOf(t, m.browser, m.server, bea, `/s/${show.id}`);
  const other = await pageOf(t, m.browser, m.server, carl, `/s/${show.id}`);
  await other.locator(id("featured-card")).waitFor();
  const say = async (text) => {
    await page.fill(id("chat-input"), text);
    await page.click(id("chat-send"));
  };
  await say(`sold ${items[0].number}`);
  await page.locator(`${id("claim-note")}[data-status="unclear"]`).waitFor();
  await look(page, "buyer-note-unclear");
  await page.locator(id("note-claim")).filter({ hasText: /^M/ }).click();
  await page.locator(id("claim-countdown")).waitFor();
  await say(`sold ${items[0].number} S`);
  await saying(page, "claim-note", /You have #1 Denim jacket, S: pay within \d:\d\d/).waitFor();
  await look(page, "buyer-note-held");
  await say("I sold 12 of these");
  await saying(other, "chat-line", "I sold 12 of these").waitFor();
  assert.equal(await other.locator(id("chat-line")).count(), 1);
  assert.equal(await other.locator(id("claim-note")).count(), 0);
  assert.equal((await bea.must("GET", "/api/v1/cart")).holds.length, 2);
  await server.stop();
});

test("one parcel for what one seller ships, more out of the shop, and a bank that asks back", { timeout: 240_000 }, async (t) => {
  const m = await market(t, [{ title: "Denim jacket", stock: 2 }, { title: "Silk scarf", price: 900, stock: 2 }]);
  const { server, hanna, show, items } = m;
  await hanna.must("PATCH", "/api/v1/me", { shipping: 490 });
  await hanna.must("POST", "/api/v1/listings", { title: "Straw hat", price: 1200, currency: "EUR", stock: 1, shop: true });
  const bea = await signUp(server, "bea", "Bea");
  const { socket } = await bea.enter(show.id);
  for (const item of items) await socket.ask(claim(show, item));
  const page = await pageOf(t, m.browser, m.server, bea, `/s/${show.id}`);
  await page.click(id("bag-open"));
  await saying(page, "total", "€38.90").waitFor();
  assert.equal(await page.locator(id("hold-left")).count(), 2);
  await page.locator(id("also")).locator(id("shop-item")).filter({ hasText: "Straw hat" }).locator(id("claim-button")).click();
  await saying(page, "total", "€50.90").waitFor();
  await page.locator(id("parcel-checkout")).scrollIntoViewIfNeeded();
  await look(page, "buyer-parcel");
  await saying(page, "parcel-checkout", "Check out 3 together").click();
  await fillAddress(page);
  await page.click(id(`test-card-${askingCard}`));
  await saying(page, "pay-button", "Pay €50.90").click();
  await saying(page, "payment-confirm", "Your bank asks you to confirm").waitFor();
  await look(page, "buyer-confirm");
  await page.click(id("payment-refuse"));
  await saying(page, "pay-error", "You refused the payment. Nothing was charged").waitFor();
  await page.click(id(`test-card-${askingCard}`));
  await page.click(id("pay-button"));
  await page.locator(id("payment-confirm")).waitFor();
  // Left and found again where the orders are.
  await page.goto(`${server.url}/orders`);
  await saying(page, "order-state", "Waits for your confirmation").waitFor();
  await page.click(id("payment-agree"));
  await saying(page, "order-state", "Paid, to be shipped").waitFor();
  assert.equal(await page.locator(id("order-line")).count(), 3);
  const { orders } = await bea.must("GET", "/api/v1/orders?as=buyer&state=paid");
  assert.deepEqual(orders.map(({ total, shipping }) => [total, shipping]), [[5090, 490]]);
  await server.stop();
});

test("a confirmation that does not come in time charges nothing, and the page says so", { timeout: 180_000 }, async (t) => {
  const m = await market(t, [{ title: "Denim jacket", stock: 1 }], { hold_s: 25 });
  const { server, show } = m;
  const bea = await signUp(server, "bea");
  const page = await pageOf(t, m.browser, m.server, bea, `/s/${show.id}`);
  await saying(page, "claim-button", "Claim").click();
  await page.locator(id("claim-countdown")).click();
  await fillAddress(page);
  await page.click(id(`test-card-${askingCard}`));
  await page.click(id("pay-button"));
  await page.locator(id("payment-confirm")).waitFor();
  await page.keyboard.press("Escape");
  await saying(page, "checkout-open", "Payment under way").click(); // closed by mistake, found again
  await page.locator(id("payment-confirm")).waitFor();
  await saying(page, "pay-error", "The payment did not go through. Nothing was charged.").waitFor({ timeout: patience });
  await page.getByText("Nothing is held for you any more").waitFor();
  await look(page, "buyer-too-late");
  await page.keyboard.press("Escape");
  await saying(page, "claim-button", "Claim · €25").waitFor(); // back for everybody
  await page.goto(`${server.url}/orders`);
  await page.getByText("You have not bought anything yet.").waitFor();
  assert.equal(await page.locator(id("order")).count(), 0);
  await server.stop();
});

test("an order on its way: tracking, receipt, and a way out until it is shipped", { timeout: 180_000 }, async (t) => {
  const m = await market(t, [{ title: "Denim jacket", stock: 3 }]);
  const { server, hanna, show, items } = m;
  await hanna.must("PATCH", "/api/v1/me", { shipping: 490 });
  const bea = await signUp(server, "bea", "Bea");
  const { socket } = await bea.enter(show.id);
  const buy = async () => {
    await socket.ask(claim(show, items[0]));
    return (await bea.must("POST", "/api/v1/checkout", checkout(hanna.account.id))).order;
  };
  const [shipped, kept] = [await buy(), await buy()];
  const page = await pageOf(t, m.browser, m.server, bea, "/orders");
  const order = ({ id: which }) => page.locator(`${id("order")}[data-order="${which}"]`);
  await order(kept).locator(id("order-state")).filter({ hasText: "Paid, to be shipped" }).waitFor();
  await hanna.must("POST", `/api/v1/orders/${shipped.id}/ship`, { carrier: "Post", tracking: "RR123456785AT" });
  await saying(page, "notices", "“Denim jacket” is on its way to you").waitFor();
  await page.locator(id("unread")).filter({ hasText: "1" }).waitFor();
  await page.reload();
  await order(shipped).locator(id("tracking")).filter({ hasText: "RR123456785AT" }).waitFor();
  assert.equal(await order(shipped).locator(id("order-cancel")).count(), 0);
  await look(page, "buyer-orders");

  await order(kept).locator(id("order-cancel")).click();
  await page.locator(id("cancel-guard")).scrollIntoViewIfNeeded();
  await look(page, "buyer-cancel");
  await page.click(id("cancel-keep"));
  await order(kept).locator(id("order-cancel")).click();
  await page.click(id("cancel-confirm"));
  await order(kept).locator(id("order-state")).filter({ hasText: /Cancelled, refund/ }).waitFor();

  await page.click(id("bell"));
  await page.locator(`${id("news")}[data-code="shipped"]`).waitFor();
  await look(page, "buyer-notices");
  await page.keyboard.press("Escape");
  await page.locator(id("bell")).waitFor({ state: "detached" });
  await page.reload();
  await page.locator(id("order")).first().waitFor();
  assert.equal(await page.locator(id("bell")).count(), 0, "what was read stays read");

  await order(shipped).locator(id("order-receipt")).click();
  await saying(page, "receipt", "Bea paid €29.90 to Hanna").waitFor();
  await shot(page, "buyer-receipt");
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  assert.equal(await page.locator(id("print")).isVisible(), false);
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(255, 255, 255)");
  await shot(page, "buyer-receipt-print");
  await server.stop();
});

test("a shop sells without a show, and says with pride what was sold for others", { timeout: 180_000 }, async (t) => {
  const m = await market(t, []);
  const { server, browser, hanna, desk, show } = m;
  const mara = await signUp(server, "mara", "Mara");
  const { listing: skirt } = await mara.must("POST", "/api/v1/listings", { title: "Pleated skirt", price: 3400, currency: "EUR", stock: 2, community: { ok: true, floor: 3000, auction: false } });
  const { item } = await hanna.must("POST", `/api/v1/shows/${show.id}/items`, { listing: skirt.id });
  await desk.ask({ type: "feature", show: show.id, item: item.id });
  await hanna.must("POST", "/api/v1/listings", { title: "Denim jacket", price: 2500, currency: "EUR", shop: true, variants: sizes });
  await hanna.must("POST", "/api/v1/listings", { title: "Not for the shop", price: 2500, currency: "EUR", stock: 1, shop: false });
  const carl = await signUp(server, "carl");
  const { socket } = await carl.enter(show.id);
  await socket.ask(claim(show, item));
  await carl.must("POST", "/api/v1/checkout", checkout(mara.account.id));

  // From the picture to the shop of its host.
  const page = await openPage(t, browser, `${server.url}/s/${show.id}`);
  await saying(page, "credit-line", "shown by Hanna for Mara").waitFor();
  await page.click(id("host-shop"));
  await saying(page, "shop-name", "Hanna").waitFor();
  await saying(page, "shop-credit", "1 item found a home, for 1 seller, €34").waitFor();
  await saying(page, "shop-show", "On air now").waitFor();
  assert.equal(await page.locator(id("shop-item")).count(), 1);
  await shot(page, "buyer-shop");
  await page.locator(id("variant")).filter({ hasText: "M" }).click();
  await saying(page, "claim-button", "Claim · €25").click();
  await page.fill(id("sign-username"), "bea");
  await page.fill(id("sign-password"), "the pass phrase of bea");
  await page.click(id("sign-submit"));
  await page.locator(id("claim-countdown")).waitFor();
  await saying(page, "bag-open", "1 held for you").waitFor();
  await look(page, "buyer-shop-held");
  await page.click(id("checkout-open"));
  await fillAddress(page);
  await page.click(id("test-card-4242424242424242"));
  await page.click(id("pay-button"));
  await page.locator(id("order-done")).waitFor();
  // The home page leads there too.
  await page.goto(server.url);
  await page.locator(id("shop-link")).first().click();
  await saying(page, "shop-name", "Hanna").waitFor();
  await server.stop();
});

test("who comes by a link to no shop, no order, is told so", { timeout: 120_000 }, async (t) => {
  const m = await market(t, []);
  const bea = await signUp(m.server, "bea");
  for (const where of ["/u/nobody", "/orders/00000000000000000000000000/receipt"]) {
    const page = await pageOf(t, m.browser, m.server, bea, where);
    await page.getByText("That is no longer there.").waitFor();
    await page.context().close();
  }
  await m.server.stop();
});
