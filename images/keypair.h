/* keypair.h - key pairs: made, imported, found, removed
 *
 * Names are an account's own: another one's pair neither stands in the way nor
 * can be told from one that never was.
 */
#ifndef QAMI_IMAGES_KEYPAIR_H
#define QAMI_IMAGES_KEYPAIR_H

#include "images/image.h"
#include "images/registry/keypair.h"
#include "images/sshkey.h"
#include "images/store.h"

#define KEY_PAIR_OWN "default" /* the caller's own key's name */

/* What a pair will be called. All borrowed. */
struct keypair_request {
	const char *name;
	const struct pair *tags;
	size_t tag_count;
};

/* Makes a pair of type "rsa" or "ed25519" and hands out its private half, which
 * is kept nowhere. Faults: FAULT_INVALID_PARAMETER for a name, of 1 to 255
 * printable ASCII characters without blanks at its ends,
 * FAULT_KEY_PAIR_DUPLICATE, those of tags. */
bool keypair_create(struct call *call, const struct keypair_request *request,
		    const char *type, struct arena *arena,
		    struct key_pair *ret_pair, struct sshkey_secret *ret_secret,
		    struct error *err) must_check;

/* Takes a public key in, in any form of sshkey_read(), with its faults and
 * those of a name. */
bool keypair_import(struct call *call, const struct keypair_request *request,
		    const void *text, size_t size, struct arena *arena,
		    struct key_pair *ret_pair, struct error *err) must_check;

/* The pair of that name; FAULT_KEY_PAIR_NOT_FOUND. */
bool keypair_named(struct call *call, const char *name, struct arena *arena,
		   struct key_pair *ret_pair, struct error *err) must_check;

/* The pair that an instance is launched with: as keypair_named(), but the
 * caller's own key (call.h) stands for a "default" that there is not yet. That
 * one is *ret_new, for keypair_keep() in the transaction of the launch. */
bool keypair_for_launch(struct call *call, const char *name,
			struct arena *arena, struct key_pair *ret_pair,
			bool *ret_new, struct error *err) must_check;

/* Writes the row of a new pair, unless somebody else has just made one of that
 * name, which it becomes then. */
bool keypair_keep(struct call *call, struct key_pair *pair, struct arena *arena,
		  struct error *err) must_check;

/* Removes a pair by its id, or else by its name; instances keep their keys.
 * *ret_id, in the arena, is NULL when there was none of that name, which is
 * EC2's success; an unknown id is FAULT_KEY_PAIR_NOT_FOUND. */
bool keypair_remove(struct call *call, const char *id, const char *name,
		    struct arena *arena, const char **ret_id, struct error *err)
	must_check;

#endif
