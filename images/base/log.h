/* log.h - one line on stderr for people who watch; silent by default
 *
 * Nothing here may ever be given user data, secrets or key material.
 */
#ifndef QAMI_BASE_LOG_H
#define QAMI_BASE_LOG_H

enum log_level { LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* The level comes from QAMI_LOG=warning|info|debug, warning by default. */
void log_level_set(enum log_level level);
enum log_level log_level_get(void);

/* Gives what this thread says to somebody else, as a line with its line feed,
 * by a level of its own; NULL: to stderr again. */
void log_divert(void (*to)(void *data, const char *line), void *data,
		enum log_level level);

/* Writes "qami: text" if the level asks for it; control characters and other
 * unprintable bytes come out as \xNN, the line is cut at 512 bytes. */
void log_line(enum log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#define log_warning(...) log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...) log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
