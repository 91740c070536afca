/* stream.c - reading and writing frames */
#include "launcher/net/process/stream.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "launcher/net/process/frame.h"

#define SIZE_BYTES 4

bool stream_read(struct stream *stream,
		 void (*frame)(void *data, uint8_t *frame, size_t size),
		 void *data)
{
	ssize_t got = recv(stream->fd, stream->in + stream->in_size,
			   sizeof(stream->in) - stream->in_size, 0);
	size_t at = 0;

	if (got < 0)
		return errno == EAGAIN || errno == EINTR;
	if (got == 0)
		return false;
	stream->in_size += (size_t)got;
	while (stream->in_size - at >= SIZE_BYTES) {
		size_t size = get32(stream->in + at);

		/* what follows a size that cannot be is not to be found */
		if (size > STREAM_FRAME)
			return false;
		if (stream->in_size - at - SIZE_BYTES < size)
			break;
		frame(data, stream->in + at + SIZE_BYTES, size);
		at += SIZE_BYTES + size;
	}
	stream->in_size -= at;
	memmove(stream->in, stream->in + at, stream->in_size);
	return true;
}

void stream_add(struct stream *stream, const uint8_t *frame, size_t size)
{
	if (sizeof(stream->out) - stream->out_end < SIZE_BYTES + size) {
		stream->out_end -= stream->out_begin;
		memmove(stream->out, stream->out + stream->out_begin,
			stream->out_end);
		stream->out_begin = 0;
	}
	if (stream->fd < 0 ||
	    sizeof(stream->out) - stream->out_end < SIZE_BYTES + size)
		return;
	put32(stream->out + stream->out_end, (uint32_t)size);
	memcpy(stream->out + stream->out_end + SIZE_BYTES, frame, size);
	stream->out_end += SIZE_BYTES + size;
}

bool stream_flush(struct stream *stream)
{
	while (stream->out_begin < stream->out_end) {
		ssize_t sent = send(stream->fd, stream->out + stream->out_begin,
				    stream->out_end - stream->out_begin,
				    MSG_NOSIGNAL);

		if (sent < 0)
			return errno == EAGAIN || errno == EINTR;
		stream->out_begin += (size_t)sent;
	}
	stream->out_begin = stream->out_end = 0;
	return true;
}

bool stream_waits(const struct stream *stream)
{
	return stream->out_begin < stream->out_end;
}

bool stream_full(const struct stream *stream)
{
	return stream->out_end - stream->out_begin > sizeof(stream->out) / 2;
}
