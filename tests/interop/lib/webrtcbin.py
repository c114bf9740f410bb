"""GStreamer's webrtcbin as a host or a viewer: a second stack, unlike the browsers', to be understood by.

  webrtcbin.py publish URL CODEC TOKEN    a test picture and a tone, by WHIP
  webrtcbin.py view URL CODEC             decodes what comes, by WHEP
CODEC: h264 or vp8. A JSON line for each thing that happens: {"event": "connected"}, twice a second {"event": "stats",
"video": decoded frames, "audio": decoded buffers, "width", "height"}. Ends on SIGTERM after having told the server.
"""
import json
import signal
import sys
import urllib.parse
import urllib.request

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

CAPS = {
    "h264": "application/x-rtp,media=video,encoding-name=H264,payload=96,clock-rate=90000,packetization-mode=(string)1,"
            "profile-level-id=(string)42e01f,rtcp-fb-nack=true,rtcp-fb-nack-pli=true",
    "vp8": "application/x-rtp,media=video,encoding-name=VP8,payload=96,clock-rate=90000,rtcp-fb-nack=true,"
           "rtcp-fb-nack-pli=true",
    "opus": "application/x-rtp,media=audio,encoding-name=OPUS,payload=97,clock-rate=48000,encoding-params=(string)2",
}
ENCODERS = {
    "h264": "x264enc tune=zerolatency speed-preset=ultrafast bitrate=600 key-int-max=60 ! "
            "video/x-h264,profile=constrained-baseline ! rtph264pay config-interval=-1 aggregate-mode=zero-latency mtu=1200",
    "vp8": "vp8enc deadline=1 cpu-used=8 target-bitrate=600000 keyframe-max-dist=60 ! rtpvp8pay picture-id-mode=15-bit mtu=1200",
}
DECODERS = {
    "H264": "rtph264depay ! avdec_h264",
    "VP8": "rtpvp8depay ! vp8dec",
    "OPUS": "rtpopusdepay ! opusdec",
}
SOURCES = ("videotestsrc is-live=true ! video/x-raw,format=I420,width=320,height=240,framerate=15/1 ! {encoder} ! application/x-rtp,payload=96 ! peer. "
           "audiotestsrc is-live=true ! audioconvert ! opusenc ! rtpopuspay ! application/x-rtp,payload=97 ! peer. "
           "webrtcbin name=peer bundle-policy=max-bundle")


def say(event, **more):
    print(json.dumps({"event": event, **more}), flush=True)


class Peer:
    def __init__(self, role, url, codec, token):
        self.url, self.token, self.resource = url, token, None
        self.counts = {"video": 0, "audio": 0}
        self.size = (0, 0)
        self.loop = GLib.MainLoop()
        if role == "publish":
            self.pipeline = Gst.parse_launch(SOURCES.format(encoder=ENCODERS[codec]))
            self.peer = self.pipeline.get_by_name("peer")
            self.make_one_way(GstWebRTC.WebRTCRTPTransceiverDirection.SENDONLY)
        else:
            self.pipeline = Gst.Pipeline()
            self.peer = Gst.ElementFactory.make("webrtcbin", "peer")
            self.peer.set_property("bundle-policy", GstWebRTC.WebRTCBundlePolicy.MAX_BUNDLE)
            self.pipeline.add(self.peer)
            for kind in (codec, "opus"):
                self.peer.emit("add-transceiver", GstWebRTC.WebRTCRTPTransceiverDirection.RECVONLY,
                               Gst.Caps.from_string(CAPS[kind]))
            self.peer.connect("pad-added", self.on_pad)
        self.peer.connect("notify::ice-gathering-state", self.on_gathering)
        self.peer.connect("notify::connection-state", self.on_connection)
        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect("message::error", self.on_error)

    def make_one_way(self, direction):
        index = 0
        while (transceiver := self.peer.emit("get-transceiver", index)) is not None:
            transceiver.set_property("direction", direction)
            index += 1

    def run(self):
        self.pipeline.set_state(Gst.State.PLAYING)
        GLib.timeout_add(200, self.offer)
        GLib.timeout_add(500, self.tell)
        GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGTERM, self.leave)
        self.loop.run()
        self.pipeline.set_state(Gst.State.NULL)

    def offer(self):
        """An offer wants the caps of every source, which come a moment after the start."""
        pads = [pad for pad in self.peer.sinkpads if pad.get_current_caps() is None]
        if pads:
            return True
        self.peer.emit("create-offer", None, Gst.Promise.new_with_change_func(self.on_offer))
        return False

    def on_offer(self, promise):
        promise.wait()
        reply = promise.get_reply()  # owns the description
        self.peer.emit("set-local-description", reply.get_value("offer"), None)

    def on_gathering(self, peer, _):
        if peer.get_property("ice-gathering-state") == GstWebRTC.WebRTCICEGatheringState.COMPLETE:
            GLib.idle_add(self.exchange)

    def exchange(self):
        offer = self.peer.get_property("local-description").sdp.as_text()
        request = urllib.request.Request(self.url, offer.encode(), {"Content-Type": "application/sdp"}, method="POST")
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        with urllib.request.urlopen(request) as reply:
            self.resource = urllib.parse.urljoin(self.url, reply.headers["Location"])
            _, message = GstSdp.SDPMessage.new_from_text(reply.read().decode())
        answer = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, message)
        self.peer.emit("set-remote-description", answer, None)
        return False

    def on_connection(self, peer, _):
        say(peer.get_property("connection-state").value_nick)

    def on_pad(self, _, pad):
        shape = (pad.get_current_caps() or pad.query_caps()).get_structure(0)
        kind, decoder = shape.get_string("media"), DECODERS[shape.get_string("encoding-name")]
        sink = Gst.parse_bin_from_description(f"{decoder} ! identity name=seen ! fakesink sync=false async=false", True)
        sink.get_by_name("seen").connect("handoff", self.on_decoded, kind)
        self.pipeline.add(sink)
        pad.link(sink.get_static_pad("sink"))
        sink.sync_state_with_parent()

    def on_decoded(self, identity, _, kind):
        self.counts[kind] += 1
        if kind == "video":
            shape = identity.get_static_pad("sink").get_current_caps().get_structure(0)
            self.size = (shape.get_int("width")[1], shape.get_int("height")[1])

    def tell(self):
        say("stats", width=self.size[0], height=self.size[1], **self.counts)
        return True

    def leave(self):
        if self.resource:
            request = urllib.request.Request(self.resource, method="DELETE")
            if self.token:
                request.add_header("Authorization", f"Bearer {self.token}")
            urllib.request.urlopen(request).close()
            say("left")
        self.loop.quit()
        return False

    def on_error(self, _, message):
        error, detail = message.parse_error()
        say("error", text=str(error), detail=detail)
        self.loop.quit()


Gst.init(None)
Peer(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4] if len(sys.argv) > 4 else None).run()
