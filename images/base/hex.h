/* hex.h - bytes as hexadecimal digits and back */
#ifndef QAMI_BASE_HEX_H
#define QAMI_BASE_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writes two lower-case digits for each byte, and a NUL. */
void hex_write(const void *data, size_t size, char *ret_text);

/* What a digit of either case is worth, or -1. */
int hex_value(char digit);

/* Whether a text is nothing but digits, and at least one. */
bool hex_ok(const char *text);

/* Reads a text's digits into the last bytes of `size`, with zeros before them;
 * false when it is none or does not fit. */
bool hex_read(const char *text, void *ret_data, size_t size);

#endif
