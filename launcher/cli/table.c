/* table.c - the answer as boxes
 *
 * Two passes: the tree becomes a flat list of sections (a title, headers,
 * rows), as wide as the widest of them needs; then each is drawn, its columns
 * stretched to that width. If the whole is wider than the terminal, sections of
 * a single row are turned upright first. The arithmetic, rounding included, is
 * the AWS CLI's.
 */
#include <stdlib.h>
#include <string.h>

#include "images/base/arena.h"
#include "launcher/cli/render.h"
#include "launcher/cli/terminal.h"

#define PADDING 4

struct row {
	const char **cells;
	struct row *next;
};

struct section {
	const char *title; /* NULL: none was given */
	int indent;
	const char **headers; /* `columns` of them, or NULL */
	int columns;	      /* -1 before the first row or header */
	int *widths;
	struct row *first;
	struct row *last;
	int rows;
	struct section *next;
};

struct table {
	struct arena *arena;
	struct section *first;
	struct section *last;
	bool broken; /* memory ran out */
	bool ragged; /* rows of different lengths in one section */
	bool color;
	FILE *out;
};

static void *grab(struct table *table, size_t size)
{
	void *data = table->arena ? arena_alloc(table->arena, size + 1) : NULL;

	if (!data)
		table->broken = true;
	return data;
}

static struct section *section_new(struct table *table, const char *title,
				   int indent)
{
	struct section *section = grab(table, sizeof(*section));

	if (!section)
		return NULL;
	*section = (struct section){ .title = title, .indent = indent,
				     .columns = -1 };
	if (table->last)
		table->last->next = section;
	else
		table->first = section;
	table->last = section;
	return section;
}

/* Makes the columns at least as wide as these cells. */
static bool section_fit(struct table *table, struct section *section,
			const char **cells, int count)
{
	if (section->columns < 0) {
		section->columns = count;
		section->widths =
			grab(table, (size_t)count * sizeof(*section->widths));
		if (!section->widths)
			return false;
	}
	if (count != section->columns) {
		table->ragged = true;
		return false;
	}
	for (int i = 0; i < count; i++)
		if (text_width(cells[i]) > section->widths[i])
			section->widths[i] = text_width(cells[i]);
	return true;
}

static void section_row(struct table *table, struct section *section,
			const char **cells, int count)
{
	struct row *row = grab(table, sizeof(*row));

	if (!section || !row || !section_fit(table, section, cells, count))
		return;
	row->cells = cells;
	if (section->last)
		section->last->next = row;
	else
		section->first = row;
	section->last = row;
	section->rows++;
}

static void section_headers(struct table *table, struct section *section,
			    const char **headers, int count)
{
	if (section && section_fit(table, section, headers, count))
		section->headers = headers;
}

static const char *cell_text(struct table *table, const struct node *node)
{
	char buffer[SCALAR_SIZE];
	const char *text = node_text(node, buffer);

	if (text != buffer)
		return text;
	text = table->arena ? arena_str(table->arena, buffer) : NULL;
	if (!text)
		table->broken = true;
	return text ? text : "";
}

/* Names of members, sorted; scalars and others apart. */
struct names {
	const char **names;
	int count;
};

static void names_add(struct table *table, struct names *names,
		      const char *name)
{
	const char **more;
	int at = 0;

	while (at < names->count && strcmp(names->names[at], name) < 0)
		at++;
	if (at < names->count && strcmp(names->names[at], name) == 0)
		return;
	more = grab(table, (size_t)(names->count + 1) * sizeof(*more));
	if (!more)
		return;
	for (int i = 0; i < names->count; i++)
		more[i + (i >= at)] = names->names[i];
	more[at] = name;
	names->names = more;
	names->count++;
}

static void names_of(struct table *table, const struct node *node,
		     struct names *scalars, struct names *others)
{
	if (node->type != NODE_STRUCT)
		return;
	for (const struct node *child = node_first(node); child;
	     child = node_next(child))
		names_add(table, node_scalar(child) ? scalars : others,
			  child->sdk);
}

static const struct node *member(const struct node *node, const char *name)
{
	if (node->type != NODE_STRUCT)
		return NULL;
	for (const struct node *child = node_first(node); child;
	     child = node_next(child))
		if (strcmp(child->sdk, name) == 0)
			return child;
	return NULL;
}

/* A row of the members that the headers name, empty where one is missing. */
static const char **cells_of(struct table *table, const struct node *node,
			     const struct names *headers)
{
	const char **cells =
		grab(table, (size_t)headers->count * sizeof(*cells));

	for (int i = 0; cells && i < headers->count; i++) {
		const struct node *child = member(node, headers->names[i]);

		cells[i] = child ? cell_text(table, child) : "";
	}
	return cells;
}

static void build(struct table *table, const char *title,
		  const struct node *node, int indent);

static void build_struct(struct table *table, const struct node *node,
			 int indent)
{
	struct names scalars = { 0 }, others = { 0 };
	const char **cells;

	names_of(table, node, &scalars, &others);
	cells = cells_of(table, node, &scalars);
	if (table->broken)
		return;
	if (scalars.count == 1) {
		const char **pair = grab(table, 2 * sizeof(*pair));

		if (!pair)
			return;
		pair[0] = scalars.names[0];
		pair[1] = cells[0];
		section_row(table, table->last, pair, 2);
	} else if (scalars.count) {
		section_headers(table, table->last, scalars.names,
				scalars.count);
		section_row(table, table->last, cells, scalars.count);
	}
	for (int i = 0; i < others.count; i++)
		build(table, others.names[i], member(node, others.names[i]),
		      indent + 1);
}

static void build_structs(struct table *table, const char *title,
			  const struct node *list, int indent)
{
	struct names scalars = { 0 }, others = { 0 };
	const struct node *child;

	for (child = node_first(list); child; child = node_next(child))
		names_of(table, child, &scalars, &others);
	for (child = node_first(list); child && !table->broken;
	     child = node_next(child)) {
		if (child != node_first(list) && others.count)
			section_new(table, title, indent);
		if (child == node_first(list) || others.count)
			section_headers(table, table->last, scalars.names,
					scalars.count);
		section_row(table, table->last,
			    cells_of(table, child, &scalars), scalars.count);
		for (int i = 0; i < others.count; i++)
			if (member(child, others.names[i]))
				build(table, others.names[i],
				      member(child, others.names[i]),
				      indent + 1);
	}
}

/* A list inside a list: one row if it has only scalars. */
static void build_item(struct table *table, const struct node *item)
{
	const char **cells;
	int count = 0;

	for (const struct node *c = node_first(item); c; c = node_next(c)) {
		if (!node_scalar(c)) {
			build(table, NULL, item, 0);
			return;
		}
		count++;
	}
	cells = grab(table, (size_t)count * sizeof(*cells));
	count = 0;
	for (const struct node *c = node_first(item); c && cells;
	     c = node_next(c))
		cells[count++] = cell_text(table, c);
	if (cells)
		section_row(table, table->last, cells, count);
}

static void build_list(struct table *table, const char *title,
		       const struct node *list, int indent)
{
	const char **cell;

	if (node_first(list)->type == NODE_STRUCT) {
		build_structs(table, title, list, indent);
		return;
	}
	for (const struct node *child = node_first(list); child;
	     child = node_next(child)) {
		if (!node_scalar(child)) {
			build_item(table, child);
			continue;
		}
		cell = grab(table, sizeof(*cell));
		if (!cell)
			return;
		cell[0] = cell_text(table, child);
		section_row(table, table->last, cell, 1);
	}
}

/* What Python takes for false prints nothing. */
static bool is_empty(const struct node *node)
{
	switch (node->type) {
	case NODE_STRUCT:
	case NODE_LIST:
		return !node_first(node);
	case NODE_STRING:
		return !*node->text;
	case NODE_INTEGER:
	case NODE_BOOLEAN:
		return !node->integer;
	case NODE_DOUBLE:
		return !(node->real < 0) && !(node->real > 0);
	case NODE_NULL:
		return true;
	case NODE_TIME:
		break;
	}
	return false;
}

static void build(struct table *table, const char *title,
		  const struct node *node, int indent)
{
	if (is_empty(node))
		return;
	if (title)
		section_new(table, title, indent);
	if (node->type == NODE_LIST)
		build_list(table, title, node, indent);
	else if (node->type == NODE_STRUCT)
		build_struct(table, node, indent);
}

static int section_width(const struct section *section)
{
	int title = (section->title ? text_width(section->title) : 4) + 2;
	int total = 2;

	for (int i = 0; i < section->columns; i++)
		total += section->widths[i] + PADDING;
	return 2 * section->indent + (title > total ? title : total);
}

static int table_width(const struct table *table)
{
	int width = 0;

	for (const struct section *s = table->first; s; s = s->next)
		if (section_width(s) > width)
			width = section_width(s);
	return width;
}

/* Turns a section of one row upright: a line for each of its columns. */
static void section_turn(struct table *table, struct section *section)
{
	struct section old = *section;

	section->headers = NULL;
	section->columns = -1;
	section->first = section->last = NULL;
	section->rows = 0;
	for (int i = 0; i < old.columns; i++) {
		const char **pair = grab(table, 2 * sizeof(*pair));

		if (!pair)
			return;
		pair[0] = old.headers[i];
		pair[1] = old.first->cells[i];
		section_row(table, section, pair, 2);
	}
}

static void put_repeated(char c, int count, FILE *out)
{
	while (count-- > 0)
		putc_unlocked(c, out);
}

static void put_indent(const struct table *table, int indent)
{
	for (int i = 0; i < indent; i++)
		fputs(table->color ? "\033[2m\033[33m|\033[0m" : "|",
		      table->out);
}

static void put_line_end(const struct table *table, int indent)
{
	put_indent(table, indent);
	putc_unlocked('\n', table->out);
}

/* A text in the middle of `width` columns; the right edge is one of them, so
 * is the left one if there is one. */
static void put_centred(const struct table *table, const char *text, int width,
			bool left)
{
	int size = text_width(text);
	int blanks = width / 2 - size / 2 - 1;

	if (left)
		putc_unlocked('|', table->out);
	put_repeated(' ', blanks, table->out);
	fputs(text, table->out);
	put_repeated(' ', width - 1 - (left + blanks + size), table->out);
	putc_unlocked('|', table->out);
}

static void put_cell(const struct table *table, const char *text, int width,
		     bool left)
{
	int size = text_width(text);
	int blanks = width >= size + 2 + left + 1 ? 2 : 0;

	if (left)
		putc_unlocked('|', table->out);
	put_repeated(' ', blanks, table->out);
	if (table->color)
		fputs("\033[1m\033[34m", table->out);
	fputs(text, table->out);
	if (table->color)
		fputs("\033[0m", table->out);
	put_repeated(' ', width - (left + blanks + size) - 1, table->out);
	putc_unlocked('|', table->out);
}

static void put_break(const struct table *table, const struct section *section,
		      const int *widths)
{
	put_indent(table, section->indent);
	for (int i = 0; i < section->columns; i++) {
		if (!i)
			putc_unlocked('+', table->out);
		put_repeated('-', widths[i] - (i ? 1 : 2), table->out);
		putc_unlocked('+', table->out);
	}
	put_line_end(table, section->indent);
}

/* The nearest whole number of a positive one; of two as near, the even one. */
static int nearest(double number)
{
	int floor = (int)number;
	double rest = number - floor;

	return floor + (rest > 0.5 || (rest >= 0.5 && floor % 2));
}

/* Stretches the columns to `total`; what rounding leaves over goes to the last
 * ones, what it took too much comes from the first. */
static void stretch(const struct section *section, int total, int *widths)
{
	int sum = 0, over = -total;

	for (int i = 0; i < section->columns; i++)
		sum += section->widths[i] + PADDING;
	for (int i = 0; i < section->columns; i++) {
		double scale = total / (double)sum;

		widths[i] = nearest(scale * (section->widths[i] + PADDING));
		over += widths[i];
	}
	while (over > 0)
		for (int i = 0; i < section->columns && over; i++, over--)
			widths[i]--;
	while (over < 0)
		for (int i = section->columns - 1; i >= 0 && over; i--, over++)
			widths[i]++;
}

static void put_title(const struct table *table, const struct section *section,
		      int width)
{
	if (!section->title || !*section->title)
		return;
	put_indent(table, section->indent);
	put_centred(table, section->title, width, true);
	put_line_end(table, section->indent);
	if (section->columns > 0 || section->rows)
		return;
	put_indent(table, section->indent);
	putc_unlocked('+', table->out);
	put_repeated('-', width - 2, table->out);
	putc_unlocked('+', table->out);
	put_line_end(table, section->indent);
}

static void put_section(struct table *table, const struct section *section,
			int width)
{
	int *widths;

	width -= 2 * section->indent;
	put_title(table, section, width);
	if (section->columns <= 0)
		return;
	widths = grab(table, (size_t)section->columns * sizeof(*widths));
	if (!widths)
		return;
	stretch(section, width, widths);
	if (section->headers) {
		put_break(table, section, widths);
		put_indent(table, section->indent);
		for (int i = 0; i < section->columns; i++)
			put_centred(table, section->headers[i], widths[i], !i);
		put_line_end(table, section->indent);
	}
	if (!section->rows)
		return;
	put_break(table, section, widths);
	for (const struct row *row = section->first; row; row = row->next) {
		put_indent(table, section->indent);
		for (int i = 0; i < section->columns; i++)
			put_cell(table, row->cells[i], widths[i], !i);
		put_line_end(table, section->indent);
	}
	put_break(table, section, widths);
}

bool render_table(const struct node *node, const char *title, int width,
		  bool color, FILE *out, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct table table = { .arena = arena, .color = color, .out = out };
	int total;

	build(&table, title, node, 0);
	if (table.ragged)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "rows of different lengths make no table");
	total = table_width(&table);
	if (total > width)
		for (struct section *s = table.first; s; s = s->next)
			if (s->rows == 1 && s->headers && s->columns)
				section_turn(&table, s);
	if (table.broken || !arena)
		return fail_memory(err);
	if (!table.first)
		return true;
	total = table_width(&table);
	put_repeated('-', total, out);
	putc_unlocked('\n', out);
	for (const struct section *s = table.first; s; s = s->next)
		put_section(&table, s, total);
	return !table.broken || fail_memory(err);
}
