/* seal.h - numbers that clients hand back, and cannot have made up
 *
 * Block tokens and the tokens of pages: a number, when it ends to be valid and
 * a MAC under a key of the store's over both and over what it is about. Nothing
 * has to be remembered for them.
 */
#ifndef QAMI_IMAGES_SEAL_H
#define QAMI_IMAGES_SEAL_H

#include "images/base/digest.h"
#include "images/store.h"

#define SEAL_SIZE 49 /* of a token, with its NUL */

struct seal {
	uint8_t key[SHA256_SIZE];
};

/* Reads the store's key, making it when there is none yet. */
bool seal_open(const struct call *call, struct seal *ret_seal,
	       struct error *err) must_check;

/* Seals a number. `about` (at most 200 bytes) is what it stands for: only who
 * gives the same opens it. `expires` is cut to whole seconds. */
void seal_close(const struct seal *seal, uint64_t number, usec_t expires,
		const char *about, char ret_token[SEAL_SIZE]);

/* Whether it was sealed here, about the same, and is still valid at `now`;
 * then the number. */
bool seal_check(const struct seal *seal, const char *token, usec_t now,
		const char *about, uint64_t *ret_number);

#endif
