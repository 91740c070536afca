/* exchange.h - one request of the endpoint, who sent it, and what it gets
 *
 * The server (server.h) fills in what came and lends a store; the front
 * (front.h) finds out who calls and which door it is for; the door fills in
 * the answer. Everything is the arena's and lives until the answer has left.
 * A door's error becomes an answer in the door's own protocol, never here.
 */
#ifndef QAMI_HTTP_EXCHANGE_H
#define QAMI_HTTP_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "images/base/arena.h"
#include "images/base/buf.h"
#include "images/base/clock.h"
#include "images/base/digest.h"
#include "images/base/id.h"
#include "images/base/sigv4.h"
#include "images/call.h"

#define EXCHANGE_HEADERS 12 /* of an answer, at most */

/* Who calls. A door cannot run without: only the front makes one. */
struct caller {
	char account[ACCOUNT_SIZE];
	const char *access_key; /* NULL: known by the socket's peer */
	const char *service;	/* of the credential scope: "ec2", "ebs", … */
	const char *region;	/* of the credential scope: this store's */
	bool owner; /* of the store: may act as any account, and locally */
};

struct exchange {
	struct arena *arena;

	/* what came */
	char id[UUID_SIZE]; /* the request's, in every answer */
	usec_t now;	    /* when it had arrived */
	const char *method; /* "GET" */
	const char *path;   /* as it came, not decoded: "/a%20b" */
	const char *query;  /* as it came, behind the '?'; "" if none */
	const struct sigv4_pair *headers; /* in order of arrival */
	size_t header_count;
	const char *body; /* a NUL behind it; NULL when it is in a file */
	uint64_t body_size;
	int body_fd; /* nameless, to be read from 0; -1 */
	char body_sha256[SHA256_TEXT_SIZE]; /* of what came */
	bool local;			    /* through the unix socket … */
	uid_t uid;		   /* … from a process of this user */
	struct store *store;	   /* the worker's own */
	struct stream *stream;	   /* of the server: stream.h */
	const struct serve *serve; /* what the server was told: server.h */

	/* what goes back */
	unsigned status;
	const char *type; /* of the content; static text */
	struct buf text;  /* the body … */
	int fd;		  /* … or this file's bytes from `offset`; -1 */
	uint64_t offset;
	uint64_t size;
	struct sigv4_pair answer[EXCHANGE_HEADERS]; /* values in the arena */
	size_t answer_count;
	bool streamed; /* all has been said through the stream */

	/* for the log: what was asked for, by whom, and how it went */
	const char *service; /* "ec2"; NULL until it is known */
	const char *action;  /* "RunInstances"; NULL until it is known */
	char account[ACCOUNT_SIZE];
	const char *access_key;
	unsigned repeated;  /* how often the same signature came before */
	const char *code;   /* of the error; NULL when it went well */
	const char *detail; /* what only the log is told of it; NULL: nothing */
};

/* The value of the first header of that name, in any case; NULL without. */
const char *exchange_header(const struct exchange *exchange, const char *name);

/* Adds a header to the answer; the value is copied. More than there is room
 * for is a bug. */
void exchange_answer(struct exchange *exchange, const char *name,
		     const char *value);

/* Before a door answers with an error: a fault of this host's own becomes
 * InternalError, and what it was, which may name files, is for the log, as is
 * what there was no room for. What is not to be had now is told without the
 * host's files and places (launcher/action/why.h), and whole in the log. */
void exchange_hide(struct exchange *exchange, struct error *err);

/* The call that a door hands to action_run(): the exchange's store and time,
 * the caller's account. */
struct call exchange_call(const struct exchange *exchange,
			  const struct caller *caller);

#endif
