// trunkshow-pipeline --show alone, without a server: `pipeline-studio` feeds it from a demo host and tells what it says.
import { spawn, execFileSync } from "node:child_process";
import { createInterface } from "node:readline";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const binaries = process.env.TEST_BINARIES ?? "build/asan";
export const pipeline = join(binaries, "trunkshow-pipeline");

/** "part track=v0 segment=1 …" as an object, numbers as numbers. */
export function parse(line) {
  const [verb, ...pairs] = line.split(" ");
  return { verb, ...Object.fromEntries(pairs.map((pair) => {
    const [key, value] = pair.split("=");
    return [key, /^-?\d+$/.test(value) && key !== "epoch" ? Number(value) : value];
  })) };
}

/** Opens a studio with folders of its own. `limit`: a shell's words before the program (ulimit). */
export function openStudio(t, { record = true, limit = "true" } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "trunkshow-studio-"));
  const spool = join(folder, "spool"), recording = join(folder, "recording");
  const words = [join(binaries, "pipeline-studio"), pipeline, "--show", "--spool", spool, ...(record ? ["--record", recording] : [])];
  const child = spawn("bash", ["-c", `${limit}; exec "$@"`, "studio", ...words], { stdio: ["pipe", "pipe", "pipe"] });
  const lines = [], notes = [], watchers = new Set();
  let errors = "";
  child.stderr.on("data", (chunk) => (errors += chunk));
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    if (line.startsWith("note ")) notes.push(parse(line.slice(5)));
    watchers.forEach((look) => look());
  });
  t.after(async () => {
    child.stdin.end();
    if (child.exitCode === null) await new Promise((resolve) => child.once("exit", resolve));
    rmSync(folder, { recursive: true, force: true });
  });
  /** Resolves with what `find()` gives once it gives something. */
  const until = (find, what, seconds = 60) => new Promise((resolve, reject) => {
    const look = () => {
      const found = find();
      if (!found) return;
      watchers.delete(look);
      clearTimeout(timer);
      resolve(found);
    };
    const timer = setTimeout(() => reject(new Error(`no ${what}\n${lines.slice(-12).join("\n")}\n${errors.slice(-3000)}`)), seconds * 1000);
    watchers.add(look);
    look();
  });
  const say = (line) => child.stdin.write(`${line}\n`);
  return {
    spool, recording, lines, notes, say, until, child,
    errors: () => errors,
    of: (verb, track) => notes.filter((n) => n.verb === verb && (!track || n.track === track || n.name === track)),
    /** Resolves with the segment's note once it is whole. */
    segment(track, number, seconds) {
      return until(() => notes.find((n) => n.verb === "segment" && n.track === track && n.segment >= number), `segment ${number} of ${track}`, seconds);
    },
  };
}

const text = (path) => readFileSync(path, "utf8");

/** A recording's journal, by epochs: [{epoch, lines}]. */
export function journal(folder) {
  const epochs = [];
  for (const line of text(join(folder, "journal")).split("\n").filter(Boolean)) {
    const note = parse(line);
    if (note.verb === "hello") {
      if (epochs.at(-1)?.epoch !== note.epoch) epochs.push({ epoch: note.epoch, lines: [] });
    } else {
      epochs.at(-1).lines.push(note);
    }
  }
  return epochs;
}

/** The parts of one track behind their init segment, as one file. Only the bytes that the notes name. */
export function assemble(folder, epoch, parts) {
  const file = join(folder, `${epoch}-${parts[0].track}-joined.mp4`);
  const pieces = [readFileSync(join(folder, `${epoch}-${parts[0].track}-i${parts[0].init}.mp4`))];
  const files = new Map();
  for (const part of parts) {
    const name = `${epoch}-${part.track}-${part.segment}.m4s`;
    if (!files.has(name)) files.set(name, readFileSync(join(folder, name)));
    const piece = files.get(name).subarray(part.offset, part.offset + part.bytes);
    if (piece.length !== part.bytes) throw new Error(`${name} ends before part ${part.part}`);
    pieces.push(piece);
  }
  writeFileSync(file, Buffer.concat(pieces));
  return file;
}

const run = (command, words, options = {}) => execFileSync(command, words, { maxBuffer: 1 << 28, timeout: 120000, ...options });

/** Boxes in data[from, to): [type, first byte of the body, end]. */
function* boxes(data, from = 0, to = data.length) {
  while (from + 8 <= to) {
    const size = data.readUInt32BE(from);
    if (size < 8 || from + size > to) throw new Error(`a box of ${size} bytes at ${from}`);
    yield [data.toString("latin1", from + 4, from + 8), from + 8, from + size];
    from += size;
  }
}

/** The fragments of a file with one track, by the boxes alone: [{begin, samples: [duration…]}] in ticks. */
function fragments(data) {
  const found = [];
  for (const [moof, a, b] of boxes(data)) {
    if (moof !== "moof") continue;
    for (const [traf, c, d] of boxes(data, a, b)) {
      if (traf !== "traf") continue;
      const fragment = { samples: [] };
      for (const [type, e] of boxes(data, c, d)) {
        const flags = data.readUInt32BE(e) & 0xffffff;
        if (type === "tfhd" && flags & 0x8) fragment.usual = data.readUInt32BE(e + 8 + (flags & 1 ? 8 : 0) + (flags & 2 ? 4 : 0));
        if (type === "tfdt") fragment.begin = Number(data.readBigUInt64BE(e + 4));
        if (type !== "trun") continue;
        const count = data.readUInt32BE(e + 4);
        const step = [0x100, 0x200, 0x400, 0x800].filter((bit) => flags & bit).length * 4;
        const first = e + 8 + (flags & 1 ? 4 : 0) + (flags & 4 ? 4 : 0);
        for (let i = 0; i < count; i++) fragment.samples.push(flags & 0x100 ? data.readUInt32BE(first + i * step) : fragment.usual);
      }
      found.push(fragment);
    }
  }
  return found;
}

/** A file with one track: what ffprobe reads of it, and its times by the boxes [s]. `holes`: where a fragment does not begin
 *  where the one before ends. */
export function probe(file) {
  const { streams } = JSON.parse(run("ffprobe", ["-v", "error", "-count_packets", "-show_streams", "-of", "json", file], { encoding: "utf8" }));
  const [clock] = streams[0].time_base.split("/").slice(1).map(Number);
  const pieces = fragments(readFileSync(file)), holes = [];
  let end = pieces[0].begin, pictures = 0;
  for (const piece of pieces) {
    if (piece.begin !== end) holes.push({ at: end / clock, ticks: piece.begin - end });
    end = piece.begin + piece.samples.reduce((sum, duration) => sum + duration, 0);
    pictures += piece.samples.length;
  }
  if (pictures !== Number(streams[0].nb_read_packets)) throw new Error(`${file}: ${pictures} samples, of which ffprobe reads ${streams[0].nb_read_packets}`);
  return { ...streams[0], begin: pieces[0].begin / clock, end: end / clock, holes, pictures };
}

/** Decodes all of it. @return what ffmpeg complains of. */
export function decode(file) {
  const words = ["-nostdin", "-v", "warning", "-i", file, "-fps_mode", "passthrough", "-enc_time_base", "-1", "-f", "null", "-"];
  return execFileSync("bash", ["-c", 'exec ffmpeg "$@" 2>&1', "ffmpeg", ...words], { encoding: "utf8", timeout: 120000 });
}

/** Where in the file the demo's beeps (880 Hz) begin [s]. */
export function beeps(file) {
  const rate = 48000, chunk = 240;
  const pcm = run("ffmpeg", ["-nostdin", "-v", "error", "-i", file, "-f", "s16le", "-ac", "1", "-ar", String(rate), "-"], { stdio: ["ignore", "pipe", "inherit"] });
  const samples = new Int16Array(pcm.buffer, pcm.byteOffset, pcm.length >> 1);
  const found = [];
  let loud = false;
  for (let at = 0; at + 960 <= samples.length; at += chunk) { /* Goertzel, 20 ms */
    const k = 2 * Math.cos((2 * Math.PI * 880) / rate);
    let s1 = 0, s2 = 0;
    for (let i = 0; i < 960; i++) [s1, s2] = [samples[at + i] / 32768 + k * s1 - s2, s1];
    const power = (s1 * s1 + s2 * s2 - k * s1 * s2) / 960;
    if (power > 3 && !loud) found.push((at + 480) / rate);
    loud = power > (loud ? 2 : 3);
  }
  return found;
}

/** The demo picture's clock in the file's first picture: wall clock modulo 2^24 [ms]. */
export function clockOf(file, width, height) {
  const rgb = run("ffmpeg", ["-nostdin", "-v", "error", "-i", file, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], { stdio: ["ignore", "pipe", "inherit"] });
  const scene = Object.fromEntries([...text(join(import.meta.dirname, "../../../media/pipeline/scene.h")).matchAll(/#define (SCENE_\w+) (\d+)/g)].map(([, name, value]) => [name, Number(value)]));
  const unit = width / scene.SCENE_WIDTH;
  const y = Math.floor((scene.SCENE_BITS_TOP + scene.SCENE_BITS_SIZE / 2) * unit);
  let bits = 0n;
  for (let i = 0; i < scene.SCENE_BITS; i++) {
    const x = Math.floor((scene.SCENE_BITS_LEFT + i * scene.SCENE_BITS_SIZE + scene.SCENE_BITS_SIZE / 2) * unit);
    bits = (bits << 1n) | BigInt(rgb[(y * width + x) * 3 + 1] > 127 ? 1 : 0);
  }
  const value = Number(bits >> 8n);
  if ((((value >> 16) + (value >> 8) + value) & 0xff) !== Number(bits & 0xffn)) throw new Error("the picture's clock cannot be read");
  return value;
}

export const files = (folder) => readdirSync(folder);
