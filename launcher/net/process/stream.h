/* stream.h - frames on QEMU's connection
 *
 * QEMU writes each frame behind its size, four bytes, big-endian. Both
 * directions have a buffer of a fixed size: what does not fit is not read, and
 * what cannot be sent is lost, as on any wire; TCP sends it again.
 */
#ifndef QAMI_NET_PROCESS_STREAM_H
#define QAMI_NET_PROCESS_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The largest frame: QEMU's own limit. */
#define STREAM_FRAME (4096 + 65536)
#define STREAM_IN (STREAM_FRAME + 65536)
#define STREAM_OUT (512 * 1024)

struct stream {
	int fd; /* non-blocking; -1: none */
	size_t in_size;
	size_t out_begin, out_end;
	uint8_t in[STREAM_IN];
	uint8_t out[STREAM_OUT];
};

/* Reads once, and gives each whole frame away, in which it may be changed.
 * False when the connection has ended, or cannot be understood. */
bool stream_read(struct stream *stream,
		 void (*frame)(void *data, uint8_t *frame, size_t size),
		 void *data);

/* Puts a frame into the buffer, or drops it. */
void stream_add(struct stream *stream, const uint8_t *frame, size_t size);

/* Writes what the connection takes; false when it has ended. */
bool stream_flush(struct stream *stream);

/* Whether something waits to be written; and so much that there should not
 * come more. */
bool stream_waits(const struct stream *stream);
bool stream_full(const struct stream *stream);

#endif
