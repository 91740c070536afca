/* freeze-private.h - an operation under way, as its payload says
 *
 * The payload holds everything that the rows will say; the one who began it
 * reads it as the one who recovers it does.
 */
#ifndef QAMI_IMAGES_FREEZE_PRIVATE_H
#define QAMI_IMAGES_FREEZE_PRIVATE_H

#include <jansson.h>

#include "images/freeze.h"

/* One volume on its way. */
struct moving {
	const char *volume;
	const char *snapshot;
	const char *old;      /* the head that is frozen */
	const char *new;      /* the layer over it */
	int64_t bytes;	      /* as a guest sees it */
	int64_t size;	      /* GiB */
	const char *disk_key; /* both layers'; NULL: they are plain */
	const char *kms_key;  /* the volume's */
	bool stays;	      /* QEMU has not moved it on, … */
	bool held;	      /* … but has the new layer open all the same */
};

struct work {
	struct call *call;
	const char *op;
	const char *payload;  /* JSON */
	const char *instance; /* NULL: they are attached to none */
	bool live;
	struct moving *all;
	size_t count;
	bool over;  /* the operation is closed, one way or the other */
	bool ended; /* the machine ended meanwhile: its volumes are idle now */
};

/* What became of the heads of a machine that was told to move on. */
enum heads {
	HEADS_OLD,   /* nothing happened */
	HEADS_NEW,   /* all have moved */
	HEADS_MIXED, /* `stays` says which have not */
	HEADS_GONE,  /* there is no machine to ask */
};

/* The operation's steps in the journal. */
enum step {
	STEP_INTENT,
	STEP_FIRED,
	STEP_PROVED, /* QEMU has moved on: the snapshots are whole */
	STEP_FAILED, /* so it has, but the caller was told of a failure */
};

/* Reads the payload into `work`, whose call and op are set. Its texts are
 * borrowed from the payload. */
bool freeze_read(struct work *work, const json_t *payload, struct arena *arena,
		 struct error *err) must_check;

/* Makes the empty layers over the heads. */
bool freeze_layers(const struct work *work, struct error *err) must_check;

/* Throws them away and ends the operation: nothing has happened. */
bool freeze_undo(struct work *work, struct error *err) must_check;

/* Freezes the heads and writes all rows, in one transaction; the operation is
 * done. `state` is the snapshots'; NULL: there shall be none, the volumes have
 * moved on all the same. */
bool freeze_commit(struct work *work, const char *state, struct error *err)
	must_check;

/* The last step of work under a machine that has moved on, or is gone. What is
 * in the way of the snapshots must not lose the volumes: they move on, and the
 * work is over, although this fails. */
bool freeze_conclude(struct work *work, const char *state, struct error *err)
	must_check;

/* Begins to load what talks to an instance's machine, while turns are waited
 * for and files written. */
bool pivot_expect(struct call *call, const char *instance, struct error *err)
	must_check;

/* Tells the machine to move on. */
bool pivot_fire(struct work *work, struct error *err) must_check;

/* Leaves a job behind that thaws the guest's filesystems, as long as nobody
 * knows that they are. */
void pivot_thaw(const struct work *work);

/* Asks QEMU where the heads are. */
bool pivot_look(struct work *work, enum heads *ret_heads, struct error *err)
	must_check;

/* Whether volumes of an instance have to be moved by QEMU: it has them open.
 * FAULT_INCORRECT_STATE when it is stale. */
bool pivot_needed(struct call *call, const char *instance, bool *ret_needed,
		  struct error *err) must_check;

#endif
