/* param.h - the rows that say what an option or parameter is
 *
 * A table of them is all that help, manual, completion, checks and a parser
 * need to know of a command.
 */
#ifndef QAMI_BASE_PARAM_H
#define QAMI_BASE_PARAM_H

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
	PARAM_HERE = 4096, /* what it asks for happens at the caller's own
			    * terminal, or is the store's owner's to say: no
			    * other door has it, nor have AWS's models */
	PARAM_NOTHING = 8192, /* LIST: one of nothing is a value here, else
			       * absent */
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

/* "RunInstances" -> "run-instances", "ImageIds" -> "image-ids", as the AWS
 * CLI derives them; ret_text holds NAME_SIZE bytes. */
#define NAME_SIZE 96
void name_to_kebab(const char *name, char ret_text[NAME_SIZE]);

#endif
