/* farwire.h - what two qami say to each other when one copies from the other
 *
 * Frames over a pair of pipes, or a socket: who copies asks, who is copied from
 * answers each question with one frame, in the order of the questions, or says
 * what went wrong. All numbers are big-endian.
 *
 *   u32 bytes of the body | u8 what it is | body
 *
 *   hello     JSON: version, and the store or the region
 *   snapshot  JSON: account and id; answered by the row     (images/farrow.h)
 *   image     the same
 *   open      JSON: snapshot and content; answered by JSON (whether it is
 *             there, size, lineage, whether there are digests), then the list
 *             of blocks that hold anything, in ascending order, in frames of
 *             entries: u64 block, and its SHA-256 if there are digests; an
 *             empty frame ends it
 *   since     JSON: an older content of the lineage; answered by JSON (whether
 *             it is known), then, if so, by the list of blocks that may differ
 *             since, without digests
 *   compare   u64 blocks; answered by the HMAC-SHA-256 of each, under a key
 *             that the hello made for this connection
 *   block     u64 block; answered by u64 block, its SHA-256, and its bytes,
 *             packed by zstd where that made fewer of them
 *   fault     JSON: which one, and a sentence
 *
 * Neither side believes the other: what is too long, unexpected or not what it
 * says ends the conversation.
 */
#ifndef QAMI_IMAGES_FARWIRE_H
#define QAMI_IMAGES_FARWIRE_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "images/base/error.h"

#define WIRE_VERSION 1
#define WIRE_JSON_MOST (1024 * 1024)
#define WIRE_KEY_SIZE 32
#define WIRE_DIGEST_SIZE 32
#define WIRE_LIST_MOST 16384  /* entries in a frame */
#define WIRE_COMPARE_MOST 64  /* blocks in a question */
#define WIRE_BLOCK_HEAD (8 + WIRE_DIGEST_SIZE)

enum wire_what {
	WIRE_HELLO = 'h',
	WIRE_SNAPSHOT = 's',
	WIRE_IMAGE = 'i',
	WIRE_OPEN = 'o',
	WIRE_LIST = 'l',
	WIRE_SINCE = 'd',
	WIRE_COMPARE = 'c',
	WIRE_BLOCK = 'b',
	WIRE_FAULT = 'f',
	WIRE_END = 0, /* the other side has closed, between two frames */
};

/* One end. Descriptors are borrowed. */
struct wire {
	int in, out;	  /* `out` does not block */
	int complaints;	  /* what a program prints on stderr; -1: none */
	unsigned seconds; /* a frame takes at most, to come or to go */
	uint8_t *body;	  /* of the frame that came last; owned */
	size_t size;	  /* of that */
	size_t room;
	uint64_t received, sent; /* bytes */
	bool strange;		 /* what came was no frame, or no answer */
	char said[512];		 /* the end of what was complained */
	size_t said_size;
};

#define WIRE_INIT                                                   \
	{                                                           \
		.in = -1, .out = -1, .complaints = -1, .seconds = 1 \
	}

/* Frees what it holds; says nothing. */
void wire_done(struct wire *wire);

/* Sends a frame, its body in two parts. FAULT_UNAVAILABLE when the other side
 * has gone or does not listen. */
bool wire_send(struct wire *wire, enum wire_what what, const void *head,
	       size_t head_size, const void *data, size_t size,
	       struct error *err) must_check;
bool wire_send_json(struct wire *wire, enum wire_what what, json_t *json,
		    struct error *err) must_check;

/* Takes a frame, of at most `most` bytes, into the wire's body, which stays
 * until the next one. FAULT_UNAVAILABLE when the other side has gone, with what
 * was complained, or was silent for too long; FAULT_INTERNAL for a longer one.
 */
bool wire_receive(struct wire *wire, size_t most, enum wire_what *ret_what,
		  struct error *err) must_check;

/* The same of an answer: a fault that the other side told fails here as what
 * it is; anything but `what` is FAULT_INTERNAL. */
bool wire_answer(struct wire *wire, enum wire_what what, size_t most,
		 struct error *err) must_check;

/* The body as an object of JSON; the caller's to release. NULL: it is none. */
json_t *wire_json(const struct wire *wire, struct error *err) must_check;

/* Tells the other side what failed. */
bool wire_send_fault(struct wire *wire, const struct error *failed,
		     struct error *err) must_check;

/* What the other side sent is no answer to what it was asked. */
bool wire_wrong(const char *what, struct error *err);

static inline void wire_json_free(json_t **json)
{
	json_decref(*json);
}
#define auto_wire_json __attribute__((cleanup(wire_json_free))) json_t

#endif
