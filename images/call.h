/* call.h - who calls, in which store, and what the call may use
 *
 * Every verb of this floor and above gets one. It owns nothing that outlives
 * the call but what the store keeps open.
 */
#ifndef QAMI_IMAGES_CALL_H
#define QAMI_IMAGES_CALL_H

#include "images/base/clock.h"
#include "images/base/error.h"

#define ACCOUNT_SIZE 13

struct store; /* images/store.h */

struct call {
	struct store *store;
	char account[ACCOUNT_SIZE]; /* 12 digits */
	const char *action;	    /* "RunInstances", for journal and texts */
	const char *client_token;   /* NULL when none was given */
	char request[65];	    /* SHA-256 of the checked parameters */
	bool dry_run;
	usec_t now;

	/* The public key of the person who calls, which a launch takes for a
	 * key pair "default" that there is not: a line of OpenSSH's, known to
	 * be one that EC2 takes. NULL: there is none. The command line
	 * brings it along, through the server's socket, too; a signed
	 * request never has one. */
	const char *own_key;

	/* What happens, for people who watch: elapsed-stamped stages, long
	 * copies, and that something is still waited for. Each may be NULL. */
	void (*stage)(void *data, const char *text);
	void (*waiting)(void *data, const char *what);
	void (*progress)(void *data, uint64_t done, uint64_t total);
	void *watch_data;

	/* Lines that a person is told even where nobody watches; NULL: they
	 * go to stderr. */
	void (*say)(void *data, const char *text);

	/* Whether who called has gone, so that there is nobody to wait for;
	 * what was begun is finished all the same. NULL: never. */
	bool (*gone)(void *data);
};

/* With DryRun: fails with DryRunOperation. Called by a verb when everything
 * was checked and nothing was changed. */
bool call_dry_run(const struct call *call, struct error *err) must_check;

#endif
