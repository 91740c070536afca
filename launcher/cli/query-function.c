/* query-function.c - JMESPath's functions
 *
 * A row says how many arguments a function takes and of which types; the
 * functions themselves may then rely on them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "images/base/buf.h"
#include "launcher/cli/query-private.h"
#include "launcher/cli/render.h"

#define ARGUMENTS_MOST 16

enum type {
	ANY = 0,
	NUMBER = 1,
	TEXT = 2,
	BOOL = 4,
	ARRAY = 8,
	OBJECT = 16,
	NUMBERS = 32, /* an array of numbers only */
	TEXTS = 64,
	EXPRESSION = 128,
};

struct call {
	struct query *query;
	const char *name;
	const struct node *args[ARGUMENTS_MOST];
	const struct ast *references[ARGUMENTS_MOST]; /* behind an & */
	size_t count;
};

struct function {
	const char *name;
	const struct node *(*run)(struct call *call);
	unsigned types[2];
	size_t least;
	size_t most;
};

static const char *type_name(const struct node *node)
{
	switch (node->type) {
	case NODE_STRING:
	case NODE_TIME:
		return "string";
	case NODE_BOOLEAN:
		return "boolean";
	case NODE_LIST:
		return "array";
	case NODE_STRUCT:
		return "object";
	case NODE_INTEGER:
	case NODE_DOUBLE:
		return "number";
	case NODE_NULL:
		break;
	}
	return "null";
}

static const struct node *wrong(struct call *call, const struct node *value)
{
	fail(call->query->err, FAULT_INVALID_PARAMETER,
	     "In function %s(), invalid type for value: received \"%s\"",
	     call->name, type_name(value));
	return NULL;
}

static bool all_are(const struct node *list, bool (*is)(const struct node *))
{
	for (const struct node *c = node_first(list); c; c = node_next(c))
		if (!is(c))
			return false;
	return true;
}

static bool type_fits(const struct node *node, unsigned types)
{
	if (types == ANY)
		return true;
	switch (node->type) {
	case NODE_STRING:
	case NODE_TIME:
		return types & TEXT;
	case NODE_BOOLEAN:
		return types & BOOL;
	case NODE_STRUCT:
		return types & OBJECT;
	case NODE_INTEGER:
	case NODE_DOUBLE:
		return types & NUMBER;
	case NODE_LIST:
		return (types & ARRAY) ||
		       (types & NUMBERS && all_are(node, query_is_number)) ||
		       (types & TEXTS && all_are(node, query_is_text));
	case NODE_NULL:
		break;
	}
	return false;
}

static const struct node *make_number(struct call *call, double real,
				      bool whole)
{
	struct node *node =
		query_new(call->query, whole ? NODE_INTEGER : NODE_DOUBLE);

	if (node && whole)
		node->integer = (int64_t)real;
	else if (node)
		node->real = real;
	return node;
}

static const char *text_of(const struct node *node, char buffer[SCALAR_SIZE])
{
	return node_text(node, buffer);
}

static const struct node *run_abs(struct call *call)
{
	const struct node *arg = call->args[0];
	double value = query_number(arg);

	return value < 0 ?
		       make_number(call, -value, arg->type == NODE_INTEGER) :
		       arg;
}

static const struct node *sum(struct call *call, bool average)
{
	double total = 0;
	bool whole = !average;
	size_t count = 0;

	for (const struct node *c = node_first(call->args[0]); c;
	     c = node_next(c), count++) {
		total += query_number(c);
		whole &= c->type == NODE_INTEGER;
	}
	if (average && !count)
		return &query_null;
	return make_number(call, average ? total / (double)count : total,
			   whole);
}

static const struct node *run_avg(struct call *call)
{
	return sum(call, true);
}

static const struct node *run_sum(struct call *call)
{
	return sum(call, false);
}

static const struct node *round_to(struct call *call, bool up)
{
	double value = query_number(call->args[0]);
	int64_t whole = (int64_t)value;

	if (up && (double)whole < value)
		whole++;
	if (!up && (double)whole > value)
		whole--;
	return make_number(call, (double)whole, true);
}

static const struct node *run_ceil(struct call *call)
{
	return round_to(call, true);
}

static const struct node *run_floor(struct call *call)
{
	return round_to(call, false);
}

static const struct node *run_contains(struct call *call)
{
	char buffer_a[SCALAR_SIZE], buffer_b[SCALAR_SIZE];
	const struct node *in = call->args[0], *what = call->args[1];
	bool found = false;

	if (in->type == NODE_LIST) {
		for (const struct node *c = node_first(in); c && !found;
		     c = node_next(c))
			found = query_equal(c, what);
		return query_bool(call->query, found);
	}
	if (!query_is_text(what))
		return wrong(call, what);
	return query_bool(call->query, strstr(text_of(in, buffer_a),
					      text_of(what, buffer_b)) != NULL);
}

static const struct node *run_starts_with(struct call *call)
{
	char buffer_a[SCALAR_SIZE], buffer_b[SCALAR_SIZE];
	const char *start = text_of(call->args[1], buffer_b);

	return query_bool(call->query, strncmp(text_of(call->args[0], buffer_a),
					       start, strlen(start)) == 0);
}

static const struct node *run_ends_with(struct call *call)
{
	char buffer_a[SCALAR_SIZE], buffer_b[SCALAR_SIZE];
	const char *text = text_of(call->args[0], buffer_a);
	const char *end = text_of(call->args[1], buffer_b);
	size_t size = strlen(text), tail = strlen(end);

	return query_bool(call->query,
			  size >= tail && strcmp(text + size - tail, end) == 0);
}

static const struct node *run_join(struct call *call)
{
	char buffer[SCALAR_SIZE], glue_buffer[SCALAR_SIZE];
	const char *glue = text_of(call->args[0], glue_buffer);
	auto_buf text = BUF_INIT;

	for (const struct node *c = node_first(call->args[1]); c;
	     c = node_next(c)) {
		if (c != node_first(call->args[1]))
			buf_str(&text, glue);
		buf_str(&text, text_of(c, buffer));
	}
	return query_text(call->query, buf_text(&text));
}

static const struct node *run_length(struct call *call)
{
	char buffer[SCALAR_SIZE];
	const struct node *arg = call->args[0];
	int64_t count = 0;

	if (query_is_text(arg)) {
		for (const char *c = text_of(arg, buffer); *c; c++)
			count += (*c & 0xc0) != 0x80;
		return make_number(call, (double)count, true);
	}
	for (const struct node *c = node_first(arg); c; c = node_next(c))
		count++;
	return make_number(call, (double)count, true);
}

/* Names or values of an object. */
static const struct node *parts(struct call *call, bool names)
{
	struct node *list = query_new(call->query, NODE_LIST);

	for (const struct node *c = node_first(call->args[0]); list && c;
	     c = node_next(c))
		if (!query_add(call->query, list, NULL,
			       names ? query_text(call->query, c->sdk) : c))
			return NULL;
	return list;
}

static const struct node *run_keys(struct call *call)
{
	return parts(call, true);
}

static const struct node *run_values(struct call *call)
{
	return parts(call, false);
}

static const struct node *run_map(struct call *call)
{
	struct node *list = query_new(call->query, NODE_LIST);

	for (const struct node *c = node_first(call->args[1]); list && c;
	     c = node_next(c))
		if (!query_add(call->query, list, NULL,
			       query_eval(call->query, call->references[0], c)))
			return NULL;
	return list;
}

/* The first of those whose key is most in one direction. */
static const struct node *extreme(struct call *call, int direction)
{
	const struct node *best = NULL, *best_key = NULL;

	for (const struct node *c = node_first(call->args[0]); c;
	     c = node_next(c)) {
		const struct node *key = call->references[1] ?
			query_eval(call->query, call->references[1], c) : c;

		if (!key)
			return NULL;
		if (!query_ordered(key, best_key ? best_key : key))
			return wrong(call, key);
		if (best && query_order(key, best_key) * direction <= 0)
			continue;
		best = c;
		best_key = key;
	}
	return best ? best : &query_null;
}

static const struct node *run_max(struct call *call)
{
	return extreme(call, 1);
}

static const struct node *run_min(struct call *call)
{
	return extreme(call, -1);
}

static bool has_later(const struct call *call, size_t from, const char *name)
{
	for (size_t i = from; i < call->count; i++)
		for (const struct node *c = node_first(call->args[i]); c;
		     c = node_next(c))
			if (strcmp(c->sdk, name) == 0)
				return true;
	return false;
}

static const struct node *run_merge(struct call *call)
{
	struct node *into = query_new(call->query, NODE_STRUCT);

	for (size_t i = 0; into && i < call->count; i++)
		for (const struct node *c = node_first(call->args[i]); c;
		     c = node_next(c))
			if (!has_later(call, i + 1, c->sdk) &&
			    !query_add(call->query, into, c->sdk, c))
				return NULL;
	return into;
}

static const struct node *run_not_null(struct call *call)
{
	for (size_t i = 0; i < call->count; i++)
		if (call->args[i]->type != NODE_NULL)
			return call->args[i];
	return &query_null;
}

static const struct node *reverse_text(struct call *call)
{
	char buffer[SCALAR_SIZE];
	const char *text = text_of(call->args[0], buffer);
	auto_buf reversed = BUF_INIT;

	for (const char *end = strchr(text, 0), *c = end; c > text; end = c) {
		do
			c--;
		while (c > text && (*c & 0xc0) == 0x80);
		buf_add(&reversed, c, (size_t)(end - c));
	}
	return query_text(call->query, buf_text(&reversed));
}

static const struct node *run_reverse(struct call *call)
{
	struct node *list;

	if (query_is_text(call->args[0]))
		return reverse_text(call);
	list = query_new(call->query, NODE_LIST);
	for (const struct node *c = node_first(call->args[0]); list && c;
	     c = node_next(c)) {
		struct node *copy = query_new(call->query, c->type);

		if (!copy)
			return NULL;
		*copy = *c;
		copy->next = list->children.first;
		list->children.first = copy;
		if (!list->children.last)
			list->children.last = copy;
	}
	return list;
}

struct sortable {
	const struct node *key;
	const struct node *value;
	size_t at; /* equal keys keep their order */
};

static int sort_compare(const void *a, const void *b)
{
	const struct sortable *x = a, *y = b;
	int order = query_order(x->key, y->key);

	return order ? order : (x->at > y->at) - (x->at < y->at);
}

static const struct node *run_sort(struct call *call)
{
	size_t count = 0;
	struct sortable *items;
	struct node *list;

	for (const struct node *c = node_first(call->args[0]); c;
	     c = node_next(c))
		count++;
	items = arena_alloc(call->query->reply->arena,
			    (count + 1) * sizeof(*items));
	list = query_new(call->query, NODE_LIST);
	if (!items || !list)
		return NULL;
	count = 0;
	for (const struct node *c = node_first(call->args[0]); c;
	     c = node_next(c), count++) {
		const struct node *key = call->references[1] ?
			query_eval(call->query, call->references[1], c) : c;

		if (!key)
			return NULL;
		if (!query_ordered(key, count ? items[0].key : key))
			return wrong(call, key);
		items[count] = (struct sortable){ key, c, count };
	}
	qsort(items, count, sizeof(*items), sort_compare);
	for (size_t i = 0; i < count; i++)
		if (!query_add(call->query, list, NULL, items[i].value))
			return NULL;
	return list;
}

static const struct node *run_to_array(struct call *call)
{
	struct node *list;

	if (call->args[0]->type == NODE_LIST)
		return call->args[0];
	list = query_new(call->query, NODE_LIST);
	return list && query_add(call->query, list, NULL, call->args[0]) ?
		       list :
		       NULL;
}

static const struct node *run_to_number(struct call *call)
{
	char buffer[SCALAR_SIZE];
	const struct node *arg = call->args[0];
	const char *text;
	char *end;
	double real;

	if (query_is_number(arg))
		return arg;
	if (!query_is_text(arg))
		return &query_null;
	text = text_of(arg, buffer);
	real = strtod(text, &end);
	if (end == text || *end)
		return &query_null;
	return make_number(call, real, !strpbrk(text, ".eEnN"));
}

static const struct node *run_to_string(struct call *call)
{
	const struct node *result;
	char *text = NULL;
	size_t size = 0;
	FILE *memory;

	if (query_is_text(call->args[0]))
		return call->args[0];
	memory = open_memstream(&text, &size);
	if (!memory) {
		fail_memory(call->query->err);
		return NULL;
	}
	render_compact(call->args[0], memory);
	fclose(memory);
	result = query_text(call->query, text);
	free(text);
	return result;
}

static const struct node *run_type(struct call *call)
{
	return query_text(call->query, type_name(call->args[0]));
}

static const struct function functions[] = {
	{ "abs", run_abs, { NUMBER }, 1, 1 },
	{ "avg", run_avg, { NUMBERS }, 1, 1 },
	{ "ceil", run_ceil, { NUMBER }, 1, 1 },
	{ "contains", run_contains, { ARRAY | TEXT, ANY }, 2, 2 },
	{ "ends_with", run_ends_with, { TEXT, TEXT }, 2, 2 },
	{ "floor", run_floor, { NUMBER }, 1, 1 },
	{ "join", run_join, { TEXT, TEXTS }, 2, 2 },
	{ "keys", run_keys, { OBJECT }, 1, 1 },
	{ "length", run_length, { TEXT | ARRAY | OBJECT }, 1, 1 },
	{ "map", run_map, { EXPRESSION, ARRAY }, 2, 2 },
	{ "max", run_max, { NUMBERS | TEXTS }, 1, 1 },
	{ "max_by", run_max, { ARRAY, EXPRESSION }, 2, 2 },
	{ "merge", run_merge, { OBJECT, OBJECT }, 1, ARGUMENTS_MOST },
	{ "min", run_min, { NUMBERS | TEXTS }, 1, 1 },
	{ "min_by", run_min, { ARRAY, EXPRESSION }, 2, 2 },
	{ "not_null", run_not_null, { ANY, ANY }, 1, ARGUMENTS_MOST },
	{ "reverse", run_reverse, { ARRAY | TEXT }, 1, 1 },
	{ "sort", run_sort, { NUMBERS | TEXTS }, 1, 1 },
	{ "sort_by", run_sort, { ARRAY, EXPRESSION }, 2, 2 },
	{ "starts_with", run_starts_with, { TEXT, TEXT }, 2, 2 },
	{ "sum", run_sum, { NUMBERS }, 1, 1 },
	{ "to_array", run_to_array, { ANY }, 1, 1 },
	{ "to_number", run_to_number, { ANY }, 1, 1 },
	{ "to_string", run_to_string, { ANY }, 1, 1 },
	{ "type", run_type, { ANY }, 1, 1 },
	{ "values", run_values, { OBJECT }, 1, 1 },
};

static const struct function *find(const char *name)
{
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (strcmp(functions[i].name, name) == 0)
			return &functions[i];
	return NULL;
}

static bool take_arguments(struct call *call, const struct ast *ast,
			   const struct node *value)
{
	for (const struct ast *c = ast->children; c; c = c->next) {
		if (call->count == ARGUMENTS_MOST)
			return fail(call->query->err, FAULT_INVALID_PARAMETER,
				    "too many arguments for %s()", ast->name);
		call->args[call->count] = &query_null;
		if (c->type == AST_REFERENCE)
			call->references[call->count] = c->left;
		else
			call->args[call->count] =
				query_eval(call->query, c, value);
		if (!call->args[call->count++])
			return false;
	}
	return true;
}

const struct node *query_call(struct query *query, const struct ast *ast,
			      const struct node *value)
{
	const struct function *function = find(ast->name);
	struct call call = { .query = query, .name = ast->name };

	if (!function) {
		fail(query->err, FAULT_INVALID_PARAMETER,
		     "Unknown function: %.60s()", ast->name);
		return NULL;
	}
	if (!take_arguments(&call, ast, value))
		return NULL;
	if (call.count < function->least || call.count > function->most) {
		fail(query->err, FAULT_INVALID_PARAMETER,
		     "Expected %zu argument%s for function %s(), received %zu",
		     function->least, function->least > 1 ? "s" : "", ast->name,
		     call.count);
		return NULL;
	}
	for (size_t i = 0; i < call.count; i++) {
		unsigned types = function->types[i ? 1 : 0];
		bool reference = call.references[i];

		if (reference != (types == EXPRESSION) ||
		    (!reference && !type_fits(call.args[i], types)))
			return wrong(&call, call.args[i]);
	}
	return function->run(&call);
}
