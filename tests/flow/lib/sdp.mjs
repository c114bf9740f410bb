// Offers as browsers make them, for WHIP, WHEP and media.offer.
import { readFileSync } from "node:fs";

export const sdpType = { "content-type": "application/sdp" };
export const offer = (name) => readFileSync(new URL(`../../unit/media_sdp/offers/${name}.sdp`, import.meta.url), "utf8");
