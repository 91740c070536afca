/* query.c - what an expression makes of an answer
 *
 * Values are the reply's own nodes: a field costs a search, a projection
 * copies the heads of its elements and shares what is below them.
 */
#include "launcher/cli/query-private.h"

#include <stdlib.h>
#include <string.h>

#include "launcher/cli/render.h"

const struct node query_null = { .type = NODE_NULL };

struct node *query_new(struct query *query, enum node_type type)
{
	struct node *node = arena_alloc(query->reply->arena, sizeof(*node));

	if (!node) {
		fail_memory(query->err);
		return NULL;
	}
	node->type = type;
	node->reply = query->reply;
	return node;
}

bool query_add(struct query *query, struct node *into, const char *name,
	       const struct node *value)
{
	struct node *copy = value ? query_new(query, value->type) : NULL;

	if (!copy)
		return false;
	*copy = *value;
	copy->sdk = copy->wire = name;
	copy->next = NULL;
	if (into->children.last)
		into->children.last->next = copy;
	else
		into->children.first = copy;
	into->children.last = copy;
	return true;
}

const struct node *query_bool(struct query *query, bool value)
{
	struct node *node = query_new(query, NODE_BOOLEAN);

	if (node)
		node->integer = value;
	return node;
}

const struct node *query_text(struct query *query, const char *text)
{
	struct node *node = query_new(query, NODE_STRING);

	if (!node)
		return NULL;
	node->text = arena_str(query->reply->arena, text);
	if (!node->text) {
		fail_memory(query->err);
		return NULL;
	}
	return node;
}

static const struct node *children_json(struct query *query, const json_t *json)
{
	bool list = json_is_array(json);
	struct node *node = query_new(query, list ? NODE_LIST : NODE_STRUCT);
	const char *name;
	json_t *value;
	size_t i;

	if (!node)
		return NULL;
	json_array_foreach(json, i, value)
		if (!query_add(query, node, NULL, query_json(query, value)))
			return NULL;
	if (list)
		return node;
	json_object_foreach((json_t *)json, name, value) {
		char *copy = arena_str(query->reply->arena, name);

		if (!copy)
			fail_memory(query->err);
		if (!copy ||
		    !query_add(query, node, copy, query_json(query, value)))
			return NULL;
	}
	return node;
}

const struct node *query_json(struct query *query, const json_t *json)
{
	struct node *node;

	switch (json_typeof(json)) {
	case JSON_OBJECT:
	case JSON_ARRAY:
		return children_json(query, json);
	case JSON_STRING:
		return query_text(query, json_string_value(json));
	case JSON_INTEGER:
		node = query_new(query, NODE_INTEGER);
		if (node)
			node->integer = json_integer_value(json);
		return node;
	case JSON_REAL:
		node = query_new(query, NODE_DOUBLE);
		if (node)
			node->real = json_real_value(json);
		return node;
	case JSON_TRUE:
	case JSON_FALSE:
		return query_bool(query, json_is_true(json));
	case JSON_NULL:
		break;
	}
	return &query_null;
}

bool query_is_number(const struct node *node)
{
	return node->type == NODE_INTEGER || node->type == NODE_DOUBLE;
}

double query_number(const struct node *node)
{
	return node->type == NODE_DOUBLE ? node->real : (double)node->integer;
}

bool query_is_text(const struct node *node)
{
	return node->type == NODE_STRING || node->type == NODE_TIME;
}

bool query_false(const struct node *node)
{
	switch (node->type) {
	case NODE_STRUCT:
	case NODE_LIST:
		return !node_first(node);
	case NODE_STRING:
		return !*node->text;
	case NODE_BOOLEAN:
		return !node->integer;
	case NODE_NULL:
		return true;
	case NODE_INTEGER:
	case NODE_DOUBLE:
	case NODE_TIME:
		break;
	}
	return false;
}

bool query_ordered(const struct node *a, const struct node *b)
{
	return (query_is_number(a) && query_is_number(b)) ||
	       (query_is_text(a) && query_is_text(b));
}

int query_order(const struct node *a, const struct node *b)
{
	char buffer_a[SCALAR_SIZE], buffer_b[SCALAR_SIZE];

	if (query_is_text(a))
		return strcmp(node_text(a, buffer_a), node_text(b, buffer_b));
	if (a->type == NODE_INTEGER && b->type == NODE_INTEGER)
		return (a->integer > b->integer) - (a->integer < b->integer);
	return (query_number(a) > query_number(b)) -
	       (query_number(a) < query_number(b));
}

static const struct node *member(const struct node *node, const char *name)
{
	if (node->type == NODE_STRUCT)
		for (const struct node *child = node_first(node); child;
		     child = node_next(child))
			if (strcmp(child->sdk, name) == 0)
				return child;
	return NULL;
}

static bool equal_structs(const struct node *a, const struct node *b)
{
	size_t count = 0;

	for (const struct node *c = node_first(b); c; c = node_next(c))
		count++;
	for (const struct node *c = node_first(a); c; c = node_next(c)) {
		const struct node *other = member(b, c->sdk);

		if (!count-- || !other || !query_equal(c, other))
			return false;
	}
	return count == 0;
}

bool query_equal(const struct node *a, const struct node *b)
{
	const struct node *x, *y;

	if (query_ordered(a, b))
		return query_order(a, b) == 0;
	if (a->type != b->type)
		return false;
	if (a->type == NODE_STRUCT)
		return equal_structs(a, b);
	if (a->type != NODE_LIST)
		return a->type == NODE_NULL || a->integer == b->integer;
	for (x = node_first(a), y = node_first(b); x && y;
	     x = node_next(x), y = node_next(y))
		if (!query_equal(x, y))
			return false;
	return !x && !y;
}

static int64_t count_of(const struct node *list)
{
	int64_t count = 0;

	for (const struct node *c = node_first(list); c; c = node_next(c))
		count++;
	return count;
}

static const struct node *element(const struct node *list, int64_t at)
{
	const struct node *child = node_first(list);

	if (at < 0)
		at += count_of(list);
	if (at < 0)
		return &query_null;
	while (child && at--)
		child = node_next(child);
	return child ? child : &query_null;
}

/* A slice's bound as a position, counted from the end when negative. */
static int64_t bound(const struct ast *ast, int which, int64_t fallback,
		     int64_t least, int64_t most)
{
	int64_t at = ast->numbers[which];

	if (!ast->given[which])
		return fallback;
	if (at < 0)
		at += most + (least < 0);
	return at < least ? least : at > most ? most : at;
}

static const struct node *slice(struct query *query, const struct ast *ast,
				const struct node *list)
{
	int64_t step = ast->given[2] ? ast->numbers[2] : 1;
	int64_t count = count_of(list);
	bool down = step < 0;
	int64_t start, stop;
	struct node *result;

	if (step == 0) {
		fail(query->err, FAULT_INVALID_PARAMETER,
		     "slice step cannot be zero");
		return NULL;
	}
	/* going down, -1 is before the first and count - 1 the last */
	start = bound(ast, 0, down ? count - 1 : 0, down ? -1 : 0,
		      down ? count - 1 : count);
	stop = bound(ast, 1, down ? -1 : count, down ? -1 : 0,
		     down ? count - 1 : count);
	result = query_new(query, NODE_LIST);
	for (int64_t i = start; result && (down ? i > stop : i < stop);
	     i += step)
		if (!query_add(query, result, NULL, element(list, i)))
			return NULL;
	return result;
}

static const struct node *project(struct query *query, const struct ast *ast,
				  const struct node *value)
{
	const struct node *base = query_eval(query, ast->left, value);
	enum node_type type = ast->type == AST_PROJECT_VALUES ? NODE_STRUCT :
								NODE_LIST;
	struct node *result;

	if (!base || base->type != type)
		return base ? &query_null : NULL;
	result = query_new(query, NODE_LIST);
	for (const struct node *c = node_first(base); result && c;
	     c = node_next(c)) {
		const struct node *one = ast->third ?
				query_eval(query, ast->third, c) : c;

		if (!one)
			return NULL;
		if (ast->third && query_false(one))
			continue;
		one = query_eval(query, ast->right, c);
		if (!one)
			return NULL;
		if (one->type != NODE_NULL &&
		    !query_add(query, result, NULL, one))
			return NULL;
	}
	return result;
}

static const struct node *flatten(struct query *query, const struct ast *ast,
				  const struct node *value)
{
	const struct node *base = query_eval(query, ast->left, value);
	struct node *result;

	if (!base || base->type != NODE_LIST)
		return base ? &query_null : NULL;
	result = query_new(query, NODE_LIST);
	for (const struct node *c = node_first(base); result && c;
	     c = node_next(c)) {
		if (c->type != NODE_LIST) {
			if (!query_add(query, result, NULL, c))
				return NULL;
			continue;
		}
		for (const struct node *d = node_first(c); d;
		     d = node_next(d))
			if (!query_add(query, result, NULL, d))
				return NULL;
	}
	return result;
}

static const struct node *select_many(struct query *query,
				      const struct ast *ast,
				      const struct node *value)
{
	struct node *result;

	if (value->type == NODE_NULL)
		return &query_null;
	result = query_new(query,
			   ast->type == AST_LIST ? NODE_LIST : NODE_STRUCT);
	for (const struct ast *c = ast->children; result && c; c = c->next)
		if (!query_add(query, result, c->name,
			       query_eval(query, c, value)))
			return NULL;
	return result;
}

static const struct node *compare(struct query *query, const struct ast *ast,
				  const struct node *value)
{
	const struct node *a = query_eval(query, ast->left, value);
	const struct node *b = a ? query_eval(query, ast->right, value) : NULL;
	int order;

	if (!b)
		return NULL;
	if (ast->compare == COMPARE_EQUAL)
		return query_bool(query, query_equal(a, b));
	if (ast->compare == COMPARE_DIFFERENT)
		return query_bool(query, !query_equal(a, b));
	if (!query_ordered(a, b))
		return &query_null;
	order = query_order(a, b);
	switch (ast->compare) {
	case COMPARE_LESS:
		return query_bool(query, order < 0);
	case COMPARE_LESS_EQUAL:
		return query_bool(query, order <= 0);
	case COMPARE_MORE:
		return query_bool(query, order > 0);
	default:
		return query_bool(query, order >= 0);
	}
}

/* "a || b", "a && b", "!a" */
static const struct node *logic(struct query *query, const struct ast *ast,
				const struct node *value)
{
	const struct node *left = query_eval(query, ast->left, value);

	if (!left)
		return NULL;
	if (ast->type == AST_NOT)
		return query_bool(query, query_false(left));
	if (query_false(left) == (ast->type == AST_OR))
		return query_eval(query, ast->right, value);
	return left;
}

const struct node *query_eval(struct query *query, const struct ast *ast,
			      const struct node *value)
{
	const struct node *found;

	switch (ast->type) {
	case AST_CURRENT:
		return value;
	case AST_FIELD:
		found = member(value, ast->name);
		return found ? found : &query_null;
	case AST_INDEX:
		return value->type == NODE_LIST ?
			       element(value, ast->numbers[0]) :
			       &query_null;
	case AST_SLICE:
		return value->type == NODE_LIST ? slice(query, ast, value) :
						  &query_null;
	case AST_LITERAL:
		return ast->literal;
	case AST_CHAIN:
		value = query_eval(query, ast->left, value);
		return value ? query_eval(query, ast->right, value) : NULL;
	case AST_OR:
	case AST_AND:
	case AST_NOT:
		return logic(query, ast, value);
	case AST_COMPARE:
		return compare(query, ast, value);
	case AST_PROJECT:
	case AST_PROJECT_VALUES:
	case AST_PROJECT_IF:
		return project(query, ast, value);
	case AST_FLATTEN:
		return flatten(query, ast, value);
	case AST_LIST:
	case AST_HASH:
		return select_many(query, ast, value);
	case AST_CALL:
		return query_call(query, ast, value);
	case AST_REFERENCE:
		break;
	}
	fail(query->err, FAULT_INVALID_PARAMETER,
	     "Bad value for --query %.100s: & outside a function",
	     query->expression);
	return NULL;
}

bool query_check(const char *expression, struct error *err)
{
	struct reply reply;
	struct query query = { &reply, expression, err };
	bool good;

	if (!reply_init(&reply, err))
		return false;
	good = query_parse(&query);
	reply_done(&reply);
	return good;
}

bool query_run(const char *expression, struct reply *reply,
	       const struct node **ret_node, struct error *err)
{
	struct query query = { reply, expression, err };
	const struct ast *ast = query_parse(&query);
	const struct node *node = ast ? query_eval(&query, ast, reply->root) :
					NULL;

	if (!node)
		return false;
	*ret_node = node;
	return true;
}
