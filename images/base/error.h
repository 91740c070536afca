/* error.h - what went wrong, told once where it was found
 *
 * The caller lends a struct error from its stack, always as last argument and
 * never NULL. A function that can fail returns true or a pointer on success;
 * on failure it has reported exactly once, through fail(), and left its other
 * outputs alone. Callers pass the error up in silence. Only main and the HTTP
 * door print one.
 */
#ifndef QAMI_BASE_ERROR_H
#define QAMI_BASE_ERROR_H

#include <stdbool.h>

enum fault {
#define FAULT(name, code, status) FAULT_##name,
#define FAULT_REASON(name, code, status, reason) FAULT_##name,
#include "images/base/fault.def"
#undef FAULT
#undef FAULT_REASON
	FAULT_COUNT
};

struct error {
	enum fault fault; /* FAULT_NONE until something failed */
	char text[256];
};

#define must_check __attribute__((warn_unused_result))

/* Reports a failure and returns false (or NULL, as `fail_null`). The text is a
 * sentence for the user, without the code. Asserts that nobody reported
 * before; never allocates. */
bool fail(struct error *err, enum fault fault, const char *format, ...)
	__attribute__((format(printf, 3, 4), cold));

/* As fail(FAULT_INTERNAL), with the text of errno behind "what: ". ENOSPC and
 * EDQUOT become FAULT_VOLUME_CAPACITY, so that a full disk says so. */
bool fail_errno(struct error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3), cold));

/* As fail_errno(), for a path of the caller's: one that is not there, of
 * another kind or not to be opened by this user is the caller's mistake,
 * FAULT_INVALID_PARAMETER. */
bool fail_path(struct error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3), cold));

/* Out of memory: one sentence, FAULT_INTERNAL. */
bool fail_memory(struct error *err) __attribute__((cold));

#ifdef __clang_analyzer__ /* sees no body, and would follow their success */
#define fail(...) ((void)(fail)(__VA_ARGS__), false)
#define fail_errno(...) ((void)(fail_errno)(__VA_ARGS__), false)
#define fail_path(...) ((void)(fail_path)(__VA_ARGS__), false)
#define fail_memory(err) ((void)(fail_memory)(err), false)
#endif

/* Puts "prefix: " before a reported text, at most once, at a room's edge. */
void error_prefix(struct error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3), cold));

/* Makes a reported error usable again, when its cause was dealt with. */
void error_clear(struct error *err);

/* The EC2 error code and HTTP status of a fault; static strings. */
const char *fault_code(enum fault fault);
int fault_status(enum fault fault);

/* What an EBS direct client is told beside the code; NULL for most faults. */
const char *fault_reason(enum fault fault);

#endif
