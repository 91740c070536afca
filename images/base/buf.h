/* buf.h - a growing string
 *
 * Appending never fails at the call: a buffer that ran out of memory stays
 * "broken" and buf_take() returns NULL, so that a text is checked once.
 */
#ifndef QAMI_BASE_BUF_H
#define QAMI_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data; /* NUL-terminated once anything was appended */
	size_t size;
	size_t room;
	bool broken;
};

#define BUF_INIT                  \
	{                         \
		NULL, 0, 0, false \
	}

void buf_add(struct buf *buf, const void *data, size_t size);
void buf_str(struct buf *buf, const char *text);
void buf_char(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *buf, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

/* The text so far, "" when empty or broken; valid until the next append. */
const char *buf_text(const struct buf *buf);

/* Hands over the text (caller frees) and leaves the buffer empty; NULL when
 * memory ran out. */
char *buf_take(struct buf *buf);

/* Frees the text; the buffer may be used again. */
void buf_done(struct buf *buf);

#define auto_buf __attribute__((cleanup(buf_done))) struct buf

/* A fresh string from a format; NULL when memory ran out. Caller frees. */
char *format_text(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

#endif
