/* error.c - struct error and the table of faults */
#include "images/base/error.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#undef fail /* what error.h tells clang's analyzer */
#undef fail_errno
#undef fail_path
#undef fail_memory

static const struct {
	const char *code;
	int status;
	const char *reason;
} faults[] = {
#define FAULT(name, text, number) FAULT_REASON(name, text, number, NULL)
#define FAULT_REASON(name, text, number, why) \
	[FAULT_##name] = { text, number, why },
#include "images/base/fault.def"
#undef FAULT
#undef FAULT_REASON
};

_Static_assert(sizeof(faults) / sizeof(faults[0]) == FAULT_COUNT,
	       "every fault has its row");

__attribute__((format(printf, 3, 0))) static void report(struct error *err,
							 enum fault fault,
							 const char *format,
							 va_list args)
{
	assert(err && err->fault == FAULT_NONE && fault != FAULT_NONE);
	err->fault = fault;
	vsnprintf(err->text, sizeof(err->text), format, args);
}

bool fail(struct error *err, enum fault fault, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	report(err, fault, format, args);
	va_end(args);
	return false;
}

__attribute__((format(printf, 4, 0))) static bool report_errno(
	struct error *err, enum fault fault, int number, const char *format,
	va_list args)
{
	size_t used;

	report(err,
	       number == ENOSPC || number == EDQUOT ? FAULT_VOLUME_CAPACITY :
						      fault,
	       format, args);
	used = strlen(err->text);
	snprintf(err->text + used, sizeof(err->text) - used, ": %s",
		 strerror(number));
	return false;
}

bool fail_errno(struct error *err, const char *format, ...)
{
	int saved = errno;
	va_list args;

	va_start(args, format);
	report_errno(err, FAULT_INTERNAL, saved, format, args);
	va_end(args);
	return false;
}

static bool is_callers(int number)
{
	return number == ENOENT || number == ENOTDIR || number == EISDIR ||
	       number == EACCES || number == EPERM || number == EROFS ||
	       number == ELOOP || number == ENAMETOOLONG || number == ENXIO;
}

bool fail_path(struct error *err, const char *format, ...)
{
	int saved = errno;
	va_list args;

	va_start(args, format);
	report_errno(err,
		     is_callers(saved) ? FAULT_INVALID_PARAMETER :
					 FAULT_INTERNAL,
		     saved, format, args);
	va_end(args);
	return false;
}

bool fail_memory(struct error *err)
{
	return fail(err, FAULT_INTERNAL, "out of memory");
}

void error_prefix(struct error *err, const char *format, ...)
{
	char text[2 * sizeof(err->text)];
	va_list args;
	int used;

	assert(err->fault != FAULT_NONE);
	va_start(args, format);
	used = vsnprintf(text, sizeof(err->text), format, args);
	va_end(args);
	if (used < 0 || (size_t)used >= sizeof(err->text))
		return;
	snprintf(text + used, sizeof(text) - (size_t)used, ": %s", err->text);
	text[sizeof(err->text) - 1] = 0;
	memcpy(err->text, text, sizeof(err->text));
}

void error_clear(struct error *err)
{
	err->fault = FAULT_NONE;
	err->text[0] = 0;
}

const char *fault_code(enum fault fault)
{
	return faults[fault].code;
}

int fault_status(enum fault fault)
{
	return faults[fault].status;
}

const char *fault_reason(enum fault fault)
{
	return faults[fault].reason;
}
