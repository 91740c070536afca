/* stream.h - an answer that is said bit by bit, while the work goes on */
#ifndef QAMI_HTTP_STREAM_H
#define QAMI_HTTP_STREAM_H

#include "launcher/http/exchange.h"

/* Sends the head of an answer without a length, status 200. Sets `streamed`:
 * what is left is stream_say(). False when the client is gone. */
bool stream_begin(struct exchange *exchange, const char *type);

/* Sends some bytes now; waits while the client is slow. False when it is gone;
 * the work goes on. */
bool stream_say(struct exchange *exchange, const void *data, size_t size);

#endif
