/* option.c - searching a verb's options by name and by letter */
#include "launcher/cli/option.h"

#include <string.h>

#include "launcher/cli/value.h"

void parse_each_option(const struct action *action,
		       bool (*each)(void *data, const char *name,
				    const struct option_name *what),
		       void *data)
{
	for (const struct param *param = action->params; param && param->name;
	     param++) {
		struct option_name what = { param, false };
		char name[NAME_SIZE + 3] = "no-";

		if (param->flags & PARAM_POSITIONAL ||
		    custom_hides(action, param))
			continue;
		name_to_kebab(param->name, name + 3);
		if (!each(data, name + 3, &what))
			return;
		what.negative = true;
		if (value_is_switch(param) && !each(data, name, &what))
			return;
	}
}

/* The search for what a name on the command line means. */
struct search {
	const char *wanted;
	size_t size;
	struct option best;
	int hits; /* how many begin so */
	bool exact;
	char others[128];
};

/* Offers one option to the search; false once there is an exact match. */
static bool search_offer(struct search *search, const char *name,
			 const struct option *option)
{
	size_t used = strlen(search->others);

	if (search->exact || strncmp(name, search->wanted, search->size) != 0)
		return !search->exact;
	search->exact = !name[search->size];
	search->hits = search->exact ? 1 : search->hits + 1;
	if (used + strlen(name) + 5 < sizeof(search->others)) {
		strcat(search->others, used ? ", --" : "--");
		strcat(search->others, name);
	}
	search->best = *option;
	strncpy(search->best.buffer, name, NAME_SIZE - 1);
	return !search->exact;
}

static bool search_param(void *data, const char *name,
			 const struct option_name *what)
{
	struct option option = { .of = *what };

	return search_offer(data, name, &option);
}

static void search_all(const struct action *action, struct search *search)
{
	struct option input = { .extra = EXTRA_INPUT_JSON };
	struct option skeleton = { .extra = EXTRA_SKELETON };

	parse_each_option(action, search_param, search);
	for (const struct custom *c = custom_table; c->name; c++) {
		struct option option = { .custom = c };

		if (custom_offered(c, action))
			search_offer(search, c->name, &option);
	}
	if (!action->local) {
		search_offer(search, "cli-input-json", &input);
		search_offer(search, "generate-cli-skeleton", &skeleton);
	}
	for (const struct global *g = global_table; g->name; g++) {
		struct option option = { .global = g };

		search_offer(search, g->name, &option);
	}
}

bool option_find(const struct action *action, const char *name, size_t size,
		 struct option *ret_option, struct buf *complaint)
{
	char wanted[NAME_SIZE] = "";
	struct search search = { .wanted = wanted };
	const char *real;

	*ret_option = (struct option){ 0 };
	if (size >= sizeof(wanted) || !size)
		return true;
	memcpy(wanted, name, size);
	real = custom_real_name(wanted);
	if (real)
		strcpy(wanted, real);
	search.size = strlen(wanted);
	search_all(action, &search);
	if (search.hits > 1) {
		buf_printf(complaint, "ambiguous option: --%s could match %s",
			   wanted, search.others);
		return false;
	}
	if (search.hits) {
		*ret_option = search.best;
		ret_option->name = ret_option->buffer;
	}
	return true;
}

static const struct param *letter_find(const struct action *action, char letter)
{
	for (const struct param *p = action->params; p && p->name; p++)
		if (p->letter && p->letter == letter)
			return p;
	return NULL;
}

bool option_find_letter(const struct action *action, char letter,
			struct option *ret_option)
{
	struct option option = { .of.param = letter_find(action, letter) };

	if (option.of.param)
		name_to_kebab(option.of.param->name, option.buffer);
	else if (action->local || letter == 'h')
		option.global = global_find_letter(letter);
	if (option.global)
		strcpy(option.buffer, option.global->name);
	*ret_option = option;
	ret_option->name = ret_option->buffer;
	return option.of.param || option.global;
}

/* Whether words that are no options may be a row's own: then a list of its
 * takes one word at a time. */
static bool takes_words(const struct action *action)
{
	if (!action->local)
		return false;
	for (const struct param *p = action->params; p && p->name; p++)
		if (p->flags & PARAM_POSITIONAL)
			return true;
	return false;
}

enum arity option_arity(const struct action *action, const struct option *o)
{
	const struct param *param = o->of.param;

	if (o->extra)
		return o->extra == EXTRA_SKELETON ? ARITY_MAYBE : ARITY_ONE;
	if (o->global)
		return o->global->value ? ARITY_ONE : ARITY_NONE;
	if (o->custom)
		return o->custom->kind == CUSTOM_SWITCH ? ARITY_NONE :
		       o->custom->kind == CUSTOM_LIST	? ARITY_MANY :
							  ARITY_ONE;
	if (value_is_switch(param))
		return param->type == PARAM_BOOLEAN || o->of.negative ?
			       ARITY_NONE :
			       ARITY_MAYBE;
	return param->flags & PARAM_LIST && !takes_words(action) ? ARITY_MANY :
								   ARITY_ONE;
}
