/* help.c - a tool's help, the same in every program that has it */
#include <ctype.h>
#include <string.h>

#include "bundle/tool/tool.h"
#include "images/base/usage.h"

/* What a parameter's value is called. */
static const char *value_of(const struct param *param)
{
	if (param->value)
		return param->value;
	switch (param->type) {
	case PARAM_BOOLEAN:
		return "";
	case PARAM_FILE:
		return "FILE";
	case PARAM_INTEGER:
		return "N";
	case PARAM_ID:
		return "ID";
	default:
		return param->prefix ? param->prefix : "TEXT";
	}
}

/* "-k, --privatekey FILE", or "MANIFEST" of an argument without option. */
static void put_name(const struct param *param, struct buf *out)
{
	char name[NAME_SIZE];
	const char *value = value_of(param);

	name_to_kebab(param->name, name);
	if (param->flags & PARAM_POSITIONAL) {
		for (const char *c = value; *c; c++)
			buf_char(out, *c);
		return;
	}
	if (param->letter)
		buf_printf(out, "-%c, ", param->letter);
	buf_printf(out, "--%s", name);
	if (param->flags & PARAM_UNLESS)
		buf_printf(out, " | --no-%s", name);
	if (*value)
		buf_printf(out, " %s", value);
}

static void put_usage(const struct tool *tool, FILE *out)
{
	auto_buf line = BUF_INIT;

	buf_printf(&line, "Usage: %s", tool->name);
	for (const struct param *p = tool->params; p->name; p++) {
		char name[NAME_SIZE];

		name_to_kebab(p->name, name);
		if (!(p->flags & PARAM_REQUIRED))
			continue;
		if (p->flags & PARAM_POSITIONAL)
			buf_printf(&line, " %s", value_of(p));
		else
			buf_printf(&line, " --%s %s", name, value_of(p));
	}
	buf_str(&line, " [options]");
	for (const struct param *p = tool->params; p->name; p++)
		if ((p->flags & (PARAM_POSITIONAL | PARAM_REQUIRED)) ==
		    PARAM_POSITIONAL)
			buf_printf(&line, " [%s]", value_of(p));
	usage_wrap(buf_text(&line), 0, out);
}

bool tool_help(const struct tool *tool, FILE *out)
{
	auto_buf faults = BUF_INIT;

	fprintf(out, "%s - %s\n\nExample:\n", tool->name, tool->brief);
	usage_example(tool->example, out);
	fputc('\n', out);
	put_usage(tool, out);
	fputc('\n', out);
	usage_wrap(tool->about, 0, out);
	fputs("\nOptions:\n", out);
	for (const struct param *p = tool->params; p->name; p++) {
		auto_buf typed = BUF_INIT;

		put_name(p, &typed);
		usage_entry(buf_text(&typed), p->brief,
			    p->flags & PARAM_REQUIRED, out);
	}
	usage_entry("-h, --help", "show this", false, out);
	usage_entry("--version", "show the version", false, out);
	usage_entry("--debug", "say on stderr what is done", false, out);
	for (const enum fault *f = tool->faults; f && *f; f++)
		buf_printf(&faults, "%s%s", faults.size ? ", " : "",
			   fault_code(*f));
	if (faults.size) {
		fputs("\nErrors:\n", out);
		usage_wrap(buf_text(&faults), 2, out);
	}
	return fflush(out) == 0;
}
