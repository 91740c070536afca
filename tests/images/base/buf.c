/* buf.c - the growing string: growth, zero bytes, handing over, running out */
#include "images/base/buf.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void test_append(void)
{
	auto_buf buf = BUF_INIT;

	assert(strcmp(buf_text(&buf), "") == 0);
	buf_add(&buf, NULL, 0);
	buf_str(&buf, "one");
	buf_char(&buf, ' ');
	buf_add(&buf, "two three", 3);
	buf_printf(&buf, " %d%%", 3);
	assert(strcmp(buf_text(&buf), "one two 3%") == 0);
	assert(buf.size == 10);
	buf_add(&buf, "a\0b", 3);
	assert(buf.size == 13 && memcmp(buf.data + 10, "a\0b", 4) == 0);
	buf_done(&buf);
	assert(buf.size == 0 && strcmp(buf_text(&buf), "") == 0);
	buf_str(&buf, "again");
	assert(strcmp(buf_text(&buf), "again") == 0);
}

/* Every size on both sides of each time that the room grows. */
static void test_growth(void)
{
	auto_buf buf = BUF_INIT;

	for (size_t i = 0; i < 5000; i++) {
		assert(buf.size == i);
		buf_char(&buf, (char)('a' + i % 26));
		assert(buf.data[i + 1] == 0);
	}
	for (size_t i = 0; i < 5000; i++)
		assert(buf.data[i] == (char)('a' + i % 26));
	for (int width = 1; width < 300; width++) {
		auto_buf text = BUF_INIT;

		buf_printf(&text, "%*d", width, 7);
		assert(text.size == (size_t)width);
		assert(strlen(buf_text(&text)) == (size_t)width);
	}
}

static void test_take(void)
{
	struct buf buf = BUF_INIT;
	char *text = buf_take(&buf);

	assert(text && strcmp(text, "") == 0);
	free(text);
	buf_str(&buf, "mine");
	text = buf_take(&buf);
	assert(strcmp(text, "mine") == 0);
	assert(!buf.data && buf.size == 0);
	free(text);
	text = format_text("%s-%d", "x", 7);
	assert(strcmp(text, "x-7") == 0);
	free(text);
}

/* Nothing is appended after memory ran out, and the end tells. */
static void test_broken(void)
{
	struct buf buf = BUF_INIT;

	buf_str(&buf, "half of");
	buf.broken = true;
	buf_str(&buf, " it");
	buf_printf(&buf, "%d", 1);
	assert(buf.size == 7);
	assert(strcmp(buf_text(&buf), "") == 0);
	assert(!buf_take(&buf));
	assert(!buf.broken && !buf.data);
}

int main(void)
{
	test_append();
	test_growth();
	test_take();
	test_broken();
	return 0;
}
