/* limit.h - how large a request's body may be */
#ifndef QAMI_HTTP_LIMIT_H
#define QAMI_HTTP_LIMIT_H

#include "launcher/http/exchange.h"

#define LIMIT_BODY (2 << 20)	  /* of most requests */
#define LIMIT_OBJECT (5ULL << 30) /* of an object that is put */

/* How many bytes a request may have, as far as its head tells: what puts an
 * object, and says that it is signed for that, may bring more than the rest. */
uint64_t limit_body(const struct exchange *exchange);

/* Whether the store has room for a body of so many bytes beside those that are
 * on their way, and half of what is free left. From then on they are on their
 * way, until limit_release(). */
bool limit_reserve(const char *store, uint64_t size);
void limit_release(uint64_t size);

#endif
