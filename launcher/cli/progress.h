/* progress.h - what happens, on stderr, for who watches
 *
 *   [ 0.1] i-0abc… started
 *   [ 3.4]  45% [#########           ] 450 MiB of 1.0 GiB
 *
 * Stages are lines that stay; a bar is redrawn at most ten times a second and
 * vanishes with the next stage, as does what is waited for. On anything but a
 * terminal nothing is printed.
 */
#ifndef QAMI_CLI_PROGRESS_H
#define QAMI_CLI_PROGRESS_H

#include "images/base/clock.h"
#include "images/call.h"

struct progress {
	usec_t start; /* monotonic */
	usec_t drawn; /* when the bar was drawn last */
	bool bar;     /* one is on the screen */
	bool color;
	bool silent;
};

/* Lets a call report here; `color` as in struct options. It must be detached
 * before it goes out of scope and before anything else is printed. */
void progress_attach(struct progress *progress, struct call *call, int color);
void progress_detach(struct progress *progress, struct call *call);

/* Says a stage from outside a call. */
void progress_stage(struct progress *progress, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* "1.0 GiB", "312 MiB", "17 B": at most 9 characters. */
#define SIZE_TEXT_SIZE 16
void size_text(uint64_t bytes, char ret_text[SIZE_TEXT_SIZE]);

#endif
