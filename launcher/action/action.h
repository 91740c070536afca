/* action.h - what an action is: a row and a function
 *
 * One EC2 action is one file of this directory, and the directory listing is
 * the table. From the row come the command line's verb and options, help, the
 * manual page, parameter checks, the endpoint's Action= and a self-test.
 */
#ifndef QAMI_ACTION_ACTION_H
#define QAMI_ACTION_ACTION_H

#include <stddef.h>

#include "images/base/error.h"
#include "images/base/param.h"
#include "launcher/action/args.h"
#include "launcher/action/reply.h"

struct call;  /* images/call.h: who calls, in which store */
struct visit; /* launcher/cli/visit.h: the same, from a terminal */

struct action {
	const char *name;    /* "RunInstances" */
	const char *service; /* "ec2"; NULL means ec2 */
	const char *brief;   /* one line, lower case, no full stop */
	const char *about;   /* a paragraph for help and manual */
	const struct param *params;
	const enum fault *faults; /* beyond the parameter faults; NONE ends */
	const char *example;	  /* one command line */
	bool local;		  /* not in any endpoint's table */
	bool storeless;		  /* needs no open store: call->store is NULL */
	bool reads;		  /* opens the store to read rows only */
	bool tool;     /* also a command of its own, under its own name, and
			* documented as that */
	bool travels;  /* local: the server runs it too, for whoever sits at
			* its socket, as the account of that user: `run` asks
			* for rights as an action's does, and neither reads
			* files nor talks to a terminal */
	bool waits;    /* local: may do nothing for minutes but wait */
	bool machines; /* will surely start or end one: what that
			* takes is loaded while the call begins */
	bool (*run)(struct call *call, const struct args *args,
		    struct reply *reply, struct error *err);

	/* Local verbs that talk to the terminal themselves have this instead
	 * of `run`: what it returns is the exit code, -1 that it failed and
	 * `err` says why. */
	int (*main)(struct call *call, const struct args *args,
		    struct error *err);

	/* Those that need no more of the store than rows that travel tell
	 * them have this, which returns the same: they are for users of the
	 * server's socket, too. Beside `run` it is for what does not travel of
	 * the verb. */
	int (*visit)(struct visit *visit, const struct args *args,
		     struct error *err);
};

/* The actions in alphabetical order of their files; NULL-terminated. */
extern const struct action *const action_table[];

/* The files they came from, without ".c" and with '_' for '-', in the same
 * order: self-test compares them with what the rows say. */
extern const char *const action_files[];

/* By the SDK's name ("RunInstances"), ec2's first where services share one,
 * or only among one service's; by the verb ("run-instances",
 * "kms-create-key", and "create-key" where ec2 has none). NULL: none. */
const struct action *action_find(const char *name);
const struct action *action_find_in(const char *service, const char *name);
const struct action *action_find_verb(const char *verb);

/* "ec2" where the row says nothing. */
const char *action_service(const struct action *action);

/* The command line's word for an action, which is also its file's name:
 * "run-instances", "kms-create-key"; a local row's name as it is. */
void action_verb(const struct action *action, char ret_text[NAME_SIZE]);

/* Checks parameters against the row: unknown, missing, malformed (each with
 * EC2's code). Numbers and booleans may come as text and become what the row
 * says; empty strings are dropped where they mean absence. Fills in the call's
 * action, request, client_token and dry_run. With DryRun `run` is still
 * called: it authorises and stops at call_dry_run(). Both doors come through
 * here. The call borrows from the args. */
bool action_run(const struct action *action, struct call *call,
		struct args *args, struct reply *reply, struct error *err)
	must_check;

/* The first half of action_run(), for rows with `main`. */
bool action_check(const struct action *action, struct call *call,
		  struct args *args, struct error *err) must_check;

/* Parameters that many rows share. */
#define PARAMS_FILTERS                                                         \
	{ "Filters", PARAM_STRUCT, PARAM_LIST, NULL,                           \
	  "what to list: Name=…,Values=…,…", "Filter", params_filter }
#define PARAMS_PAGES                                                           \
	{ "MaxResults", PARAM_INTEGER, 0, NULL, "how many at most" },          \
	{ "NextToken", PARAM_STRING, 0, NULL,                                  \
	  "where the last answer ended" }
#define PARAMS_DRY_RUN                                                         \
	{ "DryRun", PARAM_BOOLEAN, 0, NULL,                                    \
	  "check only: would the call succeed?" }
#define PARAMS_CLIENT_TOKEN                                                    \
	{ "ClientToken", PARAM_STRING, 0, NULL,                                \
	  "the same token never does the work twice" }
#define PARAMS_TAG_SPECIFICATIONS                                              \
	{ "TagSpecifications", PARAM_STRUCT, PARAM_LIST, NULL,                 \
	  "tags for what is made", "TagSpecification",                         \
	  params_tag_specification }
extern const struct param params_filter[];
extern const struct param params_tag[];
extern const struct param params_tag_specification[];

#endif
