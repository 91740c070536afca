/* utf8.c - the length of a character, if it is one */
#include "launcher/action/utf8.h"

size_t utf8_size(const char *text)
{
	const unsigned char *c = (const unsigned char *)text;
	size_t size = *c < 0x80 ? 1 : 0;

	if (*c >= 0xc2 && *c <= 0xdf)
		size = 2;
	else if (*c >= 0xe0 && *c <= 0xef)
		size = 3;
	else if (*c >= 0xf0 && *c <= 0xf4)
		size = 4;
	for (size_t i = 1; i < size; i++)
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	if ((*c == 0xe0 && c[1] < 0xa0) || (*c == 0xed && c[1] > 0x9f) ||
	    (*c == 0xf0 && c[1] < 0x90) || (*c == 0xf4 && c[1] > 0x8f))
		return 0;
	return size;
}
