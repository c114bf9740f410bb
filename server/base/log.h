/* Structured log on stderr: JSON lines, or readable text on a terminal. */
#ifndef TRUNKSHOW_BASE_LOG_H
#define TRUNKSHOW_BASE_LOG_H

enum base_log_level { BASE_LOG_DEBUG, BASE_LOG_INFO, BASE_LOG_WARN, BASE_LOG_ERROR };

/** Choose the least level written and the form. Call before threads start. */
void base_log_init(enum base_log_level least, int as_json);

/** Write one line: event is a fixed word ("listening"), then printf-style key=value detail, cut at 1 KB
 *  and escaped. Never pass secrets. One write(2), so lines of threads do not mix. Thread: any. */
__attribute__((format(printf, 4, 5))) void base_log(enum base_log_level level, const char *part, const char *event,
                                                    const char *format, ...);
#endif
