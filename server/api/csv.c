#include "api/csv.h"

#include <inttypes.h>
#include <string.h>

#include "base/money.h"

void api_csv_begin(struct api_csv *csv, const char *columns)
{
	csv->text = g_string_new("\xef\xbb\xbf");
	g_string_append_printf(csv->text, "%s\r\n", columns);
	csv->in_row = false;
}

static void next_cell(struct api_csv *csv)
{
	if (csv->in_row)
		g_string_append_c(csv->text, ',');
	csv->in_row = true;
}

/* What spreadsheets read as the beginning of a formula, also behind a line break of their own. */
static bool is_formula(const char *text)
{
	return text[0] && strchr("=+-@\t\r\n", text[0]) != NULL;
}

void api_csv_text(struct api_csv *csv, const char *text)
{
	bool quoted = strpbrk(text, "\",\r\n") != NULL;

	next_cell(csv);
	if (quoted)
		g_string_append_c(csv->text, '"');
	if (is_formula(text))
		g_string_append_c(csv->text, '\'');
	for (; *text; text++) {
		if (*text == '"')
			g_string_append_c(csv->text, '"');
		g_string_append_c(csv->text, *text);
	}
	if (quoted)
		g_string_append_c(csv->text, '"');
}

void api_csv_own(struct api_csv *csv, const char *text)
{
	next_cell(csv);
	g_string_append(csv->text, text);
}

void api_csv_int(struct api_csv *csv, int64_t value)
{
	next_cell(csv);
	g_string_append_printf(csv->text, "%" PRId64, value);
}

void api_csv_money(struct api_csv *csv, int64_t amount, const char *currency)
{
	char text[BASE_MONEY_TEXT];

	api_csv_own(csv, base_money_format(amount, currency, text));
}

void api_csv_time(struct api_csv *csv, int64_t ms)
{
	char text[32] = "";

	if (ms)
		api_time_format(ms, text);
	api_csv_own(csv, text);
}

void api_csv_end_row(struct api_csv *csv)
{
	g_string_append(csv->text, "\r\n");
	csv->in_row = false;
}

void api_csv_clear(struct api_csv *csv)
{
	if (csv->text)
		g_string_free(csv->text, TRUE);
	csv->text = NULL;
}

void api_csv_answer(struct api_call *call, const char *name, const struct api_csv *csv)
{
	char disposition[80];

	g_snprintf(disposition, sizeof disposition, "attachment; filename=\"%s\"", name);
	api_call_header(call, "Content-Disposition", disposition);
	api_call_bytes(call, 200, "text/csv; charset=utf-8; header=present",
	               base_buffer_copy(csv->text->str, csv->text->len));
}
