// A fake camera whose every frame says its number in bars, so that a picture can be read back at the other end.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, renameSync } from "node:fs";
import { once } from "node:events";
import path from "node:path";

export const camera = { width: 640, height: 360, fps: 30, frames: 512, bits: 9 };

// Bars along the bottom, most significant first; white is one. Above them something to look at that moves.
function frame(n) {
  const { width, height, bits } = camera;
  const rgb = Buffer.alloc(width * height * 3);
  const bar = width / bits, top = height * 0.75;
  const ball = { x: 320 + 240 * Math.cos(n / 20), y: 130 + 80 * Math.sin(n / 13) };
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 3;
      if (y >= top) {
        const on = (n >> (bits - 1 - Math.floor(x / bar))) & 1;
        rgb.fill(on ? 235 : 20, at, at + 3);
      } else {
        const near = (x - ball.x) ** 2 + (y - ball.y) ** 2 < 50 ** 2;
        rgb[at] = near ? 240 : 40 + (x >> 3);
        rgb[at + 1] = near ? 120 : 60 + (y >> 2);
        rgb[at + 2] = near ? 60 : 140;
      }
    }
  return rgb;
}

/** Write the camera's file once; resolves to its path. */
export async function cameraFile(dir) {
  const file = path.join(dir, "camera.mjpeg");
  if (existsSync(file)) return file;
  mkdirSync(dir, { recursive: true });
  const { width, height, fps, frames } = camera;
  const part = `${file}.${process.pid}.mjpeg`;
  const ffmpeg = spawn("ffmpeg", ["-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", `${width}x${height}`, "-r", String(fps), "-i", "-",
    "-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj420p", part], { stdio: ["pipe", "inherit", "inherit"] });
  for (let n = 0; n < frames; n++) if (!ffmpeg.stdin.write(frame(n))) await once(ffmpeg.stdin, "drain");
  ffmpeg.stdin.end();
  const [code] = await once(ffmpeg, "exit");
  if (code !== 0) throw new Error(`ffmpeg ended with ${code}`);
  renameSync(part, file);
  return file;
}

/** Runs in a page: keeps a list of {n, at} for each frame that the <video> showed (n: number read from the bars, at: wall clock in ms). */
export function readFrames(selector, { bits }) {
  const video = document.querySelector(selector);
  const canvas = document.createElement("canvas");
  canvas.width = bits * 8;
  canvas.height = 8;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const frames = [];
  window.framesRead = frames;
  const look = () => {
    const w = video.videoWidth, h = video.videoHeight;
    context.drawImage(video, 0, h * 0.85, w, h * 0.1, 0, 0, canvas.width, canvas.height);
    const { data } = context.getImageData(0, 4, canvas.width, 1);
    let n = 0;
    for (let bit = 0; bit < bits; bit++) n = n * 2 + (data[(bit * 8 + 4) * 4] > 128 ? 1 : 0);
    frames.push({ n, at: performance.timeOrigin + performance.now() });
    video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
}

/** How long after the preview the viewer showed the same frame: {median, p95, matched} in ms. The camera begins anew after its last frame. */
export function delays(preview, viewer) {
  const shown = new Map();
  for (const { n, at } of preview) shown.set(n, [...(shown.get(n) ?? []), at]);
  const found = viewer.map(({ n, at }) => at - shown.get(n)?.findLast((then) => then <= at)).filter((d) => d < 5000).sort((a, b) => a - b);
  const at = (q) => found[Math.min(found.length - 1, Math.floor(found.length * q))];
  return { median: at(0.5), p95: at(0.95), matched: found.length };
}
