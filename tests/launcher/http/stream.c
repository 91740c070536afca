/* stream.c - what is said bit by bit arrives whole, and waits for the slow */
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launcher/http/mhd.h"
#include "launcher/http/stream-private.h"

#define PIECE 4096
#define PIECES 256
#define HELD_MOST (64 << 10) /* and a piece more */

/* libmicrohttpd, as far as a stream knows it. */
static struct {
	MHD_ContentReaderCallback read;
	void *to;
	int headers, asleep; /* atomic */
	bool refuse_headers;
	int destroyed;
} fake;

static struct MHD_Response *on_create(uint64_t size, size_t block,
				      MHD_ContentReaderCallback read, void *to,
				      MHD_ContentReaderFreeCallback done)
{
	assert(size == MHD_SIZE_UNKNOWN && block && !done);
	fake.read = read;
	fake.to = to;
	return (struct MHD_Response *)&fake;
}

static enum MHD_Result on_header(struct MHD_Response *response,
				 const char *name, const char *value)
{
	assert(response == (struct MHD_Response *)&fake && name && value);
	fake.headers++;
	return fake.refuse_headers ? MHD_NO : MHD_YES;
}

static void on_destroy(struct MHD_Response *response)
{
	assert(response == (struct MHD_Response *)&fake);
	fake.destroyed++;
}

static void on_suspend(struct MHD_Connection *connection)
{
	(void)connection;
	assert(__atomic_add_fetch(&fake.asleep, 1, __ATOMIC_SEQ_CST) == 1);
}

static void on_resume(struct MHD_Connection *connection)
{
	(void)connection;
	assert(__atomic_sub_fetch(&fake.asleep, 1, __ATOMIC_SEQ_CST) == 0);
}

/* A request that is with a worker: its connection sleeps. */
static void begin(struct request *request)
{
	memset(request, 0, sizeof(*request));
	request->state = REQUEST_WITH_WORKER;
	request->exchange.arena = arena_new();
	request->exchange.stream = stream_new(request);
	request->stream = request->exchange.stream;
	fake.asleep = 1;
	fake.headers = fake.destroyed = 0;
	assert(request->exchange.arena && request->stream);
}

static void end(struct request *request)
{
	stream_free(request->stream);
	arena_free(request->exchange.arena);
}

static ssize_t next(char *room, size_t size)
{
	return fake.read(fake.to, 0, room, size);
}

static void test_order(void)
{
	struct request request;
	char room[8];

	begin(&request);
	assert(stream_begin(&request.exchange, "text/plain"));
	assert(request.exchange.streamed && request.state == REQUEST_ANSWERED);
	assert(request.status == 200 && fake.headers == 2 && !fake.asleep);
	assert(next(room, sizeof(room)) == 0 && fake.asleep);
	assert(stream_say(&request.exchange, "0123456789", 10));
	assert(!fake.asleep);
	assert(next(room, sizeof(room)) == 8);
	assert(memcmp(room, "01234567", 8) == 0);
	assert(stream_say(&request.exchange, "ab", 2));
	assert(next(room, sizeof(room)) == 4);
	assert(memcmp(room, "89ab", 4) == 0);
	assert(next(room, sizeof(room)) == 0 && fake.asleep);
	assert(stream_say(&request.exchange, "", 0) && fake.asleep);
	stream_end(request.stream);
	assert(!fake.asleep);
	assert(next(room, sizeof(room)) == MHD_CONTENT_READER_END_OF_STREAM);
	assert(request.sent == 12);
	end(&request);
}

/* Without memory for its head there is no stream, and no response left. */
static void test_refused(void)
{
	struct request request;

	begin(&request);
	fake.refuse_headers = true;
	assert(!stream_begin(&request.exchange, "text/plain"));
	fake.refuse_headers = false;
	assert(!request.exchange.streamed && !request.response);
	assert(fake.destroyed == 1 && fake.asleep == 1);
	end(&request);
}

/* Says pieces, each of its own letter, until nobody hears them. */
static void *talk(void *data)
{
	struct request *request = data;
	char piece[PIECE];
	uintptr_t said = 0;

	for (; said < PIECES; said++) {
		memset(piece, 'a' + (int)(said % 26), sizeof(piece));
		if (!stream_say(&request->exchange, piece, sizeof(piece)))
			break;
	}
	stream_end(request->stream);
	return (void *)said;
}

static void test_slow(void)
{
	struct request request;
	pthread_t talker;
	char room[1000];
	size_t all = 0;
	ssize_t size;

	begin(&request);
	assert(stream_begin(&request.exchange, "text/plain"));
	pthread_create(&talker, NULL, talk, &request);
	for (;;) {
		while (__atomic_load_n(&fake.asleep, __ATOMIC_SEQ_CST))
			usleep(100);
		size = next(room, sizeof(room));
		if (size < 0)
			break;
		for (ssize_t i = 0; i < size; i++, all++)
			assert(room[i] == 'a' + (int)(all / PIECE % 26));
	}
	pthread_join(talker, NULL);
	assert(size == MHD_CONTENT_READER_END_OF_STREAM);
	assert(all == (size_t)PIECE * PIECES && request.sent == all);
	end(&request);
}

/* Whoever takes nothing holds up who talks, until he is gone. */
static void test_gone(void)
{
	struct request request;
	pthread_t talker;
	void *said;

	begin(&request);
	assert(stream_begin(&request.exchange, "text/plain"));
	pthread_create(&talker, NULL, talk, &request);
	usleep(100000);
	stream_cut(request.stream);
	pthread_join(talker, &said);
	assert((uintptr_t)said <= HELD_MOST / PIECE + 1);
	assert(!stream_say(&request.exchange, "x", 1));
	end(&request);
}

int main(void)
{
	mhd.create_response_from_callback = on_create;
	mhd.add_response_header = on_header;
	mhd.destroy_response = on_destroy;
	mhd.suspend_connection = on_suspend;
	mhd.resume_connection = on_resume;
	test_order();
	test_refused();
	test_slow();
	test_gone();
	return 0;
}
