/* stream.c - an answer that is said bit by bit, while the work goes on
 *
 * libmicrohttpd asks for bytes when its client can take some. When there are
 * none the connection sleeps, and whoever says the next ones wakes it.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "launcher/http/stream-private.h"

#define PENDING_MOST (64 << 10)
#define BLOCK (16 << 10)

struct stream {
	struct request *request;
	pthread_mutex_t lock; /* taken before any of libmicrohttpd's */
	pthread_cond_t taken;
	struct buf pending;
	size_t at; /* how far `pending` has been taken */
	bool asleep, ended, gone;
};

struct stream *stream_new(struct request *request)
{
	struct stream *stream = calloc(1, sizeof(*stream));

	if (!stream)
		return NULL;
	stream->request = request;
	pthread_mutex_init(&stream->lock, NULL);
	pthread_cond_init(&stream->taken, NULL);
	return stream;
}

void stream_free(struct stream *stream)
{
	if (!stream)
		return;
	pthread_mutex_destroy(&stream->lock);
	pthread_cond_destroy(&stream->taken);
	buf_done(&stream->pending);
	free(stream);
}

static ssize_t take_locked(struct stream *stream, char *room, size_t most)
{
	size_t left = stream->pending.size - stream->at;

	if (stream->pending.broken)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (!left && stream->ended)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (!left) {
		stream->asleep = true;
		mhd.suspend_connection(stream->request->connection);
		return 0;
	}
	left = left < most ? left : most;
	memcpy(room, stream->pending.data + stream->at, left);
	stream->at += left;
	if (stream->at == stream->pending.size) {
		stream->at = stream->pending.size = 0;
		pthread_cond_signal(&stream->taken);
	}
	stream->request->sent += left;
	return (ssize_t)left;
}

static ssize_t on_room(void *data, uint64_t position, char *room, size_t most)
{
	struct stream *stream = data;
	ssize_t size;

	(void)position;
	pthread_mutex_lock(&stream->lock);
	size = take_locked(stream, room, most);
	pthread_mutex_unlock(&stream->lock);
	return size;
}

static void wake(struct stream *stream)
{
	if (stream->asleep)
		mhd.resume_connection(stream->request->connection);
	stream->asleep = false;
}

bool stream_begin(struct exchange *exchange, const char *type)
{
	struct request *request = exchange->stream->request;

	exchange->status = 200;
	exchange->type = type;
	request->response = mhd.create_response_from_callback(
		MHD_SIZE_UNKNOWN, BLOCK, on_room, exchange->stream, NULL);
	if (!request->response)
		return false;
	if (!request_headers(request, false)) {
		mhd.destroy_response(request->response);
		request->response = NULL;
		return false;
	}
	exchange->streamed = true;
	request->state = REQUEST_ANSWERED;
	mhd.resume_connection(request->connection);
	return true;
}

bool stream_say(struct exchange *exchange, const void *data, size_t size)
{
	struct stream *stream = exchange->stream;
	bool heard;

	pthread_mutex_lock(&stream->lock);
	while (!stream->gone && stream->pending.size > PENDING_MOST)
		pthread_cond_wait(&stream->taken, &stream->lock);
	heard = !stream->gone;
	if (heard && size) {
		buf_add(&stream->pending, data, size);
		wake(stream);
	}
	pthread_mutex_unlock(&stream->lock);
	return heard;
}

void stream_end(struct stream *stream)
{
	pthread_mutex_lock(&stream->lock);
	stream->ended = true;
	if (!stream->gone)
		wake(stream);
	pthread_mutex_unlock(&stream->lock);
}

void stream_cut(struct stream *stream)
{
	pthread_mutex_lock(&stream->lock);
	stream->gone = true;
	pthread_cond_signal(&stream->taken);
	pthread_mutex_unlock(&stream->lock);
}
