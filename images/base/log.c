/* log.c - the log line */
#include "images/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static _Atomic int level_now = -1;

/* Where this thread's lines go instead. */
static __thread struct {
	void (*to)(void *data, const char *line);
	void *data;
	enum log_level level;
} diverted;

void log_divert(void (*to)(void *data, const char *line), void *data,
		enum log_level level)
{
	diverted.to = to;
	diverted.data = data;
	diverted.level = level;
}

static int level_from_environment(void)
{
	const char *name = getenv("QAMI_LOG");

	if (name && strcmp(name, "debug") == 0)
		return LOG_LEVEL_DEBUG;
	if (name && strcmp(name, "info") == 0)
		return LOG_LEVEL_INFO;
	return LOG_LEVEL_WARNING;
}

void log_level_set(enum log_level level)
{
	level_now = (int)level;
}

enum log_level log_level_get(void)
{
	int level = level_now;

	if (diverted.to)
		return diverted.level;
	if (level < 0)
		level_now = level = level_from_environment();
	return (enum log_level)level;
}

void log_line(enum log_level level, const char *format, ...)
{
	char text[512];
	char line[sizeof(text) * 4 + 16];
	size_t used;
	va_list args;

	if (level > log_level_get())
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	used = (size_t)snprintf(line, sizeof(line), "qami: ");
	for (const unsigned char *c = (const unsigned char *)text; *c; c++)
		if (*c < 0x20 || *c == 0x7f)
			used += (size_t)sprintf(line + used, "\\x%02x", *c);
		else
			line[used++] = (char)*c;
	line[used++] = '\n';
	line[used] = 0;
	if (diverted.to)
		diverted.to(diverted.data, line);
	else if (write(STDERR_FILENO, line, used) < 0)
		return; /* nobody is left to be told */
}
