/* lines.h - the lines of a file that somebody else is still writing */
#ifndef QAMI_INSTANCE_LINES_H
#define QAMI_INSTANCE_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "images/base/error.h"

/* Room for the longest line that means anything here, a host key of 16384
 * bits. Of longer ones the beginning is seen. */
#define LINE_MOST 4096

/* A reader that remembers the line at hand. Zeroed, but for its descriptor. */
struct lines {
	int fd; /* borrowed */
	char line[LINE_MOST];
	size_t size;
	bool cut; /* the line at hand is longer than that */
};

/* Calls `line` for each line that is new, without its end, which is a line
 * feed, a carriage return or both. A prompt has none: with `prompts` what
 * stands behind the last end is told as well, and again when it has grown.
 * `whole` says whether it was told from its beginning to its end. NUL
 * characters are left out. */
bool lines_read(struct lines *lines, bool prompts,
		void (*line)(void *data, const char *text, bool whole),
		void *data, struct error *err) must_check;

#endif
