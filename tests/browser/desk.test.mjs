// What people are told when it does not go as planned: a second chance from the listing, payments that came to nothing, a show that the
// market ends, a place in line that was lost.
import { test } from "node:test";
import assert from "node:assert/strict";
import { open } from "../flow/lib/server.mjs";
import { onAir, signUp, claim, checkout, seat } from "../flow/lib/people.mjs";
import { openChromium, shot } from "./lib/browsers.mjs";
import { violations } from "./lib/axe.mjs";
import { id, listingOf, pageOf } from "./lib/pages.mjs";

const patience = 60_000;
const askingCard = "4000002500003155";
const saying = (page, name, text) => page.locator(id(name)).filter({ hasText: text });

async function look(page, name) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await page.waitForTimeout(250); // colours fade in
    await shot(page, `${name}-${colorScheme}`);
    assert.deepEqual(await violations(page), [], `${name} (${colorScheme})`);
  }
}

test("a seller sees who did not get it, in the shop and in others' shows, and holds it for them again", { timeout: 180_000 }, async (t) => {
  const server = await open(t, { hold_s: 5 });
  const mara = await signUp(server, "mara", "Mara");
  const { host, show } = await onAir(server);
  const vase = await listingOf(mara, "Glass vase", { stock: 2, shop: true, community: { ok: true, floor: 2000, auction: false } });
  const { item } = await host.must("POST", `/api/v1/shows/${show.id}/items`, { listing: vase.id });
  const { socket: bea } = await seat(server, show, "bea", "Bea");
  const { socket: carl } = await seat(server, show, "carl", "Carl");
  const { hold } = await bea.ask({ type: "claim", listing: vase.id, quantity: 1, price: 2500, key: crypto.randomUUID() });
  await carl.ask(claim(show, item));
  await carl.next("hold", (m) => m.hold.state === "expired");

  const page = await pageOf(t, await openChromium(t), server, mara, `/studio#listing/${vase.id}`);
  await saying(page, "missed-claim", "Carl").waitFor();
  await saying(page, "missed-claim", "in the shop").filter({ hasText: "Bea" }).waitFor();
  await look(page, "seller-missed");
  await page.locator(`${id("missed-claim")}[data-hold="${hold.id}"]`).locator(id("second-chance")).click();
  await page.getByText("Bea has").waitFor();
  await bea.next("news", (m) => m.notice.code === "second_chance");
});

test("a payment that runs out while one looks at it says what became of it", { timeout: 180_000 }, async (t) => {
  const server = await open(t, { hold_s: 20 });
  const { host, show, item } = await onAir(server, { stock: 1 });
  const { socket: bea, person } = await seat(server, show, "bea", "Bea");
  await bea.ask(claim(show, item));
  await person.must("POST", "/api/v1/checkout", { ...checkout(host.account.id), payment: { card: askingCard } });
  const page = await pageOf(t, await openChromium(t), server, person, "/orders");
  await saying(page, "order-state", "Waits for your confirmation").waitFor();
  await look(page, "orders-pending");
  await saying(page, "order-state", "Payment failed").waitFor({ timeout: patience });
  await saying(page, "order-unpaid", "Nothing was charged. What it was for is no longer held for you.").waitFor();
  await look(page, "orders-expired");
});

test("a seller is banned while one pays: all of it goes back, on the form and among the orders", { timeout: 180_000 }, async (t) => {
  const server = await open(t);
  const admin = await signUp(server, "admin");
  assert.equal(server.run("admin", "role", "admin", "admin").code, 0);
  const { host, show, item } = await onAir(server, { stock: 1 });
  const { socket: bea, person } = await seat(server, show, "bea", "Bea");
  await bea.ask(claim(show, item));
  await person.must("POST", "/api/v1/checkout", { ...checkout(host.account.id), payment: { card: askingCard } });
  const browser = await openChromium(t);
  const viewer = await pageOf(t, browser, server, person, `/s/${show.id}`);
  await viewer.locator(id("featured-card")).or(viewer.locator(id("viewer-status"))).first().waitFor();
  const page = await pageOf(t, browser, server, person, "/orders");
  await saying(page, "order-state", "Waits for your confirmation").waitFor();
  await admin.must("POST", `/api/v1/admin/accounts/${host.account.id}/ban`, { banned: true });
  await saying(viewer, "show-ended", "The market has closed this show").waitFor();
  await look(viewer, "viewer-banned-host");
  await page.click(id("payment-agree"));
  await saying(page, "order-state", "Cancelled").waitFor();
  await saying(page, "order-refund", "€25").waitFor();
  await saying(page, "order-state", "refunded").waitFor({ timeout: patience });
  await look(page, "orders-given-back");
});

test("who was away too long finds a notice", { timeout: 180_000 }, async (t) => {
  const server = await open(t, { wait_absent_s: 5 });
  const { show, item } = await onAir(server, { stock: 1 });
  const { socket: ada } = await seat(server, show, "ada");
  await ada.ask(claim(show, item));
  const { socket: bea, person } = await seat(server, show, "bea", "Bea");
  await bea.ask(claim(show, item));
  await bea.close();
  const unread = async () => (await person.must("GET", "/api/v1/me")).unread;
  while (!(await unread())) await new Promise((resolve) => setTimeout(resolve, 200));
  const page = await pageOf(t, await openChromium(t), server, person, "/");
  await page.click(id("bell"));
  await page.getByText("You were away too long").waitFor();
  await look(page, "news-lapsed");
});
