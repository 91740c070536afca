/* verbs.c - the table of verbs, made like the table of actions */
#include "launcher/cli/verbs.h"

#include <stdio.h>
#include <string.h>

#define VERB(file) extern const struct action verb_##file;
#include "verbs.inc"
#undef VERB

const struct action *const verb_table[] = {
#define VERB(file) &verb_##file,
#include "verbs.inc"
#undef VERB
	NULL
};

const char *const verb_files[] = {
#define VERB(file) #file,
#include "verbs.inc"
#undef VERB
	NULL
};

void verb_name(const struct action *action, char ret_name[NAME_SIZE])
{
	char *blank;

	if (!action->local) {
		action_verb(action, ret_name);
		return;
	}
	snprintf(ret_name, NAME_SIZE, "%s", action->name);
	blank = strchr(ret_name, ' ');
	if (blank)
		*blank = '-';
}

void verb_typed(const struct action *action, char ret_text[NAME_SIZE])
{
	if (action->local) {
		snprintf(ret_text, NAME_SIZE, "%s", action->name);
		return;
	}
	action_verb(action, ret_text);
	/* as the AWS CLI has it: "ebs start-snapshot" */
	if (strcmp(action_service(action), "ec2") != 0)
		ret_text[strlen(action_service(action))] = ' ';
}

/* What follows a word in a text of two; NULL when it does not begin so. */
static const char *second_word(const char *typed, const char *word)
{
	size_t size = strlen(word);

	return strncmp(typed, word, size) == 0 && typed[size] == ' ' ?
		       typed + size + 1 :
		       NULL;
}

const char *verb_after(const struct action *action, const char *word,
		       char ret_text[NAME_SIZE])
{
	verb_typed(action, ret_text);
	return second_word(ret_text, word);
}

static bool add_after(const struct action *const *table, const char *word,
		      struct buf *text)
{
	bool any = text->size > 0;
	char name[NAME_SIZE];

	for (size_t i = 0; table[i]; i++) {
		const char *rest = verb_after(table[i], word, name);

		if (!rest)
			continue;
		buf_printf(text, "%s%s", any ? ", " : "", rest);
		any = true;
	}
	return any;
}

/* Shorter words for actions, where AWS's are long. */
static const struct {
	const char *typed;
	const char *verb;
} shorter_verbs[] = {
	{ "kms grant", "kms-create-grant" },
	{ "kms revoke", "kms-revoke-grant" },
	{ "kms enable", "kms-enable-key" },
	{ "kms disable", "kms-disable-key" },
	{ "kms schedule-deletion", "kms-schedule-key-deletion" },
	{ "kms cancel-deletion", "kms-cancel-key-deletion" },
};
#define SHORTER (sizeof(shorter_verbs) / sizeof(*shorter_verbs))

bool verb_begins(const char *word, struct buf *ret_text)
{
	bool any = add_after(verb_table, word, ret_text);

	any = add_after(action_table, word, ret_text) || any;
	for (size_t i = 0; i < SHORTER; i++) {
		const char *rest = second_word(shorter_verbs[i].typed, word);

		if (rest)
			buf_printf(ret_text, ", %s", rest);
	}
	return any;
}

bool verb_hidden(const struct action *action)
{
	static const char *const names[] = { "complete", "console-bytes",
					     "ssh-access" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (action->local && strcmp(action->name, names[i]) == 0)
			return true;
	return false;
}

static const struct action *find_one(const char *name)
{
	char verb[NAME_SIZE];

	for (size_t i = 0; verb_table[i]; i++) {
		verb_name(verb_table[i], verb);
		if (strcmp(verb, name) == 0)
			return verb_table[i];
	}
	return action_find_verb(name);
}

static const struct action *find_shorter(const char *const *words)
{
	for (size_t i = 0; i < SHORTER; i++) {
		const char *rest =
			second_word(shorter_verbs[i].typed, words[0]);

		if (rest && strcmp(rest, words[1]) == 0)
			return action_find_verb(shorter_verbs[i].verb);
	}
	return NULL;
}

/* A short verb of two words. */
static const struct action *find_pair(const char *const *words)
{
	for (size_t i = 0; verb_table[i]; i++) {
		const char *rest = second_word(verb_table[i]->name, words[0]);

		if (rest && strcmp(rest, words[1]) == 0)
			return verb_table[i];
	}
	return NULL;
}

const struct action *verb_find(const char *const *words, size_t *ret_words)
{
	const struct action *action = find_one(words[0]);
	char name[NAME_SIZE];

	*ret_words = 1;
	if (action || !words[1])
		return action;
	*ret_words = 2;
	if (strcmp(words[0], "ec2") == 0) {
		action = action_find_verb(words[1]);
		return action && strcmp(action_service(action), "ec2") == 0 ?
			       action : NULL;
	}
	action = find_pair(words);
	if (!action)
		action = find_shorter(words);
	if (action)
		return action;
	snprintf(name, sizeof(name), "%.20s-%.70s", words[0], words[1]);
	return action_find_verb(name);
}
