/* stream-private.h - streams, as the server sees them */
#ifndef QAMI_HTTP_STREAM_PRIVATE_H
#define QAMI_HTTP_STREAM_PRIVATE_H

#include "launcher/http/request.h"
#include "launcher/http/stream.h"

/* A stream that has not begun; NULL: no memory. */
struct stream *stream_new(struct request *request);
void stream_free(struct stream *stream);

/* The worker has said all. */
void stream_end(struct stream *stream);

/* The client is gone: nobody hears what is said from now on. */
void stream_cut(struct stream *stream);

#endif
