// Real browsers: Debian's Chromium through playwright-core, Debian's Firefox through puppeteer-core.
import { chromium } from "playwright-core";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

export const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };
export const shots = process.env.TEST_SHOTS ?? path.join(tmpdir(), "trunkshow-shots");
mkdirSync(shots, { recursive: true });

export const quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
  "--disable-sync", "--autoplay-policy=document-user-activation-required", "--mute-audio"];

/** A Chromium with a camera file (or none); closed when the test ends. */
export async function openChromium(t, { camera, microphone, more = [] } = {}) {
  const fake = camera ? ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", `--use-file-for-fake-video-capture=${camera}`,
    ...(microphone ? [`--use-file-for-fake-audio-capture=${microphone}`] : [])] : [];
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", headless: true, args: [...quiet, ...fake, ...more] });
  t.after(() => browser.close());
  return browser;
}

/** A page at phone size whose uncaught errors fail the test at its end. */
export async function openPage(t, browser, url, options = {}) {
  const context = await browser.newContext({ ...phone, ...options });
  const page = await context.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (m) => { if (/Content Security Policy|Refused to/.test(m.text())) errors.push(m.text()); });
  t.after(() => { if (errors.length) throw new Error(`the page had errors:\n${errors.join("\n")}`); });
  await page.goto(url);
  return page;
}

export const shot = (page, name) => page.screenshot({ path: path.join(shots, `${name}.png`) });

/** A Firefox with fake devices; closed when the test ends. */
export async function openFirefox(t) {
  const { default: puppeteer } = await import("puppeteer-core");
  const profile = mkdtempSync(path.join(tmpdir(), "trunkshow-firefox-"));
  const browser = await puppeteer.launch({ browser: "firefox", executablePath: "/usr/bin/firefox-esr", headless: true, userDataDir: profile, protocolTimeout: 0,
    extraPrefsFirefox: { "media.navigator.streams.fake": true, "media.navigator.permission.disabled": true, "media.autoplay.default": 0,
      "network.captive-portal-service.enabled": false, "network.connectivity-service.enabled": false, "browser.safebrowsing.downloads.remote.enabled": false } });
  t.after(async () => { await browser.close(); rmSync(profile, { recursive: true, force: true }); });
  return browser;
}
