"""GStreamer as a broadcast app: a test picture and a tone by SRT, until it is ended.  srtsink.py URI STREAMID"""
import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst  # noqa: E402

Gst.init(None)
pipeline = Gst.parse_launch(
    "videotestsrc is-live=true ! video/x-raw,width=640,height=360,framerate=30/1 ! openh264enc gop-size=30 ! h264parse ! "
    "mpegtsmux name=mux alignment=7 ! srtsink name=sink mode=caller wait-for-connection=true "
    "audiotestsrc is-live=true ! audioconvert ! audio/x-raw,rate=48000,channels=2 ! avenc_aac ! aacparse ! mux.")
sink = pipeline.get_by_name("sink")
sink.set_property("uri", sys.argv[1])
sink.set_property("streamid", sys.argv[2])
loop = GLib.MainLoop()
bus = pipeline.get_bus()
bus.add_signal_watch()


def failed(_, message):
    print(message.parse_error(), file=sys.stderr)
    loop.quit()
    sys.exit(1)


bus.connect("message::error", failed)
pipeline.set_state(Gst.State.PLAYING)
loop.run()
