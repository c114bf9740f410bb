/* Tables for spreadsheets: RFC 4180 in UTF-8. Thread: any. */
#ifndef TRUNKSHOW_API_CSV_H
#define TRUNKSHOW_API_CSV_H

#include "api/core.h"

struct api_csv {
	GString *text;
	bool in_row;
};

/** Begin a table with its columns, separated by commas. It begins with a byte order mark: without one spreadsheets take
 * UTF-8 for something else. */
void api_csv_begin(struct api_csv *csv, const char *columns);
/** A cell of somebody's words. What a spreadsheet, in whatever language, would take for a formula gets an apostrophe in
 * front, also behind what separates cells elsewhere. */
void api_csv_text(struct api_csv *csv, const char *text);
/** A cell that the server itself wrote: numbers, ids, times; no quotes needed. */
void api_csv_own(struct api_csv *csv, const char *text);
void api_csv_int(struct api_csv *csv, int64_t value);
/** As 12.50; the currency decides how many decimals. */
void api_csv_money(struct api_csv *csv, int64_t amount, const char *currency);
/** RFC 3339; empty for 0. */
void api_csv_time(struct api_csv *csv, int64_t ms);
void api_csv_end_row(struct api_csv *csv);
void api_csv_clear(struct api_csv *csv);
/** End the call with the table as a file of that name. */
void api_csv_answer(struct api_call *call, const char *name, const struct api_csv *csv);
#endif
