// Short stories on the pages: a socket that is lost, a listing that others may show, prices and holds that change, a moderator's
// tap on a line, guests who are asked for nothing.
import { test } from "node:test";
import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import path from "node:path";
import { Server } from "../flow/lib/server.mjs";
import { onAir, request, signUp, claim, checkout, Person } from "../flow/lib/people.mjs";
import { cameraFile } from "./lib/camera.mjs";
import { openChromium, openPage, shot } from "./lib/browsers.mjs";
import { watchStills } from "./lib/stats.mjs";
import { id, pageOf } from "./lib/pages.mjs";

const patience = 60_000;

async function opened(t, settings) {
  const server = new Server(settings);
  t.after(() => server.remove());
  await server.start();
  return server;
}

/** Runs before the page's own scripts: keeps its sockets in sight. */
function keepSockets() {
  const Socket = window.WebSocket;
  window.sockets = [];
  window.WebSocket = class extends Socket {
    constructor(...words) {
      super(...words);
      window.sockets.push(this);
    }
  };
}

test("a lost WebSocket leaves a healthy picture alone, the host's and the viewer's", { timeout: 240_000 }, async (t) => {
  const server = await opened(t);
  const { host, show } = await onAir(server, { start: false });
  const browser = await openChromium(t, { camera: await cameraFile(path.join(tmpdir(), "trunkshow-camera")) });
  const studio = await pageOf(t, browser, server, host, "/studio", { permissions: ["camera", "microphone"] });
  await studio.context().addInitScript(keepSockets);
  await studio.goto(`${server.url}/studio#show/${show.id}`);
  await studio.reload(); // the script is for documents to come, and a fragment is none
  await studio.click(id("go-live"));
  await studio.locator(id("on-air")).waitFor({ timeout: patience });
  const viewer = await openPage(t, browser, "about:blank");
  await viewer.context().addInitScript(keepSockets);
  await viewer.goto(`${server.url}/s/${show.id}`);
  await viewer.waitForFunction(() => document.querySelector("#picture")?.currentTime > 3, null, { timeout: patience });

  for (const [page, video] of [[studio, "#preview"], [viewer, "#picture"]]) {
    await page.evaluate((query) => (document.querySelector(query).peer.before = true), video);
    const sockets = await page.evaluate(() => window.sockets.length);
    const stillness = watchStills(viewer, "#picture", 8000);
    await page.evaluate(() => window.sockets.at(-1).close());
    await page.waitForFunction((n) => window.sockets.length > n && window.sockets.at(-1).readyState === WebSocket.OPEN, sockets, { timeout: patience });
    const { longest: still_ms } = await stillness;
    t.diagnostic(`${video}: longest stillness ${still_ms.toFixed(0)} ms`);
    assert.ok(await page.evaluate((query) => document.querySelector(query).peer?.before === true, video), `${video} keeps its connection`);
    assert.ok(still_ms < 2000, "the viewer's picture goes on");
  }
  await server.stop();
});

test("what a seller lets others show is offered to hosts, and the seller is named", { timeout: 180_000 }, async (t) => {
  const server = await opened(t);
  const { host, show } = await onAir(server, { host: "hanna" });
  const mara = await signUp(server, "mara");
  const browser = await openChromium(t);

  const form = await pageOf(t, browser, server, mara, "/studio#listing");
  await form.fill(id("listing-title"), "Pleated skirt");
  await form.fill(id("listing-price"), "34");
  await form.fill(id("listing-stock"), "3");
  await form.check(id("listing-community"));
  await form.fill(id("listing-floor"), "40");
  await form.click(id("listing-save"));
  await form.getByText("not above your own").waitFor();
  await form.waitForFunction((field) => document.activeElement === document.querySelector(field), id("listing-floor"));
  await form.fill(id("listing-floor"), "30");
  await shot(form, "studio-community");
  await form.click(id("listing-save"));
  await form.locator(id("my-listing")).click();
  await form.locator(`${id("listing-community")}:checked`).waitFor();
  assert.equal(await form.inputValue(id("listing-floor")), "30.00");

  const studio = await pageOf(t, browser, server, host, `/studio#show/${show.id}`);
  await studio.click(id("add-items"));
  await studio.click(id("add-others"));
  await studio.locator(id("catalogue-item")).filter({ hasText: "Pleated skirt" }).filter({ hasText: "mara" }).click();
  await studio.click(id("pick-add"));
  const run = studio.locator(id("run-item")).filter({ hasText: "from mara" });
  await run.waitFor();
  const item = await run.getAttribute("data-item");
  const { socket } = await host.enter(show.id);
  await socket.ask({ type: "feature", show: show.id, item });

  const bea = await signUp(server, "bea");
  const viewer = await pageOf(t, browser, server, bea, `/s/${show.id}`);
  const card = viewer.locator(id("featured-card")).filter({ hasText: "for mara" });
  await card.waitFor();
  await viewer.click(id("claim-button"));
  await viewer.locator(id("claim-more")).click();
  await card.getByText("Check out 2").waitFor();
  await shot(viewer, "viewer-community");
  await viewer.click(id("checkout-open"));
  await viewer.getByRole("heading", { name: "Check out with mara" }).waitFor();
  assert.match(await viewer.locator(id("pay-button")).innerText(), /68/);
  await viewer.locator(id("test-card-4242424242424242")).waitFor(); // the market says that it takes test payments
  await server.stop();
});

test("a price that rises, a unit that goes, a hold that runs out: the page says so", { timeout: 180_000 }, async (t) => {
  const server = await opened(t, { hold_s: 8 });
  const { host, show, item } = await onAir(server, { stock: 1 });
  const { socket } = await host.enter(show.id);
  await socket.ask({ type: "feature", show: show.id, item: item.id });
  const browser = await openChromium(t);
  const bea = await signUp(server, "bea");
  const viewer = await pageOf(t, browser, server, bea, `/s/${show.id}`);
  await viewer.click(id("claim-button"));
  await viewer.locator(id("claim-countdown")).waitFor();
  await viewer.getByText("has run out").waitFor({ timeout: patience });
  await shot(viewer, "viewer-expired");

  await socket.ask({ type: "price", show: show.id, item: item.id, price: item.price + 500 });
  await viewer.locator(id("featured-price")).filter({ hasText: "30" }).waitFor();
  const carl = await signUp(server, "carl");
  const { socket: seat } = await carl.enter(show.id);
  await seat.ask(claim(show, { ...item, price: item.price + 500 }));
  await viewer.locator(id("claim-button")).filter({ hasText: "Join the waitlist" }).waitFor();
  await carl.must("POST", "/api/v1/checkout", checkout(host.account.id));
  await viewer.locator(id("claim-button")).filter({ hasText: "Sold out" }).waitFor();
  await shot(viewer, "viewer-sold-out");
  await server.stop();
});

test("a moderator takes hold of a line by a tap, and of a person by the next", { timeout: 180_000 }, async (t) => {
  const server = new Server();
  t.after(() => server.remove());
  const admin = server.run("admin", "create", "alma"); // while no server runs
  const password = /password:?\s+(\S+)/i.exec(admin.out)[1];
  await server.start();
  const signedIn = await request(server, "POST", "/api/v1/sessions", { username: "alma", password });
  const alma = new Person(server, signedIn.body.account, signedIn.body.token);
  const { show } = await onAir(server);
  const bea = await signUp(server, "bea");
  const { socket } = await bea.enter(show.id);
  for (const text of ["first", "second"]) await socket.ask({ type: "chat", show: show.id, text });

  const browser = await openChromium(t);
  const page = await pageOf(t, browser, server, alma, `/s/${show.id}`);
  const seat = await pageOf(t, browser, server, bea, `/s/${show.id}`);
  const line = (text) => page.locator(id("chat-line")).filter({ hasText: text });
  await line("first").click();
  await shot(page, "viewer-moderator");
  await page.click(id("chat-delete"));
  await line("first").waitFor({ state: "detached" });
  await seat.locator(id("chat-line")).filter({ hasText: "first" }).waitFor({ state: "detached" });

  await line("second").click();
  await page.click(id("chat-mute"));
  await seat.locator(`${id("chat-input")}:disabled`).waitFor();
  await page.click(id("notice-action"));
  await seat.locator(`${id("chat-input")}:enabled`).waitFor();

  await line("second").click();
  await page.click(id("chat-ban"));
  await seat.getByText("You can no longer take part").waitFor();
  await page.click(id("notice-action"));
  await page.getByText("Taken back").waitFor();
  await seat.getByRole("button", { name: "Look again" }).click();
  await seat.locator(id("chat-input")).waitFor();
  await server.stop();
});

test("guests are asked for nothing, and nothing fails on the way", { timeout: 120_000 }, async (t) => {
  const server = await opened(t);
  const { host, show } = await onAir(server);
  const browser = await openChromium(t);
  const page = await openPage(t, browser, "about:blank");
  const failures = [];
  page.on("console", (message) => message.type() === "error" && failures.push(`${message.location().url}: ${message.text()}`));
  for (const [where, landmark] of [["/", "live-tile"], [`/s/${show.id}`, "chat-input"], ["/u/hanna", "shop-name"], ["/studio", "sign-in-form"], ["/orders", "sign-in-form"], ["/admin", "sign-in-form"]]) {
    await page.goto(server.url + where);
    await page.locator(id(landmark)).waitFor();
  }
  assert.deepEqual(failures, []);
  // Signed in once, the first page knows too; signed out, it asks no more.
  await page.goto(`${server.url}/studio`);
  await page.fill(id("sign-username"), host.account.username);
  await page.fill(id("sign-password"), `pass phrase of ${host.account.username}`);
  await page.click(id("sign-submit"));
  await page.locator(id("my-show")).waitFor();
  await page.goto(server.url);
  await page.locator(id("account-open")).filter({ hasText: host.account.display_name }).click();
  await page.click(id("sign-out"));
  await page.locator(id("account-open")).filter({ hasText: "Sign in" }).waitFor();
  await page.reload();
  await page.locator(id("live-tile")).waitFor();
  assert.deepEqual(failures, []);
  // What is wrong with an account is said in words.
  await page.click(id("account-open"));
  await page.click(id("sign-switch"));
  await page.fill(id("sign-username"), "x");
  await page.fill(id("sign-password"), "long enough words");
  await page.click(id("sign-submit"));
  await page.locator(id("sign-error")).filter({ hasText: "The username is too short." }).waitFor();
  await server.stop();
});
