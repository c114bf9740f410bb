// Every page: no accessibility violation, no sideways scrolling, no layout jump, a first load that a thin line can carry.
import { test } from "node:test";
import assert from "node:assert/strict";
import { Server } from "../flow/lib/server.mjs";
import { onAir, signUp, claim, checkout, request, Person } from "../flow/lib/people.mjs";
import { openChromium, openPage, shot } from "./lib/browsers.mjs";
import { violations } from "./lib/axe.mjs";
import { id } from "./lib/pages.mjs";

async function market(t) {
  const server = new Server();
  t.after(() => server.remove());
  const admin = server.run("admin", "create", "alma");
  const password = /password:?\s+(\S+)/i.exec(admin.out)[1];
  await server.start();
  const signedIn = await request(server, "POST", "/api/v1/sessions", { username: "alma", password });
  const alma = new Person(server, signedIn.body.account, signedIn.body.token);
  const stage = await onAir(server, { host: "hanna", title: "A corduroy jacket with a name that is rather long, in rust" });
  const { socket } = await stage.host.enter(stage.show.id);
  await socket.ask({ type: "feature", show: stage.show.id, item: stage.item.id });
  await stage.host.must("POST", "/api/v1/shows", { title: "Next week", starts_at: "2031-05-01T18:00:00Z" });
  const bea = await signUp(server, "bea");
  const { socket: seat } = await bea.enter(stage.show.id);
  await seat.ask({ type: "chat", show: stage.show.id, text: "hello" });
  await seat.ask(claim(stage.show, stage.item));
  const { order } = await bea.must("POST", "/api/v1/checkout", checkout(stage.host.account.id));
  await stage.host.must("POST", `/api/v1/orders/${order.id}/ship`, { carrier: "Post", tracking: "RR123456785AT" });
  await seat.ask(claim(stage.show, stage.item));
  // What comes in sizes and what others hold, in the show and in the shop
  for (const more of [{ title: "Wool coat", variants: [{ size: "S", colour: "grey", stock: 2 }, { size: "M", colour: "grey", stock: 0 }] }, { title: "Straw hat", stock: 1 }]) {
    const { listing } = await stage.host.must("POST", "/api/v1/listings", { price: 1900, currency: "EUR", shop: true, ...more });
    const { item } = await stage.host.must("POST", `/api/v1/shows/${stage.show.id}/items`, { listing: listing.id });
    if (!more.stock) continue;
    await (await alma.enter(stage.show.id)).socket.ask(claim(stage.show, item));
    await seat.ask(claim(stage.show, item));
  }
  const carl = await signUp(server, "carl");
  await (await carl.enter(stage.show.id)).socket.ask(claim(stage.show, stage.item));
  const { order: packed } = await carl.must("POST", "/api/v1/checkout", checkout(stage.host.account.id));
  const { listings: [shelf] } = await stage.host.must("GET", "/api/v1/listings?mine=1");
  const mara = await signUp(server, "mara");
  await mara.must("POST", "/api/v1/listings", { title: "Pleated skirt", price: 3400, currency: "EUR", stock: 2, community: { ok: true, floor: 3000, auction: true } });
  await stage.host.must("PUT", `/api/v1/me/blocks/${mara.account.id}`);
  return { server, alma, bea, order, packed, shelf, ...stage };
}

/** Signed in, and the page has seen it: the cookie is out of its sight. */
const signedInAs = (person, server) => async (page) => {
  await page.context().addCookies([{ name: "trunkshow_session", value: person.token, url: server.url, httpOnly: true, sameSite: "Lax" }]);
  await page.context().addInitScript(() => localStorage.setItem("trunkshow.signed-in", "1"));
};

for (const colorScheme of ["light", "dark"])
  test(`axe finds nothing on any page (${colorScheme})`, { timeout: 400_000 }, async (t) => {
    const { server, alma, bea, host, show, order, packed, shelf } = await market(t);
    const browser = await openChromium(t);
    const views = [
      ["home", "/", null, "live-tile"], ["viewer-guest", `/s/${show.id}`, null, "featured-card"], ["viewer", `/s/${show.id}`, bea, "claim-countdown"],
      ["shop", "/u/hanna", bea, "shop-item"], ["shop-guest", "/u/hanna", null, "shop-item"], ["receipt", `/orders/${order.id}/receipt`, bea, "receipt"],
      ["orders", "/orders", bea, "order"], ["studio-guest", "/studio", null, "sign-in-form"], ["studio", "/studio", host, "my-show"],
      ["studio-listing", "/studio#listing", host, "listing-form"], ["studio-show-form", "/studio#new-show", host, "show-form"],
      ["studio-show", `/studio#show/${show.id}`, host, "go-live"], ["studio-orders", "/studio#orders", host, "order"],
      ["studio-slips", `/studio#slips/${packed.id},${order.id}`, host, "slip"], ["studio-money", "/studio#money", host, "statement"],
      ["studio-profile", "/studio#profile", host, "blocked"], ["studio-catalogue", "/studio#catalogue", host, "catalogue-item"],
      ["studio-shelf", `/studio#listing/${shelf.id}`, host, "waitlist-entry"],
      ["admin-accounts", "/admin#accounts", alma, "account-ban"], ["admin-audit", "/admin#audit", alma, "audit-entry"],
      ["admin-guest", "/admin", null, "sign-in-form"], ["admin", "/admin", alma, "admin-show"],
      ["admin-room", `/admin#show/${show.id}`, alma, "chat-delete"],
    ];
    const wrong = [];
    for (const [name, where, person, landmark] of views) {
      const page = await openPage(t, browser, "about:blank", { colorScheme });
      if (person) await signedInAs(person, server)(page);
      await page.goto(server.url + where);
      await page.locator(id(landmark)).first().waitFor();
      await page.waitForTimeout(400); // colours fade in
      await shot(page, `page-${name}-${colorScheme}`);
      wrong.push(...(await violations(page)).map((v) => `${name}: ${v}`));
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (sideways > 0) wrong.push(`${name}: scrolls sideways by ${sideways} px`);
      await page.context().close();
    }
    // Sheets over the pages
    for (const [person, where, openers] of [
      [bea, "/", ["account-open", "bell", "bag-open"]],
      [bea, "/orders", ["account-open"]],
      [bea, `/s/${show.id}`, ["bag-open", "checkout-open"]],
      [alma, `/s/${show.id}`, ["chat-line"]],
      [host, `/studio#show/${show.id}`, ["add-items", "item-open", "publish-settings"]],
      [host, "/studio#orders", ["order-ship", "order-cancel"]],
      [host, "/studio#catalogue", ["catalogue-filters", "catalogue-item"]],
      [alma, "/admin#accounts", ["account-ban"]],
    ]) {
      const page = await openPage(t, browser, "about:blank", { colorScheme });
      await signedInAs(person, server)(page);
      await page.goto(server.url + where);
      for (const opener of openers) {
        await page.locator(id(opener)).first().click();
        await page.waitForTimeout(500);
        await shot(page, `sheet-${opener}-${colorScheme}`);
        wrong.push(...(await violations(page)).map((v) => `${opener}: ${v}`));
        await page.keyboard.press("Escape");
      }
      await page.context().close();
    }
    assert.deepEqual(wrong, []);
    await server.stop();
  });

test("the viewer page's first load is at most 60 KB compressed", { timeout: 120_000 }, async (t) => {
  const { server, show } = await market(t);
  const browser = await openChromium(t);
  const context = await browser.newContext();
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await cdp.send("Network.enable");
  const loads = new Map();
  cdp.on("Network.responseReceived", ({ requestId, response, type }) => loads.set(requestId, { url: response.url, type, bytes: 0, encoding: response.headers["content-encoding"] ?? response.headers["Content-Encoding"] }));
  cdp.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => { if (loads.has(requestId)) loads.get(requestId).bytes = encodedDataLength; });
  await page.goto(`${server.url}/s/${show.id}`);
  await page.locator(id("featured-card")).waitFor();
  const first = [...loads.values()].filter((l) => ["Document", "Script", "Stylesheet"].includes(l.type));
  const total = first.reduce((sum, l) => sum + l.bytes, 0);
  t.diagnostic(`${(total / 1024).toFixed(1)} KB in ${first.length} files`);
  assert.ok(first.length >= 3 && first.every((l) => l.bytes > 0), JSON.stringify(first));
  assert.ok(total <= 60 * 1024, `${total} bytes: ${JSON.stringify(first)}`);
  await server.stop();
});

test("static files: compressed at build time, tagged, guarded", { timeout: 60_000 }, async (t) => {
  const { server } = await market(t);
  const plain = await fetch(`${server.url}/`, { headers: { "accept-encoding": "identity" } });
  const html = await plain.text();
  assert.match(plain.headers.get("content-security-policy"), /default-src 'self'/);
  assert.doesNotMatch(plain.headers.get("content-security-policy"), /unsafe/);
  const asset = /\/assets\/[^"]+\.js/.exec(html)[0];
  const br = await fetch(server.url + asset, { headers: { "accept-encoding": "br" } });
  assert.equal(br.headers.get("content-encoding"), "br");
  assert.match(br.headers.get("cache-control"), /immutable/);
  const tag = br.headers.get("etag");
  assert.ok(tag);
  assert.equal((await fetch(server.url + asset, { headers: { "accept-encoding": "br", "if-none-match": tag } })).status, 304);
  for (const evil of ["/assets/../../package.json", "/assets/%2e%2e/%2e%2e/package.json", "/..%2fREADME.md"])
    assert.notEqual((await fetch(server.url + evil)).status, 200, evil);
  await server.stop();
});
