/* boot.h - how far a guest has booted
 *
 * Read off what it prints and asks for anyway: no guest needs to know about
 * it, and one that hangs has said where.
 */
#ifndef QAMI_INSTANCE_BOOT_H
#define QAMI_INSTANCE_BOOT_H

#include "images/authorise.h"
#include "launcher/instance/access.h"
#include "launcher/instance/banner.h"
#include "launcher/instance/lines.h"

/* What one may wait for; a stage may be on the way to several. */
enum goal {
	GOAL_BOOTED = 1, /* a login prompt, or cloud-init has finished */
	GOAL_SSH = 2,	 /* its SSH server answers, and its keys are known */
};

#define BOOT_STAGES 10

/* What is watched of a guest since its last start. */
struct boot {
	struct call *call;
	const char *id;
	const struct access *access; /* borrowed; NULL: no port is tried */
	usec_t since;		     /* when it was started */
	struct lines console;
	struct lines metadata;
	struct banner banner;
	bool passed[BOOT_STAGES];
	bool any;
	bool knows_host;     /* its keys were printed at an earlier start */
	const char *reached; /* the last stage that came */
};

/* Begins to watch; closes with boot_done(), also after a failure. */
bool boot_begin(struct boot *boot, struct call *call, const char *id,
		const struct access *access, struct error *err) must_check;
void boot_done(struct boot *boot);

/* Looks for what is new, without waiting, and tells stages to the call's
 * watcher; that SSH is ready is the caller's to say. */
bool boot_look(struct boot *boot, struct error *err) must_check;

bool boot_reached(const struct boot *boot, enum goal goal);

/* Of the stages on the way to a goal that was not reached, the next one that
 * has not come. */
const char *boot_missing(const struct boot *boot, enum goal goal);

#endif
