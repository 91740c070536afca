/* suggest.h - "did you mean": the closest of some words to a misspelt one */
#ifndef QAMI_CLI_SUGGEST_H
#define QAMI_CLI_SUGGEST_H

#include "launcher/action/action.h"

struct suggest {
	const char *wanted;
	char best[NAME_SIZE]; /* "" when none is close */
	unsigned distance;
};

void suggest_start(struct suggest *suggest, const char *wanted);
void suggest_word(struct suggest *suggest, const char *word);

/* Offers all options of a verb and the global ones. */
void suggest_options(struct suggest *suggest, const struct action *action);

#endif
