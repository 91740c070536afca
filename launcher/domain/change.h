/* change.h - a change to a running machine's disks, and who carries it out
 *
 * Private to this room. Under a daemon the caller carries it out himself, under
 * the embedded driver the driver's process does: so a change can be written as
 * a text. None waits for a guest, or longer than a moment for a copy: see
 * disks.c for who does.
 */
#ifndef QAMI_DOMAIN_CHANGE_H
#define QAMI_DOMAIN_CHANGE_H

#include "images/base/arena.h"
#include "launcher/domain/connect.h"
#include "launcher/domain/secret.h"
#include "launcher/domain/view.h"

enum change_kind {
	CHANGE_NOTHING, /* lets libvirt notice what happened without it */
	CHANGE_PIVOT,
	CHANGE_THAW,
	CHANGE_ATTACH,
	CHANGE_DETACH, /* asks the guest, if the disk is there */
	CHANGE_THROTTLE,
	CHANGE_RESIZE,
	CHANGE_SHORTEN, /* begins the copy, if there is something to do */
	CHANGE_CEASE,	/* ends it before it is complete, if one runs */
	CHANGE_KINDS
};

/* What each needs; the rest is zero. Everything is borrowed. */
struct change {
	enum change_kind kind;
	const char *uuid;
	const char *serial; /* all but NOTHING, PIVOT, ATTACH */
	const struct machine_pivot *pivots;
	size_t pivot_count;
	bool quiesce; /* PIVOT */
	const struct machine_disk *disk;
	const struct machine_throttle *throttle;
	uint64_t bytes;	  /* RESIZE */
	const char *base; /* SHORTEN, CEASE */
};

/* Adds what opens the files that a change brings. */
void change_secrets(const struct change *change, struct secrets *secrets);

/* As JSON; caller frees. NULL when memory ran out. Of secrets it has the names
 * alone. */
char *change_text(const struct change *change);

/* The other way round; everything in the arena. NULL with a report for
 * anything that change_text() does not write. */
const struct change *change_parse(const char *text, struct arena *arena,
				  struct error *err) must_check;

/* Carries it out on a running domain, and proves it by QMP. *ret_done: PIVOT
 * and THAW: the guest's filesystems are surely not frozen; DETACH, SHORTEN and
 * CEASE: the disk is gone, or stands on its base; true otherwise.
 * FAULT_INCORRECT_STATE when libvirt and QEMU disagree: then nothing was done.
 * A libvirt that has just been `woken` is waited for first. */
bool change_do(virDomainPtr domain, const struct change *change, bool woken,
	       bool *ret_done, struct error *err) must_check;

#endif
