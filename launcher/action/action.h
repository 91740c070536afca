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
#include "launcher/action/args.h"
#include "launcher/action/reply.h"

struct call; /* images/call.h: who calls, in which store */

enum param_type {
	PARAM_NONE, /* ends a table */
	PARAM_STRING,
	PARAM_INTEGER,
	PARAM_BOOLEAN,
	PARAM_ID,     /* a string that must be `prefix`-<hex> */
	PARAM_TIME,   /* ISO 8601 */
	PARAM_BLOB,   /* base64 inside; the command line reads fileb:// */
	PARAM_FILE,   /* a host file: the command line's path, no endpoint */
	PARAM_STRUCT, /* `members` */
	PARAM_DOUBLE,
};

enum param_flag {
	PARAM_REQUIRED = 1, /* MissingParameter without it */
	PARAM_LIST = 2,	    /* a list of `type` */
	PARAM_TEXT_BLOB = 4, /* BLOB given as plain text on the command line,
			      * as run-instances --user-data is */
	PARAM_EMPTY = 8,     /* "" is a value here (NoDevice), else absent */
	PARAM_POSITIONAL = 16, /* local verbs: an argument without option */
	PARAM_SECRET = 32,     /* never in logs or error texts */
	PARAM_NAMED = 64, /* ID that the command line also takes by name, Name
			   * tag or unique id prefix: images/resolve.h */
	PARAM_REST = 128, /* POSITIONAL and LIST: everything that follows, as
			   * it is, options too (ssh NAME COMMAND…) */
	PARAM_LOOSE = 256, /* STRING with a choice: case and blanks around do
			    * not matter; `run` sees the row's spelling */
	PARAM_UNLESS = 512, /* BOOLEAN that is not false when absent: help
			     * says that there is --no-… */
	PARAM_STREAM = 1024, /* BLOB that is a request's body: the command line
			     * takes the path of a file, with or without
			     * fileb:// */
	PARAM_OUTPUT = 2048, /* FILE, POSITIONAL: where the command line puts
			      * the reply's body; no other door has it */
};

struct param {
	const char *name; /* the SDK's: "ImageIds" */
	enum param_type type;
	unsigned flags;
	const char *prefix; /* PARAM_ID: "ami" or "ami|snap", NULL: any id;
			     * STRING: "a|b|c" or NULL */
	const char *brief;
	const char *wire; /* the Query name, "ImageId"; NULL: as name */
	const struct param *members;
	char letter;	   /* verbs: 't' makes -t the same as the long option */
	const char *value; /* what help calls the value; NULL: by the type */
};

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
	bool machines;		  /* will surely start or end one: what that
				   * takes is loaded while the call begins */
	bool (*run)(struct call *call, const struct args *args,
		    struct reply *reply, struct error *err);

	/* Local verbs that talk to the terminal themselves have this instead
	 * of `run`: what it returns is the exit code, -1 that it failed and
	 * `err` says why. */
	int (*main)(struct call *call, const struct args *args,
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

/* "RunInstances" -> "run-instances", "ImageIds" -> "image-ids", as the AWS
 * CLI derives them; ret_text holds NAME_SIZE bytes. */
#define NAME_SIZE 96
void name_to_kebab(const char *name, char ret_text[NAME_SIZE]);

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
