#include "load.h"

void load_window_open(struct load_window *w, int64_t now_us, const struct load_delivered *delivered, int64_t pid)
{
	w->open = true;
	w->began_us = now_us;
	w->delivered = *delivered;
	if (pid && load_process_read(pid, &w->began) < 0)
		w->began = (struct load_process){0};
}

json_t *load_window_close(const struct load_window *w, int64_t now_us, const struct load_delivered *delivered,
                          int connected, int64_t pid)
{
	const struct load_delivered *d = delivered, *b = &w->delivered;
	double seconds = (double)(now_us - w->began_us) / 1e6;
	uint64_t came = d->packets - b->packets, missed = d->lost - b->lost, bytes = d->bytes - b->bytes;
	struct load_process now;
	json_t *out =
	        json_pack("{s:f,s:I,s:I,s:I,s:I,s:I,s:f,s:f}", "seconds", seconds, "packets", (json_int_t)came, "bytes",
	                  (json_int_t)bytes, "audio_packets", (json_int_t)(d->audio_packets - b->audio_packets),
	                  "audio_bytes", (json_int_t)(d->audio_bytes - b->audio_bytes), "lost", (json_int_t)missed,
	                  "loss", came + missed ? (double)missed / (double)(came + missed) : 0, "mbps",
	                  seconds > 0 ? (double)bytes * 8e-6 / seconds : 0);

	if (!pid || load_process_read(pid, &now) < 0)
		return out;
	double cpu_s = now.cpu_s - w->began.cpu_s;
	json_object_set_new(out, "cpu_s", json_real(cpu_s));
	json_object_set_new(out, "rss_bytes", json_integer(now.rss_bytes));
	json_object_set_new(out, "cpu_ms_per_1000", came ? json_real(cpu_s * 1e6 / (double)came) : json_null());
	json_object_set_new(out, "rss_per_viewer",
	                    connected ? json_integer((now.rss_bytes - w->before.rss_bytes) / connected) : json_null());
	return out;
}
