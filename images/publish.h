/* publish.h - snapshots and images that are put into a region of objects
 *
 * Only there: another store copies what it wants by itself. What is published
 * is the caller's own and completed. Of its blocks those are put that the
 * region lacks; where they are known by their digests the others are not even
 * read. Nothing is seen of it there before all of it is, and who was
 * interrupted begins again with what had arrived.
 *
 * It has an id of the region's own, the same each time: who publishes something
 * again says anew who may have it, and puts back what was lost there.
 *
 * Who may copy it: the accounts that it is shared with here now; of what is
 * encrypted here nobody else, as the key that was lent to them stays behind.
 * What was encrypted here is encrypted wherever it is copied to.
 */
#ifndef QAMI_IMAGES_PUBLISH_H
#define QAMI_IMAGES_PUBLISH_H

#include "images/depotrecord.h"

struct publish_told {
	uint64_t blocks; /* that are not zeros */
	uint64_t put;	 /* of these */
	uint64_t bytes;	 /* that they take there */
};

/* Publishes a snapshot, or an image with its snapshots; told by call->progress.
 * FAULT_INVALID_PARAMETER for a region that is no bucket; *_NOT_FOUND,
 * FAULT_AUTH_FAILURE for what is not the caller's, FAULT_INCORRECT_STATE,
 * FAULT_IMAGE_UNAVAILABLE, FAULT_UNSUPPORTED for an image that stands on more
 * than snapshots, those of encrypt_may_open(); FAULT_UNAVAILABLE while blocks
 * are collected there, or its own are still on their way here. */
bool region_publish(struct call *call, const char *region, const char *id,
		    char ret_id[ID_SIZE], struct publish_told *ret_told,
		    struct error *err) must_check;

/* Calls `each` for what the caller may copy from there, `bad` for what is
 * damaged; `bad` says whether to go on. */
bool region_contents(struct call *call, const char *region,
		     bool (*each)(void *data, const struct depot_item *item,
				  struct error *err),
		     bool (*bad)(void *data, const char *id, const char *why),
		     void *data, struct error *err) must_check;

/* Takes a snapshot or image of the caller's away; its blocks stay until they
 * are collected. FAULT_SNAPSHOT_IN_USE for one that an image there stands on.
 * `force` asks nothing: also what is damaged goes, and what is another's. */
bool region_withdraw(struct call *call, const char *region, const char *id,
		     bool force, struct error *err) must_check;

/* Removes what nothing names any more; `lasts` as depot_collect() has it. */
bool region_collect(struct call *call, const char *region, usec_t lasts,
		    struct depot_collected *ret_collected, struct error *err)
	must_check;

#endif
