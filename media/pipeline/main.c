#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "pipeline/pipeline.h"

/** Does the mode have what it needs, within bounds? */
static bool check(const struct pipeline_options *o, int (*run)(const struct pipeline_options *))
{
	if (!run || (run == pipeline_show && !o->spool))
		return false;
	if (run == pipeline_clip && (!o->record || !o->out || o->from_us < 0 || o->to_us <= o->from_us))
		return false;
	if (o->codec && strcmp(o->codec, "h264") != 0 && strcmp(o->codec, "vp8") != 0)
		return false;
	return o->width >= 160 && o->width <= 1920 && o->height >= 160 && o->height <= 1920 && o->width % 2 == 0 &&
	       o->height % 2 == 0 && o->fps >= 1 && o->fps <= 60 && o->bitrate >= 50000 && o->grain >= 0 &&
	       o->grain <= 64 && o->max_edge >= 16 && o->hosts >= 1 && o->hosts <= 256 && o->max_bps >= 100000 &&
	       o->max_edge <= 8192 && o->part_ms >= 100 && o->part_ms <= 2000 && o->segment_ms >= 2 * o->part_ms &&
	       o->segment_ms <= 20000;
}

int main(int argc, char **argv)
{
	struct pipeline_options o = {.width = 720,
	                             .height = 1280,
	                             .fps = 30,
	                             .bitrate = 2000000,
	                             .max_edge = 1600,
	                             .part_ms = 300,
	                             .segment_ms = 2000,
	                             .hosts = 16,
	                             .max_bps = 20000000};
	gboolean show = FALSE, source = FALSE, photo = FALSE, ingest = FALSE, clip = FALSE;
	GOptionEntry entries[] = {
	        {"show", 0, 0, G_OPTION_ARG_NONE, &show,
	         "A live show's thumbnail, parts and segments, from the seam on fd 3, told on fd 4", NULL},
	        {"spool", 0, 0, G_OPTION_ARG_FILENAME, &o.spool, "Where --show writes for the server", "DIR"},
	        {"record", 0, 0, G_OPTION_ARG_FILENAME, &o.record, "Where --show records", "DIR"},
	        {"part-ms", 0, 0, G_OPTION_ARG_INT, &o.part_ms, "of --show: a part lasts so long at most", "300"},
	        {"segment-ms", 0, 0, G_OPTION_ARG_INT, &o.segment_ms, "of --show: a segment lasts about so long",
	         "2000"},
	        {"source", 0, 0, G_OPTION_ARG_NONE, &source, "The demo picture and sound, into the seam on fd 3", NULL},
	        {"codec", 0, 0, G_OPTION_ARG_STRING, &o.codec, "h264 (default) or vp8", "NAME"},
	        {"width", 0, 0, G_OPTION_ARG_INT, &o.width, "of --source [pixels]", "720"},
	        {"height", 0, 0, G_OPTION_ARG_INT, &o.height, "of --source [pixels]", "1280"},
	        {"fps", 0, 0, G_OPTION_ARG_INT, &o.fps, "of --source", "30"},
	        {"bitrate", 0, 0, G_OPTION_ARG_INT, &o.bitrate, "of --source's video [bit/s]", "2000000"},
	        {"grain", 0, 0, G_OPTION_ARG_INT, &o.grain,
	         "of --source's picture, as cameras have it: it takes the whole bitrate (0 to 64)", "0"},
	        {"items", 0, 0, G_OPTION_ARG_FILENAME, &o.items,
	         "SVG pictures that --source holds up, one after the other", "DIR"},
	        {"ingest", 0, 0, G_OPTION_ARG_NONE, &ingest,
	         "Hosts with broadcast apps, by SRT and RTMP; told by fd 3 and fd 4", NULL},
	        {"hosts", 0, 0, G_OPTION_ARG_INT, &o.hosts, "of --ingest, at once", "16"},
	        {"max-bps", 0, 0, G_OPTION_ARG_INT, &o.max_bps, "that one of them may send [bit/s]", "20000000"},
	        {"reencode", 0, 0, G_OPTION_ARG_NONE, &o.reencode, "Encode pictures with B-frames anew, with --bitrate",
	         NULL},
	        {"pull", 0, 0, G_OPTION_ARG_STRING, &o.pull, "Where RTMP is fetched, without the show's name",
	         "rtmp://HOST/APP"},
	        {"clip", 0, 0, G_OPTION_ARG_NONE, &clip,
	         "A piece of the recording in the folder --record, at most 60 s, as one MP4 file", NULL},
	        {"from", 0, 0, G_OPTION_ARG_INT64, &o.from_us, "of --clip: its begin [Unix, us]", "US"},
	        {"to", 0, 0, G_OPTION_ARG_INT64, &o.to_us, "of --clip: its end [Unix, us]", "US"},
	        {"out", 0, 0, G_OPTION_ARG_FILENAME, &o.out, "Where --clip writes", "FILE"},
	        {"poster", 0, 0, G_OPTION_ARG_FILENAME, &o.poster, "Where --clip writes its first picture, as JPEG",
	         "FILE"},
	        {"photo", 0, 0, G_OPTION_ARG_NONE, &photo, "An untrusted picture on stdin, a clean JPEG on stdout",
	         NULL},
	        {"draw", 0, 0, G_OPTION_ARG_FILENAME, &o.draw, "A trusted SVG as JPEG on stdout", "FILE"},
	        {"registry", 0, 0, G_OPTION_ARG_FILENAME, &o.registry,
	         "Where GStreamer may keep what it knows of plug-ins", "FILE"},
	        {"max-edge", 0, 0, G_OPTION_ARG_INT, &o.max_edge, "of --photo and --draw: longer edge at most [pixels]",
	         "1600"},
	        {NULL, 0, 0, 0, NULL, NULL, NULL},
	};
	g_autoptr(GOptionContext) context = g_option_context_new("- everything GStreamer of Trunkshow");
	g_autoptr(GError) error = NULL;
	int (*run)(const struct pipeline_options *) = NULL;
	int code;

	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error)) {
		fprintf(stderr, "%s\n", error->message);
		return PIPELINE_USAGE;
	}
	run = show     ? pipeline_show
	      : ingest ? pipeline_ingest
	      : source ? pipeline_source
	      : clip   ? pipeline_clip
	      : photo  ? pipeline_photo
	      : o.draw ? pipeline_draw
	               : NULL;
	if (argc != 1 || show + ingest + source + clip + photo + (o.draw != NULL) != 1 || !check(&o, run)) {
		fprintf(stderr, "wrong options; --help tells them\n");
		code = PIPELINE_USAGE;
	} else {
		g_setenv("GST_REGISTRY_1_0", o.registry ? o.registry : "/dev/null", TRUE); /* never the user's own */
		code = run(&o);
	}
	/* Not exit(): destructors of plug-ins have nothing to save and may wait for threads of their own. */
	fflush(NULL);
	_exit(code);
}
