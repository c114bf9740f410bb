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

/* ---- somebody's words: OWASP, "CSV Injection" ---- */

/* Spreadsheets set to another language separate cells by another of these, and then a cell of ours may be several. */
#define SEPARATORS ",;|\t\r\n"

/* With the wide and small forms that some spreadsheets take for the plain ones, and the sign of minus. */
static const char *const formula_signs[] = {"=",
                                            "+",
                                            "-",
                                            "@",
                                            "\xef\xbc\x9d",
                                            "\xef\xbc\x8b",
                                            "\xef\xbc\x8d",
                                            "\xef\xbc\xa0",
                                            "\xef\xb9\xa6",
                                            "\xef\xb9\xa2",
                                            "\xef\xb9\xa3",
                                            "\xef\xb9\xab",
                                            "\xe2\x88\x92"};

/* What may be thrown away before a cell is looked at: blanks, wide and invisible ones, a quote. */
static const char *const skipped[] = {" ", "\"", "\xc2\xa0", "\xe3\x80\x80", "\xe2\x80\x8b", "\xef\xbb\xbf"};

/* @return how long the one is that the text begins with; 0: none. */
static size_t begins_with(const char *text, const char *const *some, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (g_str_has_prefix(text, some[i]))
			return strlen(some[i]);
	return 0;
}

static bool is_formula(const char *cell)
{
	size_t len;

	while ((len = begins_with(cell, skipped, G_N_ELEMENTS(skipped))))
		cell += len;
	return begins_with(cell, formula_signs, G_N_ELEMENTS(formula_signs)) > 0;
}

static bool needs_quotes(const char *text)
{
	size_t len = strlen(text);

	return strpbrk(text, "\"" SEPARATORS) || (len && (text[0] == ' ' || text[len - 1] == ' '));
}

void api_csv_text(struct api_csv *csv, const char *text)
{
	const char *quote = needs_quotes(text) ? "\"" : "";

	next_cell(csv);
	g_string_append(csv->text, quote);
	if (is_formula(text) || (*text && strchr("\t\r\n", *text)))
		g_string_append_c(csv->text, '\'');
	for (; *text; text++) {
		if (*text == '"')
			g_string_append_c(csv->text, '"');
		g_string_append_c(csv->text, *text);
		if (strchr(SEPARATORS, *text) && is_formula(text + 1))
			g_string_append_c(csv->text, '\'');
	}
	g_string_append(csv->text, quote);
}

/* ---- the server's own ---- */

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
