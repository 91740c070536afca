/* lines.c - the lines of a file that somebody else is still writing */
#include "launcher/instance/lines.h"

#include <errno.h>

#include "images/base/file.h"

static void end_line(struct lines *lines,
		     void (*line)(void *data, const char *text, bool whole),
		     void *data)
{
	lines->line[lines->size] = 0;
	if (lines->size)
		line(data, lines->line, !lines->cut);
	lines->size = 0;
	lines->cut = false;
}

bool lines_read(struct lines *lines, bool prompts,
		void (*line)(void *data, const char *text, bool whole),
		void *data, struct error *err)
{
	char bytes[16384];
	ssize_t got;

	while ((got = file_read_data(lines->fd, bytes, sizeof(bytes))) > 0)
		for (ssize_t i = 0; i < got; i++) {
			if (bytes[i] == '\n' || bytes[i] == '\r')
				end_line(lines, line, data);
			else if (lines->size == LINE_MOST - 1)
				lines->cut = true;
			else if (bytes[i])
				lines->line[lines->size++] = bytes[i];
		}
	if (got < 0 && errno != EINTR)
		return fail_errno(err, "cannot read what a guest has printed");
	lines->line[lines->size] = 0;
	if (prompts && lines->size)
		line(data, lines->line, false);
	return true;
}
