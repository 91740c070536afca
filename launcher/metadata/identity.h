/* identity.h - the instance identity document, signed by the store
 *
 * On EC2 a document says who an instance is, and AWS's signatures prove it to
 * others. Here the store's own pair signs (images/bundlekey.h): whoever has its
 * certificate, `keys/ec2.crt`, can check.
 */
#ifndef QAMI_METADATA_IDENTITY_H
#define QAMI_METADATA_IDENTITY_H

#include "launcher/metadata/facts.h"

/* Writes the document alone; in the arena. */
bool identity_write(const struct facts *facts, struct arena *arena,
		    struct identity *ret_identity, struct error *err)
	must_check;

/* The same with its signatures. The private key is read, used and wiped
 * within the call; a store that has none yet gets one. */
bool identity_sign(struct call *call, const struct facts *facts,
		   struct arena *arena, struct identity *ret_identity,
		   struct error *err) must_check;

#endif
