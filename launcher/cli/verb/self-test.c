/* self-test.c - do the rows say all that help, manual and checks need?
 *
 * Run by the test suite: a row that lacks something fails the build's checks,
 * not a user.
 */
#include <stdio.h>
#include <string.h>

#include "launcher/action/action.h"
#include "launcher/cli/rows.h"
#include "launcher/cli/verbs.h"

/* What is being looked at, and what was found wrong so far. */
struct inspection {
	const char *row;
	unsigned complaints;
};

static void complain(struct inspection *inspection, const char *what,
		     const char *detail)
{
	printf("%s: %s%s%s\n", inspection->row, what, *detail ? ": " : "",
	       detail);
	inspection->complaints++;
}

/* One line, lower case at the beginning unless it is a name, no full stop. */
static void check_brief(struct inspection *inspection, const char *brief,
			const char *of)
{
	if (!brief || !*brief)
		complain(inspection, "no brief", of);
	else if (strchr(brief, '\n') || brief[strlen(brief) - 1] == '.')
		complain(inspection, "brief is no phrase", brief);
}

static void check_type(struct inspection *inspection, const struct param *p)
{
	unsigned text = PARAM_EMPTY | PARAM_LOOSE;

	if (p->type == PARAM_NONE || p->type > PARAM_DOUBLE)
		complain(inspection, "no type", p->name);
	if ((p->type == PARAM_STRUCT) != (p->members != NULL))
		complain(inspection, "members and type disagree", p->name);
	if (p->prefix && p->type != PARAM_ID && p->type != PARAM_STRING)
		complain(inspection, "neither id nor choice", p->name);
	if (p->flags & (PARAM_TEXT_BLOB | PARAM_STREAM) &&
	    p->type != PARAM_BLOB)
		complain(inspection, "text or stream of no blob", p->name);
	if (p->flags & PARAM_OUTPUT &&
	    (p->type != PARAM_FILE || !(p->flags & PARAM_POSITIONAL)))
		complain(inspection, "no file to put the body in", p->name);
	if (p->flags & PARAM_NAMED && (p->type != PARAM_ID || !p->prefix))
		complain(inspection, "a name for no id", p->name);
	if (p->flags & text && p->type != PARAM_STRING)
		complain(inspection, "a string's flag", p->name);
	if (p->flags & PARAM_NOTHING && !(p->flags & PARAM_LIST))
		complain(inspection, "nothing of no list", p->name);
	if (p->flags & PARAM_LOOSE && !p->prefix)
		complain(inspection, "no choice to be loose about", p->name);
	if (p->flags & PARAM_REST &&
	    (~p->flags & (PARAM_POSITIONAL | PARAM_LIST)))
		complain(inspection, "the rest is no positional list", p->name);
}

static void check_params(struct inspection *inspection,
			 const struct param *params, bool local, int depth)
{
	for (const struct param *p = params; p && p->name; p++) {
		check_brief(inspection, p->brief, p->name);
		check_type(inspection, p);
		if (p->flags & PARAM_POSITIONAL &&
		    ((!local && !(p->flags & PARAM_OUTPUT)) || depth))
			complain(inspection, "positional", p->name);
		if (p->letter && !local)
			complain(inspection, "a letter", p->name);
		for (const struct param *q = params; q < p; q++)
			if (strcmp(p->name, q->name) == 0 ||
			    (p->letter && p->letter == q->letter))
				complain(inspection, "twice", p->name);
		if (p->members && depth < 8)
			check_params(inspection, p->members, local, depth + 1);
	}
}

/* Every code that a row promises must be one that clients may see. */
static void check_faults(struct inspection *inspection,
			 const struct action *action)
{
	for (const enum fault *f = action->faults; f && *f; f++) {
		if (*f >= FAULT_COUNT || !*fault_code(*f))
			complain(inspection, "an unknown fault", "");
		for (const enum fault *g = action->faults; g < f; g++)
			if (*g == *f)
				complain(inspection, "fault twice",
					 fault_code(*f));
	}
	if (!action->faults && !action->local)
		complain(inspection, "no faults", "");
}

static void check_example(struct inspection *inspection,
			  const struct action *action)
{
	char name[NAME_SIZE], begin[NAME_SIZE + 8];

	verb_typed(action, name);
	snprintf(begin, sizeof(begin), "%s%s", action->tool ? "" : "qami ",
		 name);
	if (!action->example)
		complain(inspection, "no example", "");
	else if (!strstr(action->example, begin))
		complain(inspection, "the example is another verb's",
			 action->example);
}

static void check_row(struct inspection *inspection, const char *file,
		      const struct action *action, bool local)
{
	char name[NAME_SIZE];

	inspection->row = file;
	if (!action->name) {
		complain(inspection, "no name", "");
		return;
	}
	verb_name(action, name);
	for (char *c = name; *c; c++)
		*c = *c == '-' ? '_' : *c;
	if (strcmp(name, file) != 0)
		complain(inspection, "the file has another name", name);
	check_brief(inspection, action->brief, "");
	if (!action->about || !*action->about)
		complain(inspection, "no about", "");
	if (action->main ? action->run || action->visit :
			   !action->run && !action->visit)
		complain(inspection, "needs run, visit or main", "");
	if (action->local != local ||
	    ((action->main || action->visit) && !local))
		complain(inspection, "local or not?", "");
	check_example(inspection, action);
	check_params(inspection, action->params, local, 0);
	check_faults(inspection, action);
}

/* For the tests of the rows: which codes each verb promises to answer with,
 * and what it gives as an example. */
static void list_row(const struct action *action, bool faults)
{
	char name[NAME_SIZE];

	verb_name(action, name);
	if (!faults)
		printf("%s\n", action->example);
	for (const enum fault *f = action->faults; faults && f && *f; f++)
		printf("%s %s\n", name, fault_code(*f));
}

static int list_rows(bool faults)
{
	for (size_t i = 0; action_table[i]; i++)
		list_row(action_table[i], faults);
	for (size_t i = 0; verb_table[i]; i++)
		list_row(verb_table[i], faults);
	return 0;
}

/* For the tests of the wire's names: the rows' parameters. */
static int dump_rows(struct error *err)
{
	json_t *rows = rows_json();
	auto_free char *text = rows ? json_dumps(rows, JSON_INDENT(1)) : NULL;

	json_decref(rows);
	if (text)
		puts(text);
	else
		fail_memory(err);
	return text ? 0 : -1;
}

static int self_test(struct call *call, const struct args *args,
		     struct error *err)
{
	struct inspection inspection = { 0 };
	bool faults = args_bool(args, "Faults", false);
	char name[NAME_SIZE];
	size_t rows = 0;

	(void)call;
	if (args_bool(args, "Parameters", false))
		return dump_rows(err);
	if (faults || args_bool(args, "Examples", false))
		return list_rows(faults);
	for (size_t i = 0; action_table[i]; i++, rows++)
		check_row(&inspection, action_files[i], action_table[i], false);
	for (size_t i = 0; verb_table[i]; i++, rows++) {
		check_row(&inspection, verb_files[i], verb_table[i], true);
		verb_name(verb_table[i], name);
		if (action_find_verb(name))
			complain(&inspection, "hides an action", "");
	}
	if (inspection.complaints) {
		fail(err, FAULT_INTERNAL, "%u complaints about %zu rows",
		     inspection.complaints, rows);
		return -1;
	}
	printf("%zu rows are complete\n", rows);
	return 0;
}

const struct action verb_self_test = {
	.name = "self-test",
	.brief = "check that every verb is described completely",
	.about = "Looks through the rows of all verbs for what help, the "
		 "manual and the checks of parameters need. For those who add "
		 "one.",
	.params = (const struct param[]) {
		{ "Faults", PARAM_BOOLEAN, 0, NULL,
		  "list each verb with the errors it answers with" },
		{ "Examples", PARAM_BOOLEAN, 0, NULL,
		  "list each verb's example" },
		{ "Parameters", PARAM_BOOLEAN, 0, NULL,
		  "each action's parameters, as JSON" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INTERNAL, FAULT_NONE },
	.example = "qami self-test",
	.local = true,
	.storeless = true,
	.main = self_test,
};
