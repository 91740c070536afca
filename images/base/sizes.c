/* sizes.c - sizes that people set in the environment */
#include "images/base/sizes.h"

#include <stdlib.h>
#include <string.h>

uint64_t size_setting(const char *variable, uint64_t usual)
{
	const char *text = getenv(variable);
	char *end = NULL;
	double value = text && *text ? strtod(text, &end) : -1;
	static const char units[] = "KMGT";
	const char *unit;

	if (value < 0 || value > 1e15)
		return usual;
	unit = end && *end ? strchr(units, *end & ~0x20) : NULL;
	for (; unit && unit >= units; unit--)
		value *= 1024;
	return value < 1e18 ? (uint64_t)value : usual;
}
