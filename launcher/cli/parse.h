/* parse.h - the words after the verb, by the verb's row */
#ifndef QAMI_CLI_PARSE_H
#define QAMI_CLI_PARSE_H

#include "launcher/action/action.h"
#include "launcher/cli/options.h"

/* What came out besides the arguments. */
struct parsed {
	struct args args; /* as the caller's args_init() made it */
	bool skeleton;	  /* --generate-cli-skeleton: print, do not call */
	bool block;	  /* the complaint is about usage: show how to */
	struct buf complaint;
};

/* Reads `words` (NULL-terminated, without program and verb) into the args;
 * global options may stand among them. False with a complaint. */
bool parse_words(const struct action *action, const char *const *words,
		 struct options *options, struct parsed *parsed);

/* Which of a verb's options a name means, as people may write it. */
struct option_name {
	const struct param *param;
	bool negative; /* --no-… */
};

/* Calls `each` for every option of a verb with its name without "--", in the
 * row's order, what only the command line has after them; stops when it
 * returns false. */
void parse_each_option(const struct action *action,
		       bool (*each)(void *data, const char *name,
				    const struct option_name *what),
		       void *data);

/* Appends what people type for a parameter: "--image-id", or "IMAGE" for a
 * positional one. */
void parse_param_name(const struct param *param, struct buf *out);

#endif
