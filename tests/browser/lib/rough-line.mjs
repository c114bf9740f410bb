// A UDP relay in front of the media port, for a host's browser whose line loses packets and delays them unevenly.
import dgram from "node:dgram";

/** The same numbers each time: a test does not depend on luck. */
const dice = (seed) => () => ((seed = (seed * 1103515245 + 12345) & 0x7fffffff), seed / 0x80000000);

/** @param loss share of the datagrams towards the server that are lost @param jitter_ms each is up to so much late, both ways.
 *  Resolves to {port, seen, lost}. */
export async function roughLine(t, to, { loss, jitter_ms }) {
  const front = dgram.createSocket("udp4"), back = dgram.createSocket("udp4"), roll = dice(7);
  const line = { seen: 0, lost: 0 };
  let from, open = true;
  const later = (send) => setTimeout(() => open && send(), roll() * jitter_ms);
  front.on("message", (data, who) => {
    from = who;
    line.seen++;
    if (roll() < loss) line.lost++;
    else later(() => back.send(data, to, "127.0.0.1"));
  });
  back.on("message", (data) => from && later(() => front.send(data, from.port, from.address)));
  t.after(() => (open = false));
  for (const socket of [front, back]) {
    await new Promise((resolve) => socket.bind(0, "127.0.0.1", resolve));
    t.after(() => socket.close());
  }
  line.port = front.address().port;
  return line;
}

/** An init script for the page whose line it is: every answer's candidates become the relay. */
export const overLine = (port) => `{
  const real = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
    const others = sdp.replace(/^a=candidate:.*\\r\\n/gm, "");
    const one = "a=candidate:1 1 udp 2130706431 127.0.0.1 ${port} typ host\\r\\n";
    return real.call(this, { type, sdp: type === "answer" ? others.replace(/^(m=.*\\r\\n)/m, "$1" + one) : sdp });
  };
}`;

/** An init script for a viewer: no media gets through while localStorage says "blocked". */
export const whileBlocked = `{
  const real = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
    return real.call(this, { type, sdp: localStorage.getItem("media") === "blocked" ? sdp.replace(/^a=candidate:.*\\r\\n/gm, "") : sdp });
  };
}`;
