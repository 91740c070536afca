/* complete.c - what the shell offers when Tab is pressed
 *
 * The script that bash reads once only asks this verb for candidates, so it
 * need not change when verbs do.
 */
#include <stdio.h>
#include <string.h>

#include "launcher/cli/custom.h"
#include "launcher/cli/options.h"
#include "launcher/cli/parse.h"
#include "launcher/cli/value.h"
#include "launcher/cli/verbs.h"

static const char script[] =
	"# bash completion of qami; load it with: . <(qami complete)\n"
	"_qami()\n"
	"{\n"
	"\tlocal IFS=$'\\n'\n"
	"\tCOMPREPLY=($(qami complete -- \"${COMP_WORDS[@]:1:COMP_CWORD}\" "
	"2>/dev/null))\n"
	"}\n"
	"complete -o default -F _qami qami\n"
	"_qami_tool()\n"
	"{\n"
	"\tlocal IFS=$'\\n'\n"
	"\tCOMPREPLY=($(qami complete -- \"${COMP_WORDS[0]##*/}\" "
	"\"${COMP_WORDS[@]:1:COMP_CWORD}\" 2>/dev/null))\n"
	"}\n"
	"complete -o default -F _qami_tool";

/* The tools are completed as commands of their own, too. */
static void put_script(void)
{
	fputs(script, stdout);
	for (size_t i = 0; verb_table[i]; i++)
		if (verb_table[i]->tool)
			printf(" %s", verb_table[i]->name);
	putchar('\n');
}

static void offer(const char *begin, const char *dashes, const char *word)
{
	char whole[NAME_SIZE + 8];

	snprintf(whole, sizeof(whole), "%s%.90s", dashes, word);
	if (strncmp(whole, begin, strlen(begin)) == 0)
		puts(whole);
}

static void offer_verbs(const char *begin)
{
	char name[NAME_SIZE];

	for (size_t i = 0; verb_table[i]; i++) {
		verb_name(verb_table[i], name);
		if (!verb_hidden(verb_table[i]))
			offer(begin, "", name);
	}
	for (size_t i = 0; action_table[i]; i++) {
		verb_name(action_table[i], name);
		offer(begin, "", name);
		/* without its service it is known as well */
		if (strcmp(action_service(action_table[i]), "ec2") != 0) {
			name_to_kebab(action_table[i]->name, name);
			offer(begin, "", name);
		}
	}
}

static void offer_globals(const char *begin)
{
	for (const struct global *g = global_table; g->name; g++)
		if (strncmp(g->brief, "ignored", 7) != 0)
			offer(begin, "--", g->name);
}

static bool offer_option(void *data, const char *name,
			 const struct option_name *what)
{
	(void)what;
	offer(data, "--", name);
	return true;
}

static void offer_options(const struct action *action, const char *begin)
{
	parse_each_option(action, offer_option, (void *)begin);
	for (const struct custom *c = custom_table; c->name; c++)
		if (custom_offered(c, action))
			offer(begin, "--", c->name);
	offer_globals(begin);
}

/* The choices of the option that the last word is a value of. */
static void offer_values(const struct action *action, const char *option,
			 const char *begin)
{
	for (const struct param *p = action->params; p && p->name; p++) {
		char name[NAME_SIZE], choices[512];

		name_to_kebab(p->name, name);
		if (p->type != PARAM_STRING || !p->prefix ||
		    strncmp(option, "--", 2) != 0 ||
		    strcmp(option + 2, name) != 0)
			continue;
		snprintf(choices, sizeof(choices), "%s", p->prefix);
		for (char *rest = choices, *word; (word = strsep(&rest, "|"));)
			offer(begin, "", word);
	}
	if (strcmp(option, "--output") == 0 || strcmp(option, "-o") == 0)
		for (const char *const *f =
			     (const char *const[]){ "json", "text", "table",
						    "yaml", "yaml-stream",
						    NULL };
		     *f; f++)
			offer(begin, "", *f);
}

static const char *word_at(const json_t *words, size_t at)
{
	return json_string_value(json_array_get(words, at));
}

/* Where the verb is among the words: the first that no global option takes;
 * their number if there is none. */
static size_t verb_at(const json_t *words, size_t count)
{
	size_t at = 0;

	for (; at < count && word_at(words, at)[0] == '-'; at++) {
		const char *word = word_at(words, at);
		const struct global *global = strncmp(word, "--", 2) == 0 ?
						      global_find(word + 2) :
						      NULL;

		at += global && global->value && !strchr(word, '=');
	}
	return at;
}

/* The verb of one word or two; the last word is being typed and says nothing
 * yet. */
static const struct action *find_verb(const json_t *words, size_t count,
				      size_t at)
{
	const char *pair[3] = { NULL };
	size_t used;

	if (at + 1 >= count)
		return NULL;
	pair[0] = word_at(words, at);
	if (at + 2 < count)
		pair[1] = word_at(words, at + 1);
	return verb_find(pair, &used);
}

/* What may follow a word that only begins verbs; false if it begins none. */
static bool offer_after(const char *word, const char *begin)
{
	const struct action *const *const tables[] = { verb_table,
						       action_table };
	char name[NAME_SIZE];
	bool any = false;

	for (size_t t = 0; t < 2; t++)
		for (size_t i = 0; tables[t][i]; i++) {
			const char *rest = verb_after(tables[t][i], word, name);

			if (rest)
				offer(begin, "", rest);
			any = any || rest;
		}
	return any;
}

static bool is_help(const struct action *action)
{
	return action && action->local && strcmp(action->name, "help") == 0;
}

static int complete(struct call *call, const struct args *args,
		    struct error *err)
{
	const json_t *words = args_get(args, "Words");
	size_t count = json_array_size(words), at = verb_at(words, count);
	const struct action *action = find_verb(words, count, at);
	const char *last, *before = "";

	(void)call;
	(void)err;
	if (!count) {
		put_script();
		return 0;
	}
	last = word_at(words, count - 1);
	if (count > 1)
		before = word_at(words, count - 2);
	if (last[0] == '-') {
		if (action)
			offer_options(action, last);
		else
			offer_globals(last);
	} else if (!action || is_help(action)) {
		if (at + 1 >= count || !offer_after(before, last))
			offer_verbs(last);
	} else {
		offer_values(action, before, last);
	}
	return 0;
}

const struct action verb_complete = {
	.name = "complete",
	.brief = "print the script for bash completion",
	.about = "Without words, the script that makes bash complete qami's "
		 "verbs and options. With words, which the script passes on, "
		 "what the last of them may become.",
	.params = (const struct param[]) {
		{ "Words", PARAM_STRING,
		  PARAM_POSITIONAL | PARAM_LIST | PARAM_REST | PARAM_EMPTY,
		  NULL, "the command line so far, without its first word" },
		{ 0 },
	},
	.example = "qami complete",
	.local = true,
	.storeless = true,
	.main = complete,
};
