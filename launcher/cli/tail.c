/* tail.c - the last lines of a console, for people */
#include "launcher/cli/tail.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "images/base/auto.h"
#include "images/base/buf.h"
#include "launcher/cli/terminal.h"
#include "launcher/instance/console.h"

#define LINES_SHOWN 10
#define BYTES_LOOKED_AT 8192

/* The end of what was printed since the last start, NUL-terminated and without
 * what else would end a text. */
static void read_end(int fd, char ret_text[BYTES_LOOKED_AT + 1])
{
	off_t start = lseek(fd, 0, SEEK_CUR), end = lseek(fd, 0, SEEK_END);
	off_t from = end - start > BYTES_LOOKED_AT ? end - BYTES_LOOKED_AT :
						     start;
	ssize_t got = pread(fd, ret_text, BYTES_LOOKED_AT, from);
	size_t kept = 0;

	for (ssize_t i = 0; i < got; i++)
		if (ret_text[i] && ret_text[i] != '\r')
			ret_text[kept++] = ret_text[i];
	while (kept && ret_text[kept - 1] == '\n')
		kept--;
	ret_text[kept] = 0;
}

void tail_console(const struct call *call, const char *id)
{
	auto_close int fd = console_open_boot(call, id);
	char text[BYTES_LOOKED_AT + 1];
	char *from;
	auto_buf said = BUF_INIT;
	int lines = 0;

	if (fd < 0)
		return;
	read_end(fd, text);
	from = strchr(text, 0);
	while (from > text && (from[-1] != '\n' || ++lines < LINES_SHOWN))
		from--;
	if (*text)
		buf_printf(&said, "the last lines on the console of %s:\n%s\n",
			   id, from);
	else
		buf_printf(&said, "%s has printed nothing on its console\n",
			   id);
	if (call->say)
		call->say(call->watch_data, buf_text(&said));
	else
		terminal_text(buf_text(&said), stderr);
}
