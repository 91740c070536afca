/* upload.h - snapshots that a client writes block by block: EBS direct's other
 * half
 *
 *   pending    its layer is active; blocks may be put, in any order, again and
 *              from several processes at once: each takes the snapshot's turn
 *   completed  the layer is frozen, like any snapshot's
 *   error      it was not completed in time: it has no layer any more
 *
 * A block that was acknowledged is durable, with its digest in the registry.
 * One that was cut short has none, and the snapshot cannot be completed before
 * it is put again. Each block that is put starts the timeout anew.
 */
#ifndef QAMI_IMAGES_UPLOAD_H
#define QAMI_IMAGES_UPLOAD_H

#include "images/base/digest.h"
#include "images/base/id.h"
#include "images/encrypt.h"
#include "images/image.h"

struct upload_request {
	int64_t size;	    /* GiB */
	const char *parent; /* what it starts from, or NULL: zeros */
	struct encryption encryption;
	const char *description;
	int64_t timeout; /* minutes */
	const struct pair *tags;
	size_t tag_count;
};

/* Begins a pending snapshot. With a client token that was used before, the one
 * that was begun then. */
bool upload_start(struct call *call, const struct upload_request *request,
		  char ret_id[ID_SIZE], struct error *err) must_check;

/* Writes a block of BLOCK_SIZE bytes, which have that SHA-256
 * (FAULT_EBS_BLOCK else). */
bool upload_put(struct call *call, const char *id, uint64_t block,
		const void *data, size_t size,
		const uint8_t digest[SHA256_SIZE], struct error *err)
	must_check;

/* Completes a snapshot in which `count` blocks were written. `checksum`, unless
 * NULL, is the SHA-256 of their SHA-256s, one after the other in the order of
 * the blocks. Completing it again is no error. */
bool upload_finish(struct call *call, const char *id, uint64_t count,
		   const uint8_t checksum[SHA256_SIZE], struct error *err)
	must_check;

/* Gives up the pending snapshots whose time is over. */
bool uploads_expire(struct call *call, struct error *err) must_check;

/* What is left of a StartSnapshot or CompleteSnapshot whose process died. */
bool upload_start_recover(struct call *call, const struct op *op,
			  struct error *err) must_check;
bool upload_finish_recover(struct call *call, const struct op *op,
			   struct error *err) must_check;

#endif
