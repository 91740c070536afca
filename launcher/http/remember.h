/* remember.h - what the server remembers of signatures, in memory only
 *
 * Both are a fixed room that threads share; the newest takes the oldest's
 * place.
 */
#ifndef QAMI_HTTP_REMEMBER_H
#define QAMI_HTTP_REMEMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "images/base/clock.h"
#include "images/base/digest.h"

/* Signing keys, which take four HMACs to derive from a secret. `name` is a
 * digest over the secret and all that it was derived for: a key that was made
 * with another secret has another name. */
bool remember_key(const uint8_t name[SHA256_SIZE],
		  uint8_t ret_key[SHA256_SIZE]);
void remember_key_put(const uint8_t name[SHA256_SIZE],
		      const uint8_t key[SHA256_SIZE]);

/* Takes note of a good signature and says how often it came before, within
 * `window` and as far back as there was room. Equal requests of one second
 * have equal signatures, so that this proves nothing, but somebody may ask. */
unsigned remember_signature(const uint8_t signature[SHA256_SIZE], usec_t now,
			    usec_t window);

#endif
