/* line.h - the server's log: one line of JSON on stderr for each request
 *
 * What clients chose is cut at 256 bytes and escaped, and no line holds what a
 * query's or a form's values say: those may be secrets.
 */
#ifndef QAMI_HTTP_LINE_H
#define QAMI_HTTP_LINE_H

#include "launcher/http/exchange.h"

/* A request that was answered, or whose client went (`status` 0). `sent` bytes
 * of its body went out, `took` microseconds after it began. */
void line_request(const struct exchange *exchange, const char *remote,
		  uint64_t sent, usec_t took);

/* What never became a request: its status and what was wrong. */
void line_malformed(const char *remote, unsigned status, const char *text);

#endif
