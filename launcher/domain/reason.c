/* reason.c - the end of a message, which says why, instead of its beginning */
#include "launcher/domain/reason.h"

#include <string.h>

#define QEMU "qemu-system-"

/* Behind the last "qemu-system-…: ", with which QEMU begins what it has to say;
 * all of the message when it says nothing. */
static const char *skip_name(const char *message)
{
	const char *said = message;

	for (const char *at = message; (at = strstr(at, QEMU)); at++) {
		const char *end = strchr(at, ' ');

		if (end && end[-1] == ':')
			said = end + 1;
	}
	return said;
}

/* Behind an object of JSON; NULL when it does not end. */
static const char *skip_object(const char *at)
{
	unsigned depth = 0;
	bool quoted = false;

	for (; *at; at++) {
		if (quoted && *at == '\\' && at[1])
			at++;
		else if (*at == '"')
			quoted = !quoted;
		else if (!quoted && *at == '{')
			depth++;
		else if (!quoted && *at == '}' && --depth == 0)
			return at + 1;
	}
	return NULL;
}

/* Behind "-option {…}: "; where it was when there is no such thing. */
static const char *skip_option(const char *at)
{
	const char *object = *at == '-' ? strchr(at, ' ') : NULL;
	const char *end = object && object[1] == '{' ? skip_object(object + 1) :
						       NULL;

	return end && strncmp(end, ": ", 2) == 0 ? end + 2 : at;
}

const char *reason_of(const char *message, size_t *ret_size)
{
	const char *reason = skip_option(skip_name(message));
	size_t size = strlen(reason);

	while (size && strchr("\r\n ", reason[size - 1]))
		size--;
	*ret_size = size;
	return reason;
}

bool reason_is_lock(const char *message)
{
	const char *lock = strstr(message, "Failed to get ");

	return lock && strstr(lock, "lock");
}
