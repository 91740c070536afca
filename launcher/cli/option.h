/* option.h - which option a word of the command line is
 *
 * A verb's row, the command line's own table (custom.h) and the global options
 * together; names may be shortened while they stay unique.
 */
#ifndef QAMI_CLI_OPTION_H
#define QAMI_CLI_OPTION_H

#include "launcher/cli/custom.h"
#include "launcher/cli/options.h"
#include "launcher/cli/parse.h"

enum extra { EXTRA_NONE, EXTRA_INPUT_JSON, EXTRA_SKELETON };

/* What an option on the command line stands for: exactly one of these. */
struct option {
	struct option_name of;
	const struct custom *custom;
	const struct global *global;
	enum extra extra;
	const char *name; /* in full, without "--" */
	char buffer[NAME_SIZE];
};

enum arity { ARITY_NONE, ARITY_MAYBE, ARITY_ONE, ARITY_MANY };

/* Finds the option that begins so (`name` without "--", of that size). No
 * name in *ret_option when there is none; false, with a complaint, when there
 * are several. */
bool option_find(const struct action *action, const char *name, size_t size,
		 struct option *ret_option, struct buf *complaint);

/* As option_find(), for "-t"; false when nothing has that letter. */
bool option_find_letter(const struct action *action, char letter,
			struct option *ret_option);

/* How many values it takes. */
enum arity option_arity(const struct action *action,
			const struct option *option);

#endif
