/* help.c - help about qami, or about one verb */
#include "launcher/cli/help.h"

#include <stdio.h>

#include "launcher/cli/cli.h"
#include "launcher/cli/suggest.h"
#include "launcher/cli/verbs.h"

static int unknown(const char *word, struct error *err)
{
	struct suggest suggest;
	char name[NAME_SIZE];

	suggest_start(&suggest, word);
	for (size_t i = 0; verb_table[i]; i++)
		suggest_word(&suggest, verb_table[i]->name);
	for (size_t i = 0; action_table[i]; i++) {
		action_verb(action_table[i], name);
		suggest_word(&suggest, name);
	}
	fail(err, FAULT_INVALID_PARAMETER, "there is no verb '%s'%s%s%s", word,
	     suggest.best[0] ? ", did you mean '" : "", suggest.best,
	     suggest.best[0] ? "'?" : "");
	return -1;
}

static int help(struct call *call, const struct args *args, struct error *err)
{
	const json_t *list = args_get(args, "Verb");
	const char *words[3] = { NULL };
	const struct action *action;
	auto_buf rest = BUF_INIT;
	size_t used;

	(void)call;
	for (size_t i = 0; i < 2; i++)
		words[i] = json_string_value(json_array_get(list, i));
	if (!words[0])
		return help_overview(stdout);
	action = verb_find(words, &used);
	if (action)
		return help_verb(action, stdout);
	return !words[1] && verb_begins(words[0], &rest) ?
		       help_word(words[0], stdout) :
		       unknown(words[0], err);
}

const struct action verb_help = {
	.name = "help",
	.brief = "show help about qami or one verb",
	.about = "Without a verb: what verbs there are and the options that "
		 "all of them have. With one: an example, its options and the "
		 "errors it can answer. A word that begins some, as 'account', "
		 "lists those.",
	.params = (const struct param[]) {
		{ "Verb", PARAM_STRING, PARAM_POSITIONAL | PARAM_LIST, NULL,
		  "the verb" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INVALID_PARAMETER, FAULT_NONE },
	.example = "qami help run-instances",
	.local = true,
	.storeless = true,
	.main = help,
};
