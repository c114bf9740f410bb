// One evening in real browsers: a host makes a listing and goes live from the studio page, a viewer sees the clock in the
// picture, chats, claims and pays, the order is in the seller's list, and a restart of the server is survived.
import { test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Server } from "../flow/lib/server.mjs";
import { camera, cameraFile, readFrames, delays } from "./lib/camera.mjs";
import { openChromium, openPage, openFirefox, shot } from "./lib/browsers.mjs";
import { statsOf, watchStills } from "./lib/stats.mjs";
import { id } from "./lib/pages.mjs";

const patience = 60_000;

async function signUpOnPage(page, username) {
  const form = page.locator(id("sign-up-form"));
  await page.locator(id("sign-switch")).waitFor();
  if (!(await form.isVisible())) await page.click(id("sign-switch"));
  await form.locator(id("sign-username")).fill(username);
  await form.locator(id("sign-display-name")).fill(username);
  await form.locator(id("sign-password")).fill(`the pass phrase of ${username}`);
  await form.locator(id("sign-submit")).click();
}

test("a whole show", { timeout: 500_000 }, async (t) => {
  const dir = mkdtempSync(path.join(tmpdir(), "trunkshow-browser-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const voice = path.join(dir, "voice.wav");
  spawnSync("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "sine=frequency=440:duration=10", "-ar", "48000", voice]);
  const photo = path.join(dir, "photo.jpg");
  spawnSync("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "mandelbrot=size=1200x1500", "-frames:v", "1", photo]);

  const server = new Server();
  t.after(() => server.remove());
  await server.start();
  const hostBrowser = await openChromium(t, { camera: await cameraFile(path.join(tmpdir(), "trunkshow-camera")), microphone: voice });
  const viewerBrowser = await openChromium(t);

  // The host: account, listing with a photo, show.
  const host = await openPage(t, hostBrowser, `${server.url}/studio`, { permissions: ["camera", "microphone"] });
  await signUpOnPage(host, "hanna");
  await host.click(id("new-listing"));
  await host.setInputFiles(id("listing-photo"), photo);
  await host.fill(id("listing-title"), "Corduroy jacket");
  await host.fill(id("listing-price"), "45.50");
  await host.fill(id("listing-stock"), "2");
  await shot(host, "studio-listing");
  await host.click(id("listing-save"));
  await host.locator(id("my-listing")).waitFor();
  await shot(host, "studio");
  await host.click(id("new-show"));
  await host.fill(id("show-title"), "Autumn clear-out");
  await host.click(id("show-save"));
  await host.click(id("add-items"));
  await host.click(id("add-item"));
  await host.keyboard.press("Escape");
  await host.locator(id("run-item")).waitFor();
  await shot(host, "studio-prepare");
  await host.click(id("go-live"));
  await host.locator(id("on-air")).waitFor({ timeout: patience });
  const show = (await (await fetch(`${server.url}/api/v1/shows?state=live`)).json()).shows[0];
  assert.equal(show.title, "Autumn clear-out");

  // A guest opens the page: the picture moves, and says when it was shown.
  const viewer = await openPage(t, viewerBrowser, `${server.url}/s/${show.id}`);
  await viewer.waitForFunction(() => document.querySelector("#picture")?.videoWidth > 0, null, { timeout: patience });
  await viewer.click(id("unmute"));
  await host.evaluate(readFramesSource("#preview"));
  await viewer.evaluate(readFramesSource("#picture"));
  await viewer.waitForFunction(() => window.framesRead.length > 200, null, { timeout: patience });
  const [preview, seen] = await Promise.all([host, viewer].map((page) => page.evaluate(() => window.framesRead)));
  const delay = delays(preview, seen);
  t.diagnostic(`glass to glass: median ${delay.median?.toFixed(0)} ms, p95 ${delay.p95?.toFixed(0)} ms over ${delay.matched} frames`);
  assert.ok(delay.matched > seen.length / 2, `${delay.matched} of ${seen.length} frames carry a number that the camera showed`);
  assert.ok(new Set(seen.map((f) => f.n)).size > 50, "the picture changes");

  const stats = await statsOf(viewer, "#picture");
  t.diagnostic(`viewer: ${JSON.stringify(stats)}`);
  assert.ok(stats.framesDecoded > 100);
  assert.ok(stats.audioEnergy > 0.001, "the tone is heard");
  assert.match(stats.srtpCipher, /AEAD_AES_128_GCM/);
  assert.match(stats.video, /H264/i);

  // The featured card, the claim of a guest who signs up on the way, the payment.
  await host.click(id("sold-next"));
  await viewer.locator(id("featured-card")).waitFor();
  await shot(viewer, "viewer-featured");
  await viewer.click(id("claim-button"));
  await signUpOnPage(viewer, "bea");
  await viewer.locator(id("claim-countdown")).waitFor();
  await shot(viewer, "viewer-held");
  await viewer.locator(id("checkout-open")).first().click();
  for (const [field, value] of Object.entries({ name: "Bea Buyer", line1: "1 Market Street", postcode: "1010", city: "Vienna" }))
    await viewer.fill(id(`address-${field}`), value);
  await viewer.selectOption(id("address-country"), "AT");
  await viewer.fill(id("card-number"), "4000000000000002");
  await viewer.click(id("pay-button"));
  await viewer.locator(id("pay-error")).filter({ hasText: /./ }).waitFor();
  await shot(viewer, "viewer-declined");
  await viewer.fill(id("card-number"), "4242424242424242");
  await shot(viewer, "viewer-checkout");
  await viewer.click(id("pay-button"));
  const order = await viewer.locator(id("order-done")).getAttribute("data-order");
  await shot(viewer, "viewer-order");
  await viewer.click(id("order-close"));
  await host.click(id("claims-open"));
  await host.locator(`${id("studio-claim")}[data-state="sold"]`).waitFor();
  await shot(host, "studio-claims");
  await host.keyboard.press("Escape");
  const seller = await (await hostBrowser.contexts()[0].newPage());
  await seller.goto(`${server.url}/studio#orders`);
  await seller.locator(`${id("order")}[data-order="${order}"]`).waitFor();
  await shot(seller, "studio-orders");
  await seller.close();

  // Chat: a line appears, the host takes it away.
  await viewer.fill(id("chat-input"), "what a colour!");
  await viewer.click(id("chat-send"));
  const line = host.locator(id("chat-line")).filter({ hasText: "what a colour!" });
  await line.waitFor();
  await shot(host, "studio-on-air");
  await shot(viewer, "viewer-chat");
  await line.click();
  await host.locator(id("chat-delete")).first().click();
  await viewer.locator(id("chat-line")).filter({ hasText: "what a colour!" }).waitFor({ state: "detached" });

  // The home page shows the tile with its thumbnail.
  const home = await openPage(t, viewerBrowser, server.url);
  await home.waitForFunction((tile) => [...document.querySelectorAll(`${tile} img`)].some((i) => i.naturalWidth > 0), id("live-tile"), { timeout: patience });
  await shot(home, "home");

  // The power goes: the server is back after a while, host and viewer find it again by themselves.
  await server.kill();
  await viewer.locator(id("viewer-status")).filter({ hasText: /reconnect/i }).waitFor({ timeout: patience });
  await shot(viewer, "viewer-reconnecting");
  await server.start();
  const back = Date.now();
  await viewer.waitForFunction((since) => window.framesRead.filter((f) => f.at > since).length > 50, back, { timeout: 2 * patience });
  await viewer.locator(id("featured-card")).waitFor();

  await host.click(id("end-show"));
  await host.click(id("end-show-confirm"));
  await viewer.locator(id("show-ended")).waitFor({ timeout: patience });
  await shot(viewer, "viewer-ended");
  await server.stop();
});

test("Firefox watches a show in VP8, and by HLS when it comes in H.264, or is told why it cannot", { timeout: 300_000 }, async (t) => {
  const { onAir, publishKey } = await import("../flow/lib/people.mjs");
  const { simulate } = await import("../flow/lib/simulate.mjs");
  const server = new Server();
  t.after(() => server.remove());
  await server.start();
  const { host, show } = await onAir(server);
  const key = await publishKey(host, show);
  const publisher = simulate(t, "host", "--whip", `${server.url}/whip/${show.id}`, "--token", key, "--codec", "vp8");

  const firefox = await openFirefox(t);
  const page = await firefox.newPage();
  await page.setViewport({ width: 390, height: 844 });
  await page.goto(`${server.url}/s/${show.id}`);
  await page.waitForFunction(() => document.querySelector("#picture")?.videoWidth > 0 && document.querySelector("#picture").currentTime > 3, { timeout: patience });
  await page.screenshot({ path: path.join(process.env.TEST_SHOTS ?? tmpdir(), "firefox-vp8.png") });
  let stats = await statsOf(page, "#picture");
  for (const until = Date.now() + patience; stats.framesDecoded <= 30 && Date.now() < until; stats = await statsOf(page, "#picture"))
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 200)));
  t.diagnostic(`firefox: ${JSON.stringify(stats)}`);
  assert.match(stats.video, /VP8/i);
  assert.ok(stats.framesDecoded > 30);
  t.diagnostic(`firefox: longest still ${(await watchStills(page, "#picture", 3000)).longest.toFixed(0)} ms`);

  await publisher.kill();
  simulate(t, "host", "--whip", `${server.url}/whip/${show.id}`, "--token", key, "--codec", "h264");
  if (await page.evaluate(() => MediaSource.isTypeSupported('video/mp4; codecs="avc1.42e01f"')))
    await page.waitForFunction(() => document.querySelector("#picture").dataset.way === "hls" && document.querySelector("#picture").currentTime > 3, { timeout: patience });
  else await page.waitForFunction((status) => /H\.?264/i.test(document.querySelector(status)?.textContent ?? ""), { timeout: patience }, id("viewer-status"));
  await page.screenshot({ path: path.join(process.env.TEST_SHOTS ?? tmpdir(), "firefox-h264.png") });
  await server.stop();
});

const readFramesSource = (selector) => `(${readFrames})(${JSON.stringify(selector)}, ${JSON.stringify(camera)})`;
