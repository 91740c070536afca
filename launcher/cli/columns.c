/* columns.c - rows under headers
 *
 * libsmartcols knows what wide characters and narrow terminals need; a pipe
 * gets plain lines, because alignment is noise to a program.
 */
#include "launcher/cli/columns.h"

#include <ctype.h>
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/base/buf.h"
#include "launcher/cli/progress.h"
#include "launcher/cli/render.h"
#include "launcher/cli/terminal.h"

#define COLUMNS_MOST 32

struct columns {
	const char *names[COLUMNS_MOST];
	size_t count;
};

static void columns_note(struct columns *columns, const char *name)
{
	for (size_t i = 0; i < columns->count; i++)
		if (strcmp(columns->names[i], name) == 0)
			return;
	if (columns->count < COLUMNS_MOST)
		columns->names[columns->count++] = name;
}

static const struct node *member(const struct node *node, const char *name)
{
	for (const struct node *child = node_first(node); child;
	     child = node_next(child))
		if (child->sdk && strcmp(child->sdk, name) == 0)
			return child;
	return NULL;
}

/* A name with a tab, a line feed or an escape sequence in it is still one cell
 * of one line. */
static void text_write(const char *text, struct buf *out)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			buf_printf(out, "\\x%02x", (unsigned char)*text);
		else
			buf_char(out, *text);
}

/* A cell: a scalar, or the scalars below with commas between. */
static void cell_write(const struct node *node, struct buf *out)
{
	char buffer[SCALAR_SIZE];

	if (node_scalar(node)) {
		if (out->size)
			buf_str(out, ",");
		text_write(node_text(node, buffer), out);
		return;
	}
	for (const struct node *child = node_first(node); child;
	     child = node_next(child))
		cell_write(child, out);
}

/* How much of a member's name people read: all but the "Bytes" of a number
 * that they are shown as a size. */
static size_t name_size(const char *name)
{
	size_t size = strlen(name), tail = strlen("Bytes");

	return size > tail && strcmp(name + size - tail, "Bytes") == 0 ?
		       size - tail :
		       size;
}

static char *cell_text(const struct node *row, const char *name, bool people)
{
	const struct node *child =
		row->type == NODE_STRUCT ? member(row, name) : row;
	auto_buf text = BUF_INIT;
	char size[SIZE_TEXT_SIZE];

	if (people && child && child->type == NODE_INTEGER && child->sdk &&
	    child->sdk[name_size(child->sdk)]) {
		size_text((uint64_t)child->integer, size);
		buf_str(&text, size);
	} else if (child) {
		cell_write(child, &text);
	}
	return buf_take(&text);
}

static char *upper(const char *name)
{
	char *text = strndup(name, name_size(name));

	for (char *c = text; c && *c; c++)
		*c = (char)toupper((unsigned char)*c);
	return text;
}

static void print_plain(const struct node *list, const struct columns *columns,
			FILE *out)
{
	for (const struct node *row = node_first(list); row;
	     row = node_next(row)) {
		for (size_t i = 0; i < columns->count; i++) {
			auto_free char *cell =
				cell_text(row, columns->names[i], false);

			fprintf(out, "%s%s", i ? "\t" : "", cell ? cell : "");
		}
		fputc('\n', out);
	}
}

static bool fill_table(struct libscols_table *table, const struct node *list,
		       const struct columns *columns)
{
	for (size_t i = 0; i < columns->count; i++) {
		auto_free char *head = upper(columns->names[i]);

		if (!head || !scols_table_new_column(table, head, 0, 0))
			return false;
	}
	for (const struct node *row = node_first(list); row;
	     row = node_next(row)) {
		struct libscols_line *line = scols_table_new_line(table, NULL);

		for (size_t i = 0; line && i < columns->count; i++) {
			auto_free char *cell =
				cell_text(row, columns->names[i], true);

			if (scols_line_set_data(line, i, cell) != 0)
				return false;
		}
		if (!line)
			return false;
	}
	return true;
}

static void print_list(const struct node *list, bool ids, FILE *out)
{
	struct columns columns = { .count = 0 };
	struct libscols_table *table;

	for (const struct node *row = node_first(list); row;
	     row = node_next(row))
		if (row->type == NODE_STRUCT)
			for (const struct node *child = node_first(row); child;
			     child = node_next(child))
				columns_note(&columns, child->sdk);
	if (!columns.count)
		columns.names[columns.count++] = list->sdk ? list->sdk : "";
	if (ids)
		columns.count = 1;
	if (ids || !isatty(fileno(out))) {
		print_plain(list, &columns, out);
		return;
	}
	table = scols_new_table();
	if (table && fill_table(table, list, &columns)) {
		scols_table_set_stream(table, out);
		scols_print_table(table);
	} else {
		print_plain(list, &columns, out);
	}
	scols_unref_table(table);
}

/* "name value" lines of a structure, from one of its members on. */
static void print_struct(const struct node *node, const struct node *from,
			 bool scalars, FILE *out)
{
	bool terminal = isatty(fileno(out));
	int width = 0;

	for (const struct node *child = from; child; child = node_next(child))
		if ((!scalars || node_scalar(child)) &&
		    text_width(child->sdk) > width)
			width = text_width(child->sdk);
	for (const struct node *child = from; child; child = node_next(child)) {
		auto_free char *cell = cell_text(node, child->sdk, terminal);

		if (scalars && !node_scalar(child))
			continue;
		if (terminal)
			fprintf(out, "%-*.*s  %s\n", width,
				(int)name_size(child->sdk), child->sdk,
				cell ? cell : "");
		else
			fprintf(out, "%s\t%s\n", child->sdk, cell ? cell : "");
	}
}

/* Text as it is, but never without a line feed at its end. */
static void print_raw(const struct node *node, FILE *out)
{
	char buffer[SCALAR_SIZE];
	const char *text = node_text(node, buffer);
	size_t size = strlen(text);

	fputs(text, out);
	if (size && text[size - 1] != '\n')
		fputc('\n', out);
}

void columns_print(const struct reply *reply, bool ids, FILE *out)
{
	const struct node *first = node_first(reply->root);

	if (!first)
		return;
	if (reply->raw_text && node_scalar(first)) {
		print_raw(first, out);
	} else if (first->type != NODE_LIST) {
		print_struct(reply->root, first, false, out);
	} else {
		print_list(first, ids, out);
		if (!ids)
			print_struct(reply->root, node_next(first), true, out);
	}
}
