/* parse.c - a tool's words, by its row
 *
 * For the program that has nothing but the tools; the grammar is getopt's,
 * which is what the original tools' scripts were written for.
 */
#include <getopt.h>
#include <string.h>

#include "bundle/tool/tool.h"

#define OPTIONS_MOST 128
#define META 1000 /* values of what is no parameter; of which they are: … */
#define NEGATIVE 500
#define POSITIVE 256
#define LOOSE 1 /* getopt's value of a word that is no option's */

struct parse {
	const struct tool *tool;
	struct arena *arena;
	struct tool_args *args;
	struct option options[OPTIONS_MOST];
	char names[OPTIONS_MOST][NAME_SIZE + 3];
	size_t count;
	char letters[3 * OPTIONS_MOST];
};

static void add(struct parse *p, const char *prefix, const char *name,
		bool value, int code)
{
	size_t i = p->count;

	if (i + 1 >= OPTIONS_MOST)
		return;
	snprintf(p->names[i], sizeof(p->names[i]), "%s%.90s", prefix, name);
	p->options[i] = (struct option){
		p->names[i], value ? required_argument : no_argument, NULL, code
	};
	p->count++;
}

static void add_params(struct parse *p)
{
	const struct param *params = p->tool->params;
	size_t used = strlen(strcpy(p->letters, "-:h"));

	for (int i = 0; params[i].name; i++) {
		bool value = params[i].type != PARAM_BOOLEAN;
		char name[NAME_SIZE];

		if (params[i].flags & PARAM_POSITIONAL)
			continue;
		name_to_kebab(params[i].name, name);
		add(p, "", name, value, POSITIVE + i);
		if (!value)
			add(p, "no-", name, false, NEGATIVE + i);
		if (!params[i].letter)
			continue;
		p->letters[used++] = params[i].letter;
		if (value)
			p->letters[used++] = ':';
	}
	add(p, "", "help", false, META + 'h');
	add(p, "", "version", false, META + 'v');
	add(p, "", "debug", false, META + 'd');
}

static int letter_index(const struct param *params, int letter)
{
	for (int i = 0; params[i].name; i++)
		if (params[i].letter && params[i].letter == letter)
			return i;
	return -1;
}

/* Whether a value is one of "a|b|c". */
static bool is_choice(const char *choices, const char *text)
{
	size_t size = strlen(text);

	while (*choices) {
		size_t next = strcspn(choices, "|");

		if (next == size && strncmp(choices, text, size) == 0)
			return true;
		choices += next + (choices[next] == '|');
	}
	return false;
}

static bool store(struct parse *p, int i, const char *text, struct error *err)
{
	const struct param *param = &p->tool->params[i];
	char name[NAME_SIZE];

	name_to_kebab(param->name, name);
	if (param->type == PARAM_STRING && param->prefix &&
	    !is_choice(param->prefix, text))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "--%s is one of %s, not '%.40s'", name,
			    param->prefix, text);
	if (param->flags & PARAM_LIST && p->args->texts[i])
		text = arena_format(p->arena, "%s,%s", p->args->texts[i], text);
	else
		text = arena_str(p->arena, text);
	p->args->texts[i] = text;
	return text || fail_memory(err);
}

static bool complain(const struct parse *p, int found, char *const *argv,
		     struct error *err)
{
	bool known = optopt && letter_index(p->tool->params, optopt) >= 0;
	char letter[3] = { '-', (char)optopt, 0 };
	const char *word = !optopt || optopt >= POSITIVE ? argv[optind - 1] :
							   letter;

	if (found == ':' || known)
		return fail(err, FAULT_INVALID_PARAMETER, "%.60s needs a value",
			    word);
	return fail(err, FAULT_INVALID_PARAMETER,
		    "there is no option %.60s, or more than one that begins so",
		    word);
}

static bool require(const struct parse *p, struct error *err)
{
	const struct param *params = p->tool->params;
	auto_buf missing = BUF_INIT;
	char name[NAME_SIZE];

	for (size_t i = 0; params[i].name; i++) {
		if (!(params[i].flags & PARAM_REQUIRED) || p->args->texts[i])
			continue;
		name_to_kebab(params[i].name, name);
		buf_printf(&missing, "%s--%s", missing.size ? ", " : "", name);
	}
	return !missing.size || fail(err, FAULT_MISSING_PARAMETER,
				     "there is no %s", buf_text(&missing));
}

static bool loose(const char *word, struct error *err)
{
	return fail(err, FAULT_INVALID_PARAMETER,
		    "'%.60s' is neither an option nor a value of one", word);
}

/* Whether loose words behind an option's value are more of its values: of -e
 * and a pattern, which a shell that finds several files makes many words of, as
 * the one does through which Packer sends it. */
static bool is_path_list(const struct tool *tool, int i)
{
	return i >= 0 && tool->params[i].type == PARAM_STRING &&
	       tool->params[i].flags & PARAM_LIST;
}

/* The argument without option that a loose word is; -1 when there is none, or
 * it has its word. */
static int argument(const struct parse *p)
{
	const struct param *params = p->tool->params;

	for (int i = 0; params[i].name; i++)
		if (params[i].flags & PARAM_POSITIONAL && !p->args->texts[i])
			return i;
	return -1;
}

static bool scan(struct parse *p, int argc, char **argv, int *ret_meta,
		 struct error *err)
{
	int found, last = -1;

	optind = 0; /* GNU's way to begin anew */
	opterr = 0;
	while ((found = getopt_long(argc, argv, p->letters, p->options,
				    NULL)) != -1) {
		int letter = letter_index(p->tool->params, found);
		bool done = true;

		if (found == '?' || found == ':')
			return complain(p, found, argv, err);
		if (found == LOOSE && argument(p) >= 0) {
			done = store(p, argument(p), optarg, err);
			last = -1;
		} else if (found == LOOSE) {
			if (!is_path_list(p->tool, last))
				return loose(optarg, err);
			done = store(p, last, optarg, err);
		} else if (found == 'h' || found >= META) {
			*ret_meta = found == 'h' ? 'h' : found - META;
			last = -1;
		} else if (found >= NEGATIVE) {
			done = store(p, found - NEGATIVE, "false", err);
			last = -1;
		} else {
			last = found >= POSITIVE ? found - POSITIVE : letter;
			done = store(p, last, optarg ? optarg : "true", err);
		}
		if (!done)
			return false;
	}
	if (optind < argc)
		return loose(argv[optind], err);
	return *ret_meta == 'h' || *ret_meta == 'v' || require(p, err);
}

bool tool_parse(const struct tool *tool, char *const *words,
		struct arena *arena, struct tool_args *ret_args, int *ret_meta,
		struct error *err)
{
	struct parse *p = arena_alloc(arena, sizeof(*p));
	size_t params = 0;
	char **argv;
	int argc = 0;

	while (tool->params[params].name)
		params++;
	while (words[argc])
		argc++;
	argv = arena_alloc(arena, ((size_t)argc + 2) * sizeof(*argv));
	ret_args->params = tool->params;
	ret_args->texts =
		arena_alloc(arena, (params + 1) * sizeof(*ret_args->texts));
	if (!p || !argv || !ret_args->texts)
		return fail_memory(err);
	argv[0] = arena_str(arena, tool->name);
	memcpy(argv + 1, words, (size_t)argc * sizeof(*argv));
	p->tool = tool;
	p->arena = arena;
	p->args = ret_args;
	*ret_meta = 0;
	add_params(p);
	return scan(p, argc + 1, argv, ret_meta, err);
}
