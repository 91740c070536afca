/* hex.c - digits of both cases, short texts, and what are none */
#include "images/base/hex.h"

#include <assert.h>
#include <string.h>

int main(void)
{
	static const uint8_t bytes[] = { 0x00, 0x1f, 0xa0, 0xff };
	char text[9];
	uint8_t got[4];

	hex_write(bytes, sizeof(bytes), text);
	assert(strcmp(text, "001fa0ff") == 0);
	hex_write(bytes, 0, text);
	assert(strcmp(text, "") == 0);

	assert(hex_read("001FA0fF", got, 4) && memcmp(got, bytes, 4) == 0);
	assert(hex_read("1fa0ff", got, 4) && memcmp(got, bytes, 4) == 0);
	assert(hex_read("7", got, 4) && memcmp(got, "\0\0\0\7", 4) == 0);
	assert(hex_read("789", got, 2) && memcmp(got, "\x07\x89", 2) == 0);
	assert(!hex_read("", got, 4));
	assert(!hex_read("001fa0ff0", got, 4));
	assert(!hex_read("0x1f", got, 4));
	assert(!hex_read("1f ", got, 4));
	assert(!hex_read("-1", got, 4));

	assert(hex_ok("0aF") && !hex_ok("") && !hex_ok("0g") && !hex_ok("/:"));
	assert(hex_value('@') < 0 && hex_value('`') < 0 && hex_value(0) < 0);
	return 0;
}
