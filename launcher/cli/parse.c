/* parse.c - options and their values, by the row
 *
 * The rules of what is an option and what a value are those of the AWS CLI's
 * parser: a list takes values up to the next option, a negative number or a
 * text with a blank is a value, a name may be shortened while it is unique. One
 * deviation: a list given twice is refused, where the AWS CLI drops the first.
 */
#include "launcher/cli/parse.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "images/base/auto.h"
#include "launcher/cli/option.h"
#include "launcher/cli/paramfile.h"
#include "launcher/cli/suggest.h"
#include "launcher/cli/value.h"

#define CUSTOMS_MOST 32

/* Custom options are applied when everything was read. */
struct deferred {
	const struct custom *custom;
	const char *const *texts;
	const char *single; /* of "--option=single" */
	size_t count;
};

struct parse {
	const struct action *action;
	const char *const *words;
	size_t at;
	struct options *options;
	struct parsed *parsed;
	const char **positional;
	size_t positional_count;
	const char *unknown[8];
	size_t unknown_count;
	struct deferred deferred[CUSTOMS_MOST];
	size_t deferred_count;
	json_t *input; /* of --cli-input-json; owned */
};

static bool usage(struct parse *p, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static bool usage(struct parse *p, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	buf_vprintf(&p->parsed->complaint, format, args);
	va_end(args);
	p->parsed->block = true;
	return false;
}

static bool is_number(const char *word)
{
	const char *c = word + 1;
	size_t digits = strspn(c, "0123456789");

	c += digits;
	if (*c == '.' && c[1])
		c += 1 + strspn(c + 1, "0123456789");
	else if (!digits)
		return false;
	return !*c;
}

/* Whether a word can only be an option, not somebody's value. */
static bool is_option(const char *word)
{
	if (word[0] != '-' || !word[1] || is_number(word))
		return false;
	return !strchr(word, ' ') || strchr(word, '=') != NULL;
}

/* How many words from here on are values. */
static size_t values_ahead(const struct parse *p)
{
	size_t count = 0;

	while (p->words[p->at + count] && !is_option(p->words[p->at + count]))
		count++;
	return count;
}

static bool set_param(struct parse *p, const struct param *param, json_t *value)
{
	if (json_object_set_new(p->parsed->args.root, param->name, value) == 0)
		return true;
	buf_str(&p->parsed->complaint, "out of memory");
	return false;
}

/* A list of the AWS CLI's comes in one go; a local verb's option is repeated,
 * each with one value. */
static bool set_list(struct parse *p, const struct param *param, json_t *list)
{
	json_t *have = json_object_get(p->parsed->args.root, param->name);

	if (!have)
		return set_param(p, param, list);
	if (p->action->local) {
		json_array_extend(have, list);
		json_decref(list);
		return true;
	}
	json_decref(list);
	return usage(p,
		     "argument for %s given twice: give one option all the "
		     "values",
		     param->name);
}

static bool take_param(struct parse *p, const struct option *option,
		       const char *const *texts, size_t count)
{
	const struct param *param = option->of.param;
	auto_free char *name = format_text("--%s", option->name);
	json_t *value = value_parse(param, name ? name : "", texts, count,
				    p->options->raw_blobs,
				    &p->parsed->complaint);

	if (!value)
		return false;
	if (param->flags & PARAM_LIST && json_is_array(value))
		return set_list(p, param, value);
	return set_param(p, param, value);
}

static bool take_switch(struct parse *p, const struct option *option)
{
	const struct param *param = option->of.param;
	json_t *value = json_boolean(!option->of.negative);

	if (param->type == PARAM_STRUCT)
		value = json_pack("{s:o}", "Value", value);
	return set_param(p, param, value);
}

static bool take_custom(struct parse *p, const struct option *option,
			const char *const *texts, const char *single,
			size_t count)
{
	if (p->deferred_count == CUSTOMS_MOST)
		return usage(p, "too many options");
	p->deferred[p->deferred_count++] = (struct deferred){
		option->custom, texts, single, count
	};
	return true;
}

static bool take_input(struct parse *p, const char *text)
{
	auto_buf data = BUF_INIT;
	auto_buf why = BUF_INIT;
	struct buf *complaint = &p->parsed->complaint;
	json_error_t error;

	if (paramfile_kind(text) != PARAMFILE_NONE) {
		if (!paramfile_read(text,
				    paramfile_kind(text) == PARAMFILE_BINARY,
				    &data, &why)) {
			buf_printf(complaint, "Error parsing parameter "
				   "'--cli-input-json': %s", buf_text(&why));
			return false;
		}
		text = buf_text(&data);
	}
	json_decref(p->input);
	p->input = json_loads(text, JSON_DECODE_ANY, &error);
	if (!p->input)
		buf_printf(complaint,
			   "Error parsing parameter "
			   "'cli-input-json': Invalid JSON received: %s, line "
			   "%d column %d",
			   error.text, error.line, error.column);
	else if (!json_is_object(p->input))
		buf_str(complaint, "Error parsing parameter "
				   "'--cli-input-json': Invalid type: "
				   "expecting map");
	return json_is_object(p->input);
}

static bool take_skeleton(struct parse *p, const char *which)
{
	p->parsed->skeleton = true;
	if (strcmp(which, "input") == 0)
		return true;
	return usage(p, "argument --generate-cli-skeleton: Invalid choice, "
			"valid choices are: input");
}

/* Does what an option with so many values says. */
static bool obey(struct parse *p, const struct option *option,
		 const char *const *texts, const char *single, size_t count)
{
	const char *const *values = single ? &single : texts;
	const char *first = count ? values[0] : NULL;

	if (option->extra == EXTRA_SKELETON)
		return take_skeleton(p, first ? first : "input");
	if (option->extra == EXTRA_INPUT_JSON)
		return take_input(p, first);
	if (option->custom)
		return take_custom(p, option, texts, single, count);
	if (option->global) {
		p->parsed->block = true;
		if (!options_set(p->options, option->global, first,
				 &p->parsed->complaint))
			return false;
		p->parsed->block = false;
		return true;
	}
	if (value_is_switch(option->of.param) && !count)
		return take_switch(p, option);
	return take_param(p, option, values, count);
}

/* Takes an option with its values; `explicit` is what followed a '='. */
static bool take_option(struct parse *p, const struct option *option,
			const char *explicit)
{
	enum arity arity = option_arity(p->action, option);
	size_t ahead = values_ahead(p);
	const char *const *texts = p->words + p->at;
	size_t count = ahead;

	if (explicit) {
		if (arity == ARITY_NONE)
			return usage(p,
				     "argument --%s: ignored explicit "
				     "argument '%s'",
				     option->name, explicit);
		return obey(p, option, NULL, explicit, 1);
	}
	if (arity == ARITY_ONE && !ahead) {
		/* a word that is no option of ours may be meant as a value */
		return usage(p, "argument --%s: expected one argument",
			     option->name);
	}
	if (arity == ARITY_NONE)
		count = 0;
	else if (arity != ARITY_MANY && count > 1)
		count = 1;
	/* what a local verb's switch-like option leaves is positional */
	if (arity == ARITY_MAYBE && p->action->local)
		count = 0;
	p->at += count;
	return obey(p, option, texts, NULL, count);
}

static bool note_unknown(struct parse *p, const char *word)
{
	if (p->unknown_count < sizeof(p->unknown) / sizeof(p->unknown[0]))
		p->unknown[p->unknown_count++] = word;
	return true;
}

static bool long_option(struct parse *p, const char *word)
{
	const char *name = word + 2;
	const char *equals = strchr(name, '=');
	struct option option;

	p->at++;
	if (!option_find(p->action, name,
			 equals ? (size_t)(equals - name) : strlen(name),
			 &option, &p->parsed->complaint)) {
		p->parsed->block = true;
		return false;
	}
	if (option.name)
		return take_option(p, &option, equals ? equals + 1 : NULL);
	return note_unknown(p, word);
}

/* "-t VALUE", "-tVALUE", or switches together: "-af". */
static bool short_options(struct parse *p, const char *word)
{
	p->at++;
	for (const char *c = word + 1; *c; c++) {
		const char *rest = c[1] ? c + 1 : NULL;
		struct option option;

		if (!option_find_letter(p->action, *c, &option))
			return note_unknown(p, word);
		if (option_arity(p->action, &option) != ARITY_NONE)
			return take_option(p, &option, rest);
		if (!obey(p, &option, NULL, NULL, 0))
			return false;
	}
	return true;
}

/* The row's positional parameter for the n-th word; the last list takes all
 * that are left; NULL when there is none. */
static const struct param *positional_find(const struct action *action,
					   size_t n)
{
	for (const struct param *p = action->params; p && p->name; p++)
		if (p->flags & PARAM_POSITIONAL &&
		    (n-- == 0 || p->flags & PARAM_LIST))
			return p;
	return NULL;
}

static bool positional_word(struct parse *p, bool *options_end)
{
	const struct param *param =
		positional_find(p->action, p->positional_count);
	const char *word = p->words[p->at++];

	if (!param)
		return note_unknown(p, word);
	if (param->flags & PARAM_REST)
		*options_end = true;
	p->positional[p->positional_count++] = word;
	return true;
}

static bool scan(struct parse *p)
{
	bool options_end = false;

	while (p->words[p->at]) {
		const char *word = p->words[p->at];

		if (options_end || !is_option(word)) {
			if (!positional_word(p, &options_end))
				return false;
		} else if (strcmp(word, "--") == 0) {
			options_end = true;
			p->at++;
		} else if (!(word[1] == '-' ? long_option(p, word) :
					      short_options(p, word))) {
			return false;
		}
	}
	return true;
}

static bool assign_positional(struct parse *p)
{
	size_t at = 0;

	for (const struct param *param = p->action->params;
	     param && param->name && at < p->positional_count; param++) {
		size_t count = param->flags & PARAM_LIST ?
				       p->positional_count - at :
				       1;
		json_t *value;

		if (!(param->flags & PARAM_POSITIONAL))
			continue;
		value = value_parse(param, param->name, p->positional + at,
				    count, p->options->raw_blobs,
				    &p->parsed->complaint);
		if (!value || !set_param(p, param, value))
			return false;
		at += count;
	}
	return true;
}

static bool apply_deferred(struct parse *p)
{
	for (size_t i = 0; i < p->deferred_count; i++) {
		const struct deferred *d = &p->deferred[i];

		if (!d->custom->apply(p->parsed->args.root, d->custom,
				      d->single ? &d->single : d->texts,
				      d->count, &p->parsed->complaint))
			return false;
	}
	return true;
}

static bool refuse_unknown(struct parse *p)
{
	struct suggest suggest;

	if (!p->unknown_count)
		return true;
	usage(p, "Unknown options: ");
	for (size_t i = 0; i < p->unknown_count; i++)
		buf_printf(&p->parsed->complaint, "%s%s", i ? ", " : "",
			   p->unknown[i]);
	suggest_start(&suggest, p->unknown[0] + strspn(p->unknown[0], "-"));
	suggest_options(&suggest, p->action);
	if (suggest.best[0])
		buf_printf(&p->parsed->complaint, "\nDid you mean --%s?",
			   suggest.best);
	return false;
}

void parse_param_name(const struct param *param, struct buf *out)
{
	char name[NAME_SIZE];

	name_to_kebab(param->name, name);
	if (!(param->flags & PARAM_POSITIONAL)) {
		buf_printf(out, "--%s", name);
		return;
	}
	if (param->value) {
		buf_str(out, param->value);
		return;
	}
	for (const char *c = name; *c; c++)
		buf_char(out, (char)toupper((unsigned char)*c));
}

/* What must be there and is not; parameters may all be in the JSON input, but
 * where the answer's body goes is never said there. */
static bool require(struct parse *p, unsigned flags)
{
	auto_buf names = BUF_INIT;

	for (const struct param *param = p->action->params;
	     param && param->name; param++) {
		if (~param->flags & flags ||
		    json_object_get(p->parsed->args.root, param->name))
			continue;
		if (names.size)
			buf_str(&names, ", ");
		parse_param_name(param, &names);
	}
	return !names.size ||
	       usage(p, "the following arguments are required: %s",
		     buf_text(&names));
}

static bool finish(struct parse *p)
{
	json_t *root = p->parsed->args.root;

	if (p->options->help || p->options->version)
		return true;
	if (!refuse_unknown(p) || p->parsed->skeleton)
		return !p->unknown_count;
	if (!assign_positional(p) || !apply_deferred(p))
		return false;
	if (p->input) {
		json_object_update_missing(root, p->input);
		return custom_finish(p->action, root) &&
		       require(p, PARAM_REQUIRED | PARAM_OUTPUT) &&
		       value_check(p->action->params, root,
				   &p->parsed->complaint);
	}
	return custom_finish(p->action, root) && require(p, PARAM_REQUIRED) &&
	       value_check(p->action->params, root, &p->parsed->complaint);
}

bool parse_words(const struct action *action, const char *const *words,
		 struct options *options, struct parsed *parsed)
{
	struct parse p = { .action = action, .words = words,
			   .options = options, .parsed = parsed };
	size_t count = 0;
	bool done;

	while (words[count])
		count++;
	p.positional = calloc(count + 1, sizeof(*p.positional));
	if (!p.positional) {
		buf_str(&parsed->complaint, "out of memory");
		return false;
	}
	done = scan(&p) && finish(&p);
	free(p.positional);
	json_decref(p.input);
	return done;
}
