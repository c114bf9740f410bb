// A long look at one show: a browser hosts from the studio page, Chromium (and in VP8 Firefox too) watches. The measuring form, on a
// quiet machine and with as many browsers as it can encode and decode for, also asserts that there is no freeze and that sound and
// picture are in sync:
//   SOAK_MINUTES=10 SOAK_CODEC=vp8 SOAK_VIEWERS=firefox SOAK_CAMERA=host.mjpeg SOAK_VOICE=voice.wav node --test tests/browser/soak.test.mjs
import { test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Server } from "../flow/lib/server.mjs";
import { onAir } from "../flow/lib/people.mjs";
import { cameraFile } from "./lib/camera.mjs";
import { openChromium, openPage, openFirefox, shots } from "./lib/browsers.mjs";
import { statsOf, watchStills, syncOf } from "./lib/stats.mjs";
import { id } from "./lib/pages.mjs";

const measuring = "SOAK_MINUTES" in process.env;
const minutes = Number(process.env.SOAK_MINUTES ?? 0.2);
const codecs = (process.env.SOAK_CODEC ?? "h264,vp8").split(",");
const viewers = process.env.SOAK_VIEWERS?.split(",");
const patience = 60_000;

// A browser without H.264, as there are many: the studio then sends VP8.
const hideH264 = () => {
  const all = RTCRtpSender.getCapabilities.bind(RTCRtpSender);
  RTCRtpSender.getCapabilities = (kind) => {
    const { codecs: known, ...rest } = all(kind);
    return { ...rest, codecs: known.filter((c) => !/h264/i.test(c.mimeType)) };
  };
};

for (const codec of codecs)
  test(`${minutes} minutes on air in ${codec}`, { timeout: (minutes + 4) * 60_000 }, async (t) => {
    const dir = mkdtempSync(path.join(tmpdir(), "trunkshow-soak-"));
    t.after(() => rmSync(dir, { recursive: true, force: true }));
    const voice = process.env.SOAK_VOICE ?? path.join(dir, "voice.wav");
    if (!process.env.SOAK_VOICE) spawnSync("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "sine=frequency=330:beep_factor=4:duration=10", "-ar", "48000", voice]);
    const server = new Server();
    t.after(() => server.remove());
    await server.start();
    const { host, show } = await onAir(server, { start: false });

    const hostBrowser = await openChromium(t, { camera: process.env.SOAK_CAMERA ?? (await cameraFile(path.join(tmpdir(), "trunkshow-camera"))), microphone: voice });
    const studio = await openPage(t, hostBrowser, "about:blank", { permissions: ["camera", "microphone"] });
    if (codec === "vp8") await studio.addInitScript(hideH264);
    await studio.context().addCookies([{ name: "trunkshow_session", value: host.token, url: server.url, httpOnly: true, sameSite: "Lax" }]);
    await studio.goto(`${server.url}/studio#show/${show.id}`);
    await studio.click(id("go-live"));
    await studio.locator(id("on-air")).waitFor({ timeout: patience });

    const watching = viewers ?? (codec === "vp8" ? ["chromium", "firefox"] : ["chromium"]);
    const watchers = [];
    if (watching.includes("chromium")) watchers.push(["chromium", await openPage(t, await openChromium(t), `${server.url}/s/${show.id}`)]);
    if (watching.includes("firefox")) {
      const page = await (await openFirefox(t)).newPage();
      await page.goto(`${server.url}/s/${show.id}`);
      watchers.push(["firefox", page]);
    }
    for (const [, page] of watchers) {
      await page.waitForFunction(() => document.querySelector("#picture")?.videoWidth > 0, page.setViewport ? { timeout: patience } : null, { timeout: patience });
      await page.waitForSelector(id("unmute"));
      await page.click(id("unmute"));
    }
    // The estimate of the host's line and its encoder need some seconds to reach full size.
    await new Promise((resolve) => setTimeout(resolve, 8_000));
    const looks = watchers.map(([, page]) => watchStills(page, "#picture", minutes * 60_000));
    const looked = await Promise.all(looks);
    for (const [i, [name, page]] of watchers.entries()) {
      const stats = await statsOf(page, "#picture"), sync = await syncOf(page, "#picture");
      t.diagnostic(`${name}: longest still ${looked[i].longest.toFixed(0)} ms, audio ahead of video ${sync?.toFixed(0) ?? "unknown"} ms, ${JSON.stringify(stats)}`);
      for (const still of looked[i].stills) t.diagnostic(`${name} stood still: ${JSON.stringify(still)}`);
      await page.screenshot({ path: path.join(shots, `soak-${codec}-${name}.png`) });
      assert.match(stats.video, new RegExp(codec, "i"));
      assert.ok(stats.framesDecoded > 50);
      if (!measuring) continue; // a busy machine's stutter is no fault of the show
      assert.equal(stats.freezes, 0, `${name} counted freezes`); // W3C webrtc-stats: 3 frame times, 150 ms at least over the average
      if (sync !== undefined) assert.ok(Math.abs(sync) < 100, `${name} is out of sync by ${sync} ms`);
    }
    await studio.screenshot({ path: path.join(shots, `soak-${codec}-studio.png`) });
    await server.stop();
  });
