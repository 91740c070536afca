/* suggest.c - edit distance, with neighbours swapped counting once */
#include "launcher/cli/suggest.h"

#include <string.h>

#include "launcher/cli/custom.h"
#include "launcher/cli/options.h"
#include "launcher/cli/parse.h"

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Three rows of the usual table are enough to see swaps. */
static unsigned distance(const char *a, const char *b)
{
	unsigned rows[3][NAME_SIZE + 1];
	size_t size = strlen(b);

	if (strlen(a) >= NAME_SIZE || size >= NAME_SIZE)
		return NAME_SIZE;
	for (size_t j = 0; j <= size; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; a[i - 1]; i++) {
		unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3];
		const unsigned *before = rows[(i + 1) % 3];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= size; j++) {
			row[j] = least(least(above[j], row[j - 1]) + 1,
				       above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
	}
	return rows[strlen(a) % 3][size];
}

void suggest_start(struct suggest *suggest, const char *wanted)
{
	*suggest = (struct suggest){ .wanted = wanted };
	suggest->distance = (unsigned)strlen(wanted) / 3 + 1;
}

void suggest_word(struct suggest *suggest, const char *word)
{
	unsigned far = distance(suggest->wanted, word);

	if (far >= suggest->distance || strlen(word) >= NAME_SIZE)
		return;
	suggest->distance = far;
	strcpy(suggest->best, word);
}

static bool offer(void *data, const char *name, const struct option_name *what)
{
	(void)what;
	suggest_word(data, name);
	return true;
}

void suggest_options(struct suggest *suggest, const struct action *action)
{
	parse_each_option(action, offer, suggest);
	for (const struct custom *c = custom_table; c->name; c++)
		if (custom_offered(c, action))
			suggest_word(suggest, c->name);
	for (const struct global *g = global_table; g->name; g++)
		suggest_word(suggest, g->name);
}
