/* identity.h - an account as IAM knows its one user */
#ifndef QAMI_ACTION_IDENTITY_H
#define QAMI_ACTION_IDENTITY_H

#include "images/base/arena.h"
#include "images/base/clock.h"
#include "images/call.h"

/* An account that has a name is IAM's user of that name, any other is known by
 * its root user. Texts in the arena. */
struct identity {
	const char *name; /* "root" for want of one */
	const char *id;	  /* "AIDA…", or the account's number for root */
	const char *arn;  /* "arn:aws:iam::123456789012:user/alice" */
	usec_t created;
};

/* Who calls. */
bool identity_read(const struct call *call, struct arena *arena,
		   struct identity *ret_identity, struct error *err) must_check;

#endif
