/* help.c - help from the rows, examples first */
#include "launcher/cli/help.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "images/base/auto.h"
#include "images/base/usage.h"
#include "launcher/cli/cli.h"
#include "launcher/cli/custom.h"
#include "launcher/cli/options.h"
#include "launcher/cli/parse.h"
#include "launcher/cli/tool.h"
#include "launcher/cli/terminal.h"
#include "launcher/cli/value.h"
#include "launcher/cli/verbs.h"

void help_usage(FILE *out)
{
	fputs("usage: qami [options] <verb> [parameters]\n"
	      "To see help text, you can run:\n"
	      "\n"
	      "  qami help\n"
	      "  qami help <verb>\n"
	      "\n",
	      out);
}

static const char *type_word(const struct param *param)
{
	switch (param->type) {
	case PARAM_INTEGER:
	case PARAM_DOUBLE:
		return "N";
	case PARAM_BOOLEAN:
		return "true|false";
	case PARAM_ID:
		return "ID";
	case PARAM_TIME:
		return "TIME";
	case PARAM_BLOB:
		if (param->flags & PARAM_STREAM)
			return "fileb://FILE";
		return param->flags & PARAM_TEXT_BLOB ? "TEXT" : "BASE64";
	case PARAM_FILE:
		return "FILE";
	case PARAM_STRING:
		return param->prefix ? param->prefix : "TEXT";
	case PARAM_STRUCT:
	case PARAM_NONE:
		break;
	}
	return "";
}

static void member_syntax(const struct param *param, struct buf *out)
{
	bool list = param->flags & PARAM_LIST;
	bool nested = param->type == PARAM_STRUCT;

	if (list && nested)
		buf_char(out, '[');
	if (nested)
		buf_char(out, '{');
	if (nested || param->value)
		buf_str(out, param->value ? param->value : "");
	else
		buf_str(out, type_word(param));
	for (const struct param *p = nested ? param->members : NULL;
	     p && p->name; p++) {
		buf_printf(out, "%s%s=", p == param->members ? "" : ",",
			   p->name);
		member_syntax(p, out);
	}
	if (nested)
		buf_char(out, '}');
	if (list)
		buf_str(out, nested ? ",...]" : ",...");
}

void help_syntax(const struct param *param, struct buf *out)
{
	const struct param *inside = value_inside(param);
	bool list = param->flags & PARAM_LIST;

	if (value_is_switch(param))
		return;
	if (param->value)
		buf_str(out, param->value);
	else if (inside)
		buf_str(out, type_word(inside));
	else if (param->type != PARAM_STRUCT)
		buf_str(out, type_word(param));
	else
		for (const struct param *p = param->members; p && p->name;
		     p++) {
			buf_printf(out, "%s%s=", p == param->members ? "" : ",",
				   p->name);
			member_syntax(p, out);
		}
	if (list && !(param->flags & PARAM_REST))
		buf_str(out, " ...");
	else if (list)
		buf_str(out, "...");
}

void help_names(const struct param *param, const char *separator,
		struct buf *out)
{
	char negative[NAME_SIZE + 3] = "no-";
	const char *alias;

	if (param->letter)
		buf_printf(out, "-%c, ", param->letter);
	parse_param_name(param, out);
	if (!value_is_switch(param))
		return;
	name_to_kebab(param->name, negative + 3);
	alias = value_inside(param) ? NULL : custom_alias(negative);
	if (alias)
		buf_printf(out, "%s--%s", separator, alias);
	else if (value_inside(param) || param->flags & PARAM_UNLESS)
		buf_printf(out, "%s--%s", separator, negative);
}

static void put_param(const struct param *param, FILE *out)
{
	auto_buf typed = BUF_INIT;
	auto_buf syntax = BUF_INIT;

	help_syntax(param, &syntax);
	if (param->flags & PARAM_POSITIONAL) {
		parse_param_name(param, &typed);
		if (param->flags & PARAM_LIST)
			buf_str(&typed, "...");
	} else {
		help_names(param, " | ", &typed);
		if (syntax.size)
			buf_printf(&typed, " %s", buf_text(&syntax));
	}
	usage_entry(buf_text(&typed), param->brief,
		    param->flags & PARAM_REQUIRED, out);
}

static void put_custom(const struct action *action, FILE *out)
{
	for (const struct custom *c = custom_table; c->name; c++) {
		auto_free char *typed = NULL;

		if (!custom_offered(c, action))
			continue;
		typed = format_text("--%s%s%s%s", c->name, c->value ? " " : "",
				    c->value ? c->value : "",
				    c->kind == CUSTOM_LIST ? " ..." : "");
		if (typed)
			usage_entry(typed, c->brief, false, out);
	}
}

static void put_usage(const struct action *action, const char *name, FILE *out)
{
	auto_buf line = BUF_INIT;
	bool more = !action->local;

	buf_printf(&line, "Usage: qami %s", name);
	for (const struct param *p = action->params; p && p->name; p++) {
		bool list = p->flags & PARAM_LIST;
		auto_buf syntax = BUF_INIT;

		if (p->flags & PARAM_POSITIONAL ||
		    !(p->flags & PARAM_REQUIRED) || custom_hides(action, p)) {
			more |= !(p->flags & PARAM_POSITIONAL);
			continue;
		}
		buf_char(&line, ' ');
		parse_param_name(p, &line);
		help_syntax(p, &syntax);
		if (syntax.size < 30)
			buf_printf(&line, " %s", buf_text(&syntax));
		else
			buf_str(&line, list ? " ... ..." : " ...");
	}
	if (more)
		buf_str(&line, " [options]");
	for (const struct param *p = action->params; p && p->name; p++) {
		bool required = p->flags & PARAM_REQUIRED;

		if (!(p->flags & PARAM_POSITIONAL))
			continue;
		buf_str(&line, required ? " " : " [");
		parse_param_name(p, &line);
		buf_str(&line, p->flags & PARAM_LIST ? "..." : "");
		buf_str(&line, required ? "" : "]");
	}
	usage_wrap(buf_text(&line), 0, out);
}

static void put_params(const struct action *action, bool positional, FILE *out)
{
	const char *title = positional ? "\nArguments:\n" : "\nOptions:\n";

	for (const struct param *p = action->params; p && p->name; p++) {
		if (!(p->flags & PARAM_POSITIONAL) != !positional ||
		    custom_hides(action, p))
			continue;
		fputs(title, out);
		title = "";
		put_param(p, out);
	}
	if (positional)
		return;
	put_custom(action, out);
	if (!action->local) {
		usage_entry("--cli-input-json JSON",
			    "parameters as JSON, or file://PATH", false, out);
		usage_entry("--generate-cli-skeleton",
			    "print such JSON to fill in, and do nothing", false,
			    out);
	}
}

static void put_faults(const struct action *action, FILE *out)
{
	auto_buf text = BUF_INIT;

	for (const enum fault *f = action->faults; f && *f; f++)
		buf_printf(&text, "%s%s", text.size ? ", " : "",
			   fault_code(*f));
	if (!text.size)
		return;
	fputs("\nErrors:\n", out);
	usage_wrap(buf_text(&text), 2, out);
}

int help_verb(const struct action *action, FILE *out)
{
	char name[NAME_SIZE];

	if (action->tool)
		return tool_verb_help(action, out) ? 0 : EXIT_GENERAL;
	if (action->local)
		verb_typed(action, name);
	else
		verb_name(action, name);
	/* some actions have names that leave no room beside them */
	fprintf(out,
		strlen(name) + strlen(action->brief) <= 72 ?
			"qami %s - %s\n\n" :
			"qami %s -\n    %s\n\n",
		name, action->brief);
	fputs("Example:\n", out);
	usage_example(action->example, out);
	fputc('\n', out);
	put_usage(action, name, out);
	fputc('\n', out);
	usage_wrap(action->about, 0, out);
	put_params(action, true, out);
	put_params(action, false, out);
	put_faults(action, out);
	fputs("\nOptions of every verb: qami help\n", out);
	return fflush(out) == 0 ? 0 : EXIT_GENERAL;
}

/* The actions by what their names speak of, the more particular first. */
static const struct {
	const char *word;
	const char *title;
} groups[] = {
	{ "BundleTask", "Bundles" },
	{ "BundleInstance", "Bundles" },
	{ "Blocks", "Snapshots" },
	{ "Snapshot", "Snapshots" },
	{ "Image", "Images" },
	{ "Volume", "Volumes" },
	{ "Instance", "Instances" },
	{ "Console", "Instances" },
	{ "KeyPair", "Keys and networks" },
	{ "SecurityGroup", "Keys and networks" },
	{ "Vpc", "Keys and networks" },
	{ "Subnet", "Keys and networks" },
	{ "", "Others" },
};

#define GROUPS (sizeof(groups) / sizeof(groups[0]))

static const char *group_title(const struct action *action)
{
	for (size_t i = 0; i < GROUPS; i++)
		if (strstr(action->name, groups[i].word))
			return groups[i].title;
	return "";
}

static void put_group(const char *title, FILE *out)
{
	auto_buf names = BUF_INIT;
	char name[NAME_SIZE];

	for (size_t i = 0; action_table[i]; i++) {
		if (strcmp(group_title(action_table[i]), title) != 0)
			continue;
		verb_name(action_table[i], name);
		buf_printf(&names, "%s%s", names.size ? " " : "", name);
	}
	if (!names.size)
		return;
	fprintf(out, "\n%s:\n", title);
	usage_wrap(buf_text(&names), 2, out);
}

static void put_short(bool tools, const char *title, FILE *out)
{
	fprintf(out, "\n%s:\n", title);
	for (size_t i = 0; verb_table[i]; i++)
		if (!verb_hidden(verb_table[i]) && verb_table[i]->tool == tools)
			usage_entry(verb_table[i]->name, verb_table[i]->brief,
				    false, out);
}

static void put_after(const struct action *const *table, const char *word,
		      FILE *out)
{
	char name[NAME_SIZE];

	for (size_t i = 0; table[i]; i++)
		if (verb_after(table[i], word, name))
			usage_entry(name, table[i]->brief, false, out);
}

int help_word(const char *word, FILE *out)
{
	fprintf(out, "Usage: qami [options] %s <verb> [parameters]\n\nVerbs:\n",
		word);
	put_after(verb_table, word, out);
	put_after(action_table, word, out);
	fprintf(out, "\nMore about one of them: qami help %s <verb>\n", word);
	return fflush(out) == 0 ? 0 : EXIT_GENERAL;
}

int help_overview(FILE *out)
{
	fputs("qami - machine images, volumes, snapshots and instances on this "
	      "box\n\nUsage: qami [options] <verb> [parameters]\n",
	      out);
	put_short(false, "Short verbs", out);
	put_short(true, "Tools, also commands of their own", out);
	for (size_t i = 0; i < GROUPS; i++)
		if (i == 0 || strcmp(groups[i].title, groups[i - 1].title) != 0)
			put_group(groups[i].title, out);
	fputs("\nOptions of every verb:\n", out);
	for (const struct global *g = global_table; g->name; g++) {
		auto_buf typed = BUF_INIT;

		if (strncmp(g->brief, "ignored", 7) == 0)
			continue;
		if (g->letter)
			buf_printf(&typed, "-%c, ", g->letter);
		buf_printf(&typed, "--%s%s%s", g->name, g->value ? " " : "",
			   g->value ? g->value : "");
		usage_entry(buf_text(&typed), g->brief, false, out);
	}
	fputs("\nVerbs take the AWS CLI's options and print what it prints.\n"
	      "More about one of them: qami help <verb>\n",
	      out);
	return fflush(out) == 0 ? 0 : EXIT_GENERAL;
}

int help_version(FILE *out)
{
	fputs("qami " QAMI_VERSION "\n", out);
	return fflush(out) == 0 ? 0 : EXIT_GENERAL;
}
