/* buf.c - a growing string */
#include "images/base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Makes room for `more` bytes and the NUL; false leaves the buffer broken. */
static bool buf_grow(struct buf *buf, size_t more)
{
	size_t need = buf->size + more + 1;
	size_t room = buf->room ? buf->room : 64;
	char *data;

	if (need <= buf->room && !buf->broken)
		return true;
	if (buf->broken)
		return false;
	while (room < need)
		room *= 2;
	data = realloc(buf->data, room);
	if (!data) {
		buf->broken = true;
		return false;
	}
	buf->data = data;
	buf->room = room;
	return true;
}

void buf_add(struct buf *buf, const void *data, size_t size)
{
	if (!buf_grow(buf, size))
		return;
	if (size)
		memcpy(buf->data + buf->size, data, size);
	buf->size += size;
	buf->data[buf->size] = 0;
}

void buf_str(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void buf_char(struct buf *buf, char c)
{
	buf_add(buf, &c, 1);
}

void buf_vprintf(struct buf *buf, const char *format, va_list args)
{
	va_list again;
	int size;

	va_copy(again, args);
	size = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (size < 0 || !buf_grow(buf, (size_t)size))
		return;
	vsnprintf(buf->data + buf->size, (size_t)size + 1, format, args);
	buf->size += (size_t)size;
}

void buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	buf_vprintf(buf, format, args);
	va_end(args);
}

const char *buf_text(const struct buf *buf)
{
	return buf->data && !buf->broken ? buf->data : "";
}

char *buf_take(struct buf *buf)
{
	char *data;

	buf_add(buf, "", 0);
	if (buf->broken) {
		buf_done(buf);
		return NULL;
	}
	data = buf->data;
	*buf = (struct buf)BUF_INIT;
	return data;
}

void buf_done(struct buf *buf)
{
	free(buf->data);
	*buf = (struct buf)BUF_INIT;
}

char *format_text(const char *format, ...)
{
	struct buf buf = BUF_INIT;
	va_list args;

	va_start(args, format);
	buf_vprintf(&buf, format, args);
	va_end(args);
	return buf_take(&buf);
}
