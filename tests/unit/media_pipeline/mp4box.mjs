// What mp4box.js reads in a file, as lines of text: the boxes in their order, the tracks, and each sample.
//   node mp4box.mjs FILE
import { readFileSync } from "node:fs";
import { createFile, Log } from "mp4box";

Log.setLogLevel(Log.LOG_LEVEL_WARNING);
const bytes = readFileSync(process.argv[2]);
const file = createFile();
file.onError = (module, message) => {
  throw new Error(`${module} ${message ?? ""}`);
};
const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
buffer.fileStart = 0;
file.appendBuffer(buffer, true);
file.flush();

const name = (box) => {
  if (box.constructor.name === "UnknownBox" || box.has_unparsed_data) throw new Error(`not understood: ${box.type}`);
  const inner = [...(box.entries ?? []), ...(box.boxes ?? [])].filter((b) => b?.type && b.type !== "url ");
  return inner.length ? `${box.type}(${inner.map(name).join(" ")})` : box.type;
};
console.log(`boxes ${file.boxes.map(name).join(" ")}`);
const info = file.getInfo();
for (const t of info.tracks) {
  console.log(`track ${t.id} ${t.codec} ${t.type} ${t.timescale} ${t.video ? `${t.video.width}x${t.video.height}` : `${t.audio.sample_rate}x${t.audio.channel_count}`}`);
  for (const s of file.getTrackSamplesInfo(t.id))
    console.log(`sample ${t.id} ${s.dts} ${s.cts} ${s.duration} ${s.size} ${s.is_sync ? "K" : "-"} ${s.offset}`);
}
