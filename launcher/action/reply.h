/* reply.h - an answer: a tree whose members carry both doors' names
 *
 * Every member has the SDK's name ("State", what JSON shows) and the wire's
 * ("status", what EC2's XML shows); NULL keeps it out of one of them. Members
 * keep their order. Nodes live in the reply's arena; adding never fails at the
 * call, a reply that ran out of memory is "broken", which action_run() turns
 * into an error.
 */
#ifndef QAMI_ACTION_REPLY_H
#define QAMI_ACTION_REPLY_H

#include <stddef.h>
#include <stdint.h>

#include "images/base/arena.h"
#include "images/base/buf.h"
#include "images/base/clock.h"
#include "images/base/error.h"

enum node_type {
	NODE_STRUCT,
	NODE_LIST,
	NODE_STRING,
	NODE_INTEGER,
	NODE_BOOLEAN,
	NODE_DOUBLE,
	NODE_TIME,
	NODE_NULL, /* only ever the result of a query */
};

struct node {
	enum node_type type;
	const char *sdk;  /* static text; NULL inside a list, or hidden */
	const char *wire; /* static text */
	union {
		const char *text; /* in the arena; NODE_STRING */
		int64_t integer;  /* NODE_INTEGER, NODE_BOOLEAN, NODE_TIME */
		double real;
		struct {
			struct node *first;
			struct node *last;
		} children;
	};
	struct node *next;
	struct reply *reply;
};

struct reply {
	struct node *root; /* a NODE_STRUCT */
	struct arena *arena;
	bool broken;
	bool raw_text; /* local verbs: print the single string member as is */
	bool whole;    /* for who owns the store: why something failed may name
			* files of the host (why.h) */
	int exit_code; /* what local verbs that do not travel exit with when all
			* was well */
	const void *body; /* bytes beside the members, in the arena, or NULL */
	size_t body_size;
	const char *note; /* static text to be said beside the answer, where
			   * its shape has no room: on stderr; or NULL */
};

bool reply_init(struct reply *reply, struct error *err) must_check;
void reply_done(struct reply *reply);

/* Adds a member to a structure. Text is copied; a NULL text adds nothing. */
void node_str(struct node *into, const char *sdk, const char *wire,
	      const char *text);
void node_int(struct node *into, const char *sdk, const char *wire,
	      int64_t value);
void node_bool(struct node *into, const char *sdk, const char *wire,
	       bool value);
void node_time(struct node *into, const char *sdk, const char *wire,
	       usec_t time);
void node_double(struct node *into, const char *sdk, const char *wire,
		 double value);
struct node *node_struct(struct node *into, const char *sdk, const char *wire);
struct node *node_list(struct node *into, const char *sdk, const char *wire);

/* Adds an element to a list. */
struct node *node_item(struct node *list);
void node_item_str(struct node *list, const char *text);

/* Gives the answer a body, which is copied. */
void reply_body(struct reply *reply, const void *data, size_t size);

/* EC2's answer to a call that only succeeds: <return>true</return> on the
 * wire, nothing at all from the AWS CLI unless the SDK has a Return member. */
void reply_return(struct reply *reply);

/* A point in time as the AWS CLI shows it: "2026-11-21T01:02:03+00:00", with
 * six digits of a second when it is not a whole one. */
#define TIME_SDK_SIZE 40
void time_format_sdk(usec_t time, char ret_text[TIME_SDK_SIZE]);

/* The shortest decimal that reads back as the same number, always with a
 * point or exponent, as Python and the AWS CLI write it. */
#define DOUBLE_SIZE 32
void double_format(double value, char ret_text[DOUBLE_SIZE]);

#endif
