/* options.h - the options that every verb has */
#ifndef QAMI_CLI_OPTIONS_H
#define QAMI_CLI_OPTIONS_H

#include <stdbool.h>

#include "images/base/buf.h"
#include "launcher/cli/render.h"

struct waiter; /* waiter.h */

/* What the global options say; texts are borrowed from the command line and
 * the environment. Zeroed means that nothing was said. */
struct options {
	const struct waiter *waiter; /* what the answer is for; NULL: people */
	enum format format;	     /* FORMAT_NONE: the verb's own */
	const char *account;
	const char *store;
	const char *region;
	const char *connect;
	const char *query;
	int color;	/* -1 never, 1 always, 0 when it is a terminal */
	bool raw_blobs; /* blobs are typed as they are, not in base64 */
	bool help;
	bool version;
};

/* A row of the table of global options. */
struct global {
	const char *name; /* without "--" */
	char letter;
	const char *value; /* what help calls its value; NULL: a switch */
	const char *brief;
};
extern const struct global global_table[]; /* a row without name ends it */

const struct global *global_find(const char *name);
const struct global *global_find_letter(char letter);

/* Takes note of one of them; false with a complaint for a bad value. */
bool options_set(struct options *options, const struct global *global,
		 const char *value, struct buf *complaint);

/* Fills in from the environment what the command line left open; a local
 * verb's format is its own unless it is asked for. */
bool options_environment(struct options *options, bool local,
			 struct buf *complaint);

#endif
