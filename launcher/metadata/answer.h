/* answer.h - from a request and an instance's facts to an HTTP answer
 *
 * Pure: EC2's rules on methods, tokens and statuses, and nothing else.
 */
#ifndef QAMI_METADATA_ANSWER_H
#define QAMI_METADATA_ANSWER_H

#include "images/base/buf.h"
#include "launcher/metadata/facts.h"
#include "launcher/metadata/request.h"
#include "launcher/metadata/token.h"
#include "launcher/metadata/content.h"

struct answer {
	unsigned status;
	struct content content; /* of 200; others have a page that says so */
	int64_t token_ttl; /* seconds that the token is good for; 0: none */
	char token[TOKEN_SIZE];
};

/* The answer to a whole request; `now` is in seconds of a clock that never
 * jumps. Its content lives as long as the arena, the facts and itself. */
bool answer_request(const struct facts *facts, const struct token_key *key,
		    const struct request *request, int64_t now,
		    struct arena *arena, struct answer *ret_answer,
		    struct error *err) must_check;

/* Appends the answer as bytes to be sent. `request` NULL: there was none that
 * could be understood, and no other one will be. */
void answer_write(const struct answer *answer, const struct request *request,
		  usec_t now, struct buf *into);

#endif
