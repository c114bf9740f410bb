#include "api/metrics_text.h"

void metrics_family(GString *out, enum metrics_kind kind, const char *name, const char *help)
{
	static const char *const kinds[] = {
	        [METRICS_GAUGE] = "gauge", [METRICS_COUNTER] = "counter", [METRICS_HISTOGRAM] = "histogram"};

	g_string_append_printf(out, "# HELP trunkshow_%s %s\n# TYPE trunkshow_%s %s\n", name, help, name, kinds[kind]);
}

void metrics_sample(GString *out, const char *name, const char *labels, double value)
{
	char number[G_ASCII_DTOSTR_BUF_SIZE];

	g_ascii_dtostr(number, sizeof(number), value);
	g_string_append_printf(out, *labels ? "trunkshow_%s{%s} %s\n" : "trunkshow_%s%s %s\n", name, labels, number);
}

void metrics_single(GString *out, enum metrics_kind kind, const char *name, const char *help, double value)
{
	metrics_family(out, kind, name, help);
	metrics_sample(out, name, "", value);
}

void metrics_times(GString *out, const char *name, const char *help, const struct media_histogram *times)
{
	uint64_t below = 0;

	metrics_family(out, METRICS_HISTOGRAM, name, help);
	for (size_t i = 0; i < MEDIA_HISTOGRAM_BOUNDS; i++) {
		char bound[G_ASCII_DTOSTR_BUF_SIZE];

		below += times->counts[i];
		g_ascii_formatd(bound, sizeof(bound), "%g", (double)media_histogram_bounds_us[i] / 1e6);
		g_string_append_printf(out, "trunkshow_%s_bucket{le=\"%s\"} %" G_GUINT64_FORMAT "\n", name, bound,
		                       (guint64)below);
	}
	below += times->counts[MEDIA_HISTOGRAM_BOUNDS];
	g_string_append_printf(out,
	                       "trunkshow_%s_bucket{le=\"+Inf\"} %" G_GUINT64_FORMAT "\ntrunkshow_%s_sum %.6f\n"
	                       "trunkshow_%s_count %" G_GUINT64_FORMAT "\n",
	                       name, (guint64)below, name, (double)times->sum_us / 1e6, name, (guint64)below);
}
