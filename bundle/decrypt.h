/* decrypt.h - a bundle's parts, checked and decrypted, into a queue
 *
 * A part's digest is compared at its end, before the next is read. When the
 * queue's consumer gave up, the part at hand is still read to its end, if that
 * is near: that it is damaged says more than what its damage led to.
 */
#ifndef QAMI_BUNDLE_DECRYPT_H
#define QAMI_BUNDLE_DECRYPT_H

#include "bundle/queue.h"
#include "bundle/unpack.h"

#define DECRYPT_PIECE (256 << 10) /* bytes of the queue's buffers */

/* Ends the queue behind the last part, or stops it on failure. Without an
 * error the consumer had stopped it. */
void decrypt_parts(const struct unpack *unpack, struct queue *to,
		   struct error *err);

/* Whether somebody wants the unpacking to stop, which is then the error. */
bool unpack_cancelled(const struct unpack *unpack, struct error *err)
	must_check;

#endif
