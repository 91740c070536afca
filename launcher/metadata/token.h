/* token.h - the tokens of a session with the metadata service
 *
 * A token is the time when it ends and what only this process can have made of
 * that and of the instance's id. Nothing is kept: however many a guest asks
 * for, and none outlives the process or serves another instance.
 */
#ifndef QAMI_METADATA_TOKEN_H
#define QAMI_METADATA_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "images/base/digest.h"

#define TOKEN_SIZE 57 /* with the NUL */
#define TOKEN_TTL_MOST 21600

/* Random, for the life of a process. */
struct token_key {
	uint8_t bytes[SHA256_SIZE];
};

/* Reads a time to live of 1 to TOKEN_TTL_MOST seconds: digits alone; NULL is
 * none. */
bool token_ttl(const char *text, int64_t *ret_seconds);

/* Times are seconds of a clock that never jumps. */
void token_make(const struct token_key *key, const char *instance,
		int64_t expires, char ret_token[TOKEN_SIZE]);

/* Whether a text is a token of that instance's; and how many seconds it is
 * good for. How long that takes tells nothing about a wrong one. */
bool token_check(const struct token_key *key, const char *instance,
		 const char *token, int64_t now, int64_t *ret_left);

#endif
