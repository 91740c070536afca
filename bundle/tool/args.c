/* args.c - what was given for an option */
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "bundle/tool/tool.h"

const char *tool_text(const struct tool_args *args, const char *name)
{
	for (size_t i = 0; args->params[i].name; i++)
		if (strcmp(args->params[i].name, name) == 0)
			return args->texts[i];
	return NULL;
}

bool tool_flag(const struct tool_args *args, const char *name, bool fallback)
{
	const char *text = tool_text(args, name);

	return text ? strcmp(text, "true") == 0 : fallback;
}

bool tool_number(const struct tool_args *args, const char *name,
		 uint64_t *ret_value, struct error *err)
{
	const char *text = tool_text(args, name);
	size_t size = text ? strlen(text) : 0;
	char option[NAME_SIZE];

	if (!text)
		return true;
	if (size && size <= 18 && strspn(text, "0123456789") == size) {
		*ret_value = strtoull(text, NULL, 10);
		return true;
	}
	name_to_kebab(name, option);
	return fail(err, FAULT_INVALID_PARAMETER,
		    "--%s takes a whole number, not '%.40s'", option, text);
}

bool tool_list(const char *text, struct arena *arena,
	       const char *const **ret_items, size_t *ret_count,
	       struct error *err)
{
	const char **items = NULL;
	size_t count = 0;

	while (text && *text) {
		size_t size = strcspn(text, ",");

		items = arena_more(arena, items, count, sizeof(*items));
		if (!items)
			return fail_memory(err);
		items[count] = arena_format(arena, "%.*s", (int)size, text);
		if (!items[count])
			return fail_memory(err);
		count += size > 0;
		text += size + (text[size] == ',');
	}
	*ret_items = items;
	*ret_count = count;
	return true;
}

const char *tool_setting(const struct tool_args *args, const char *name,
			 const char *const *variables)
{
	const char *text = tool_text(args, name);

	for (; !text && *variables; variables++) {
		text = getenv(*variables);
		if (text && !*text)
			text = NULL;
	}
	return text;
}

void tool_stage(const struct tool_host *host, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (host->stage)
		host->stage(host->watch_data, text);
}

const char *tool_ask(const struct tool_args *args, const struct tool_host *host,
		     const char *question, const char *fallback,
		     struct arena *arena)
{
	char line[256];

	if (!host->asks || tool_flag(args, "Batch", false))
		return fallback;
	fprintf(stderr, "%s [%s] ", question, fallback);
	fflush(stderr);
	if (!fgets(line, sizeof(line), stdin))
		return fallback;
	line[strcspn(line, "\r\n")] = 0;
	return *line ? arena_str(arena, line) : fallback;
}

void tool_wipe(char *const *words, const char *secret)
{
	size_t size = strlen(secret);

	for (; size && *words; words++) {
		size_t length = strlen(*words);

		if (length >= size &&
		    strcmp(*words + length - size, secret) == 0)
			memset(*words + length - size, '*', size);
	}
}
