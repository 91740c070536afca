/* reencrypt.h - copies of snapshots under another key
 *
 * Every block is read, decrypted and written anew, by a job: the copy is
 * pending until then and shows how far it is. It needs nothing of its source
 * afterwards. Meanwhile the copy's row names the source's layer, so that this
 * stays whatever becomes of the source; the journal has the new layer's name,
 * and how much of it is durable, so that a job that was killed goes on there.
 */
#ifndef QAMI_IMAGES_REENCRYPT_H
#define QAMI_IMAGES_REENCRYPT_H

#include <jansson.h>

#include "images/encrypt.h"

/* Writes a copy's row, pending, and the new layer's, within the caller's
 * transaction; what the job needs goes into `copies`, an array. `copy` is the
 * row but for state and key; its layer is the source's. */
bool reencrypt_write(struct call *call, const struct snapshot *copy,
		     struct sealing *sealing, json_t *copies, struct error *err)
	must_check;

/* Leaves the job behind, within the same transaction; `image` (or NULL) is
 * pending until all of them are there. */
bool reencrypt_queue(struct call *call, const json_t *copies, const char *image,
		     struct error *err) must_check;

/* The job. What cannot be copied (a full disk, a key that is gone) becomes a
 * snapshot, and an image, that failed. */
bool reencrypt_job(struct call *call, const struct op *op, usec_t *ret_due,
		   struct error *err) must_check;

#endif
