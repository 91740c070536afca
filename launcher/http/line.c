/* line.c - the server's log: one line of JSON on stderr for each request */
#include "launcher/http/line.h"

#include <string.h>
#include <unistd.h>

#define FIELD_MOST 256

/* Adds a text as JSON has it; bytes that are no ASCII come out as Latin-1, so
 * that a line is one whatever was sent. */
static void add_text(struct buf *line, const char *name, const char *text)
{
	size_t start;

	buf_printf(line, ",\"%s\":", name);
	if (!text) {
		buf_str(line, "null");
		return;
	}
	buf_char(line, '"');
	start = line->size;
	for (; *text && line->size - start < FIELD_MOST; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			buf_printf(line, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			buf_printf(line, "\\u%04x", c);
		else
			buf_char(line, (char)c);
	}
	buf_char(line, '"');
}

static void begin(struct buf *line)
{
	char now[TIME_SIZE];

	time_format(clock_wall(), now);
	buf_printf(line, "{\"time\":\"%s\"", now);
}

/* One write: lines of several threads never mix. */
static void end(struct buf *line)
{
	buf_str(line, "}\n");
	if (!line->broken)
		(void)!write(STDERR_FILENO, line->data, line->size);
}

void line_request(const struct exchange *exchange, const char *remote,
		  uint64_t sent, usec_t took)
{
	auto_buf line = BUF_INIT;

	begin(&line);
	add_text(&line, "id", exchange->id);
	add_text(&line, "remote", remote);
	add_text(&line, "method", *exchange->method ? exchange->method : NULL);
	add_text(&line, "path", exchange->path);
	add_text(&line, "service", exchange->service);
	add_text(&line, "action", exchange->action);
	add_text(&line, "account",
		 *exchange->account ? exchange->account : NULL);
	add_text(&line, "key", exchange->access_key);
	if (exchange->repeated)
		buf_printf(&line, ",\"repeated\":%u", exchange->repeated);
	buf_printf(&line, ",\"status\":%u", exchange->status);
	add_text(&line, "code", exchange->code);
	if (exchange->detail)
		add_text(&line, "detail", exchange->detail);
	buf_printf(&line, ",\"in\":%llu,\"out\":%llu,\"ms\":%llu.%03llu",
		   (unsigned long long)exchange->body_size,
		   (unsigned long long)sent, (unsigned long long)took / 1000,
		   (unsigned long long)took % 1000);
	end(&line);
}

void line_malformed(const char *remote, unsigned status, const char *text)
{
	auto_buf line = BUF_INIT;

	begin(&line);
	add_text(&line, "remote", remote);
	buf_printf(&line, ",\"status\":%u", status);
	add_text(&line, "malformed", text);
	end(&line);
}
