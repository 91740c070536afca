/* volume.h - the life of volumes */
#ifndef QAMI_IMAGES_VOLUME_H
#define QAMI_IMAGES_VOLUME_H

#include "images/authorise.h"
#include "images/encrypt.h"
#include "images/image.h"

#define GIB (1024LL * 1024 * 1024)

/* What a guest sees as a volume's serial: its id without the '-', as Nitro
 * shows it. */
#define VOLUME_SERIAL_SIZE 24
void volume_serial(const char *id, char ret_serial[VOLUME_SERIAL_SIZE]);

/* The rows of a new volume over a snapshot's layer ("": empty): a fresh
 * active layer, encrypted as was decided, and the volume in state "creating";
 * its key is the sealing's. FAULT_INCORRECT_STATE by
 * snapshot_ready_below(). Within the caller's transaction; nothing is on the
 * disk yet. The name of the layer is in volume->layer. */
bool volume_write(struct call *call, const struct volume *volume,
		  struct sealing *sealing, struct error *err) must_check;

/* Makes the file of a volume whose rows are there; durable when it returns.
 * One that is there already is left as it is. */
bool volume_make(struct call *call, const char *id, struct error *err)
	must_check;

/* The rate at which a volume from a snapshot is to be filled, MiB/s: 0, or
 * within EC2's bounds; FAULT_INVALID_PARAMETER. */
bool volume_rate_check(int64_t rate, struct error *err) must_check;

/* What CreateVolume says. All borrowed; NULL and 0 where nothing was said. */
struct volume_request {
	const char *zone;
	const char *snapshot;
	int64_t size; /* GiB */
	const char *type;
	int64_t iops;
	int64_t throughput;
	int64_t initialization_rate; /* MiB/s; 0: none */
	struct encryption encryption;
	const struct pair *tags;
	size_t tag_count;
};

/* Makes a volume, empty or from a snapshot that the caller may see; it is
 * available when this returns. ret_id names it, an earlier one when the client
 * token was used before. Nothing is left behind by a failure. Faults:
 * MISSING_PARAMETER (no zone, neither size nor snapshot), INVALID_ZONE,
 * SNAPSHOT_NOT_FOUND, INCORRECT_STATE by snapshot_ready_below(),
 * those of volume_check() and encrypt_plan(), VOLUME_CAPACITY. */
bool volume_create(struct call *call, const struct volume_request *request,
		   char ret_id[ID_SIZE], struct error *err) must_check;

/* Finishes or undoes a creation whose process died. */
bool volume_create_recover(struct call *call, const struct op *op,
			   struct error *err) must_check;

/* Deletes a volume that is attached to nothing: FAULT_VOLUME_IN_USE
 * otherwise. */
bool volume_remove(struct call *call, const char *id, struct error *err)
	must_check;

/* Forgets a volume, its attachment and tags, and dooms its layer; within the
 * caller's transaction. */
bool volume_drop(struct call *call, const char *id, struct error *err)
	must_check;

#endif
