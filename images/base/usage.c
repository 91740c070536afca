/* usage.c - laying help out in two columns */
#include "images/base/usage.h"

#include <stdlib.h>
#include <string.h>

#include "images/base/auto.h"
#include "images/base/buf.h"
#include "images/base/width.h"

#define WIDTH 78
#define TEXT_COLUMN 27
#define EXAMPLE_WIDTH 70 /* the manual indents it */

void usage_wrap(const char *text, int indent, FILE *out)
{
	int column = 0;

	while (*text) {
		size_t size = strcspn(text, " \n");
		int width;
		char word[256];

		snprintf(word, sizeof(word), "%.*s", (int)size, text);
		width = text_width(word);
		if (column && column + 1 + width > WIDTH) {
			fputc('\n', out);
			column = 0;
		}
		if (!column)
			fprintf(out, "%*s", column = indent, "");
		else if (size)
			column += fprintf(out, " ");
		fputs(word, out);
		column += width;
		text += size;
		if (*text == '\n' || !*text)
			fputc('\n', out), column = 0;
		text += *text != 0;
	}
}

void usage_example(const char *text, FILE *out)
{
	int column = fprintf(out, "  ");

	while (*text) {
		const char *next = strstr(text + 1, " --");
		int size = (int)(next ? (size_t)(next - text) : strlen(text));

		if (column > 6 && column + size + 2 > EXAMPLE_WIDTH)
			column = fprintf(out, " \\\n     ") - 3;
		column += fprintf(out, "%.*s", size, text);
		text += size;
	}
	fputc('\n', out);
}

/* What is typed, folded behind its marks where it is longer than a line. */
static void put_typed(const char *typed, FILE *out)
{
	int column = fprintf(out, "  ");

	while (*typed) {
		int size = (int)strcspn(typed, ",|");

		size += typed[size] != 0;
		if (column + size > WIDTH)
			column = fprintf(out, "\n      ") - 1;
		column += fprintf(out, "%.*s", size, typed);
		typed += size;
	}
}

void usage_entry(const char *typed, const char *brief, bool required, FILE *out)
{
	auto_free char *text = format_text("%s%s", brief ? brief : "",
					   required ? " (required)" : "");
	char *data = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&data, &size);

	if (!memory || !text) {
		if (memory)
			fclose(memory);
		free(data);
		return;
	}
	usage_wrap(text, TEXT_COLUMN, memory);
	fclose(memory);
	put_typed(typed, out);
	if (text_width(typed) + 4 > TEXT_COLUMN)
		fprintf(out, "\n%s", data);
	else
		fprintf(out, "%*s%s", TEXT_COLUMN - 2 - text_width(typed), "",
			data + (size > TEXT_COLUMN ? TEXT_COLUMN : 0));
	free(data);
}
