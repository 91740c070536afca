/* hex.c - bytes as hexadecimal digits and back */
#include "images/base/hex.h"

#include <string.h>

void hex_write(const void *data, size_t size, char *ret_text)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *bytes = data;

	for (size_t i = 0; i < size; i++) {
		*ret_text++ = digits[bytes[i] >> 4];
		*ret_text++ = digits[bytes[i] & 15];
	}
	*ret_text = 0;
}

int hex_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

bool hex_ok(const char *text)
{
	if (!*text)
		return false;
	for (; *text; text++)
		if (hex_value(*text) < 0)
			return false;
	return true;
}

bool hex_read(const char *text, void *ret_data, size_t size)
{
	uint8_t *bytes = ret_data;
	size_t digits = strlen(text);

	if (!hex_ok(text) || digits > 2 * size)
		return false;
	memset(bytes, 0, size);
	for (size_t i = 0; i < digits; i++) {
		size_t place = digits - 1 - i; /* from the right */

		bytes[size - 1 - place / 2] |=
			(uint8_t)((unsigned)hex_value(text[i])
				  << (place % 2 ? 4 : 0));
	}
	return true;
}
