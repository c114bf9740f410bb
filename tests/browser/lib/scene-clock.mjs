// The clock in the demo picture (media/pipeline/scene.h), read back from what a page shows.

/** Runs in a page: @returns the wall clock [Unix ms] when the frame that the <video> shows was painted; null: no clock is to be read in it. */
export function readSceneClock(selector) {
  const video = document.querySelector(selector), canvas = document.createElement("canvas");
  const bits = 32, size = 20, left = 40, top = 380;
  canvas.width = 720;
  canvas.height = 1280;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(video, 0, 0, canvas.width, canvas.height);
  const { data } = context.getImageData(left, top + size / 2, bits * size, 1);
  let value = 0;
  for (let i = 0; i < bits; i++) value = value * 2 + (data[(i * size + size / 2) * 4] > 128 ? 1 : 0);
  const clock = Math.floor(value / 256), sum = ((clock >> 16) + (clock >> 8) + clock) & 255;
  if (sum !== value % 256) return null;
  const now = Date.now(), span = 2 ** 24;
  return now - ((((now - clock) % span) + span) % span);
}
