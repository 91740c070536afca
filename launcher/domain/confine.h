/* confine.h - work with libguestfs on a disk that nobody trusts (private to
 * this room's module for libguestfs) */
#ifndef QAMI_DOMAIN_CONFINE_H
#define QAMI_DOMAIN_CONFINE_H

#include <guestfs.h>
#include <stdint.h>

#include "images/base/buf.h"
#include "images/base/error.h"

#define CONFINED_OUT 3 /* where the work writes what it has to say */

struct confined {
	/* Done by a child without rights; ends it by returning. */
	void (*work)(void *data, int out);
	/* Called here with all that was said so far; may be NULL. */
	void (*heard)(void *data, const char *text);
	void *data;
	/* What the child and its own may take of processors; on the clock it
	 * may take five times that, since a busy host is no fault of theirs. */
	unsigned cpu_seconds;
	uint64_t file_bytes; /* RLIMIT_FSIZE */
};

/* Has a child work, and appends what it says; *ret_in_time is false when it
 * had to be ended. */
bool confine_run(const struct confined *confined, struct buf *ret_text,
		 bool *ret_in_time, struct error *err) must_check;

/* A fresh directory for what libguestfs writes; caller frees. NULL with err
 * reported. */
char *confine_place(struct error *err);

/* Removes such a directory: libguestfs cleans up after itself, but not when it
 * was killed. */
void confine_clean(const char *place);

/* Makes a file the child's to write, or takes it back. */
bool confine_lend(const char *path, bool lent, struct error *err) must_check;

/* In the child: a handle that is ready for drives; NULL when there is none. */
guestfs_h *confine_guestfs(const char *place);

/* Reports what libguestfs had to say; returns false. */
bool confine_failed(const char *said, const char *what, struct error *err);
#ifdef __clang_analyzer__ /* as in images/base/error.h */
#define confine_failed(...) ((void)(confine_failed)(__VA_ARGS__), false)
#endif

#endif
