// Broadcast apps: ffmpeg and GStreamer as hosts by SRT and RTMP, and an nginx that takes RTMP as configs/nginx-rtmp.conf sets it up.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { once } from "node:events";

const here = path.dirname(new URL(import.meta.url).pathname);

const usual = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "30", "-c:a", "aac", "-ac", "2"];

function run(t, command, words) {
  const child = spawn(command, words, { stdio: ["ignore", "ignore", "pipe"] });
  let errors = "";
  child.stderr.on("data", (chunk) => (errors = (errors + chunk).slice(-4000)));
  // One that goes on for so long was let in: as if it had ended well.
  let stays = false;
  const patience = setTimeout(() => (stays = child.kill("SIGKILL")), 120_000);
  const exited = once(child, "exit").then(([code, signal]) => {
    clearTimeout(patience);
    return { code: stays ? 0 : code, signal, errors };
  });
  t.after(() => child.kill("SIGKILL"));
  return { child, exited, kill: (signal = "SIGKILL") => { child.kill(signal); return exited; } };
}

/** ffmpeg sends a test picture and a tone there until it is ended, in real time. */
export const ffmpeg = (t, url, { codecs = [], format = "mpegts", options = [] } = {}) => run(t, "ffmpeg", [
  "-loglevel", "error", "-re", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=30", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000",
  ...usual, "-pix_fmt", "yuv420p", ...codecs, ...options, "-f", format, url]);

/** The same by GStreamer's srtsink. */
export const gstreamer = (t, uri, streamid) => run(t, "/usr/bin/python3", [path.join(here, "srtsink.py"), uri, streamid]);

const free = async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  return port;
};

const answers = (port) => new Promise((resolve) => {
  const socket = connect(port, "127.0.0.1", () => { socket.destroy(); resolve(true); });
  socket.on("error", () => resolve(false));
});

/** An nginx for RTMP. The server it asks is told later: it is started with the port that stands here. */
export async function rtmp(t) {
  const dir = mkdtempSync(path.join(tmpdir(), "trunkshow-rtmp-"));
  const port = await free(), http = await free();
  const site = readFileSync(path.join(here, "../../../configs/nginx-rtmp.conf"), "utf8")
    .replace("listen 1935", `listen 127.0.0.1:${port}`).replaceAll("127.0.0.1:8080", `127.0.0.1:${http}`);
  mkdirSync(path.join(dir, "logs"));
  writeFileSync(path.join(dir, "nginx.conf"), `
daemon off; master_process off; pid ${dir}/pid; error_log ${dir}/logs/error.log info;
load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
events { worker_connections 64; }
${site}`);
  const nginx = run(t, "/usr/sbin/nginx", ["-p", dir, "-c", path.join(dir, "nginx.conf")]);
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  nginx.exited.then(({ code, errors }) => code && console.error(`nginx ended with ${code}: ${errors}`));
  while (!(await answers(port))) await new Promise((resolve) => setTimeout(resolve, 50));
  const url = `rtmp://127.0.0.1:${port}/live`;
  return { settings: { http_port: http, rtmp_url: url, rtmp_pull: url } };
}

/** Processes of a server's, whose command line says so. */
export const children = (server, mode) => {
  try {
    return execFileSync("pgrep", ["-P", String(server.child.pid), "-f", `trunkshow-pipeline ${mode}`], { encoding: "utf8" }).trim().split("\n").map(Number);
  } catch {
    return [];
  }
};
