/* query-private.h - what the parser of JMESPath and its interpreter share */
#ifndef QAMI_CLI_QUERY_PRIVATE_H
#define QAMI_CLI_QUERY_PRIVATE_H

#include <jansson.h>

#include "launcher/cli/query.h"

enum ast_type {
	AST_CURRENT, /* "@", and what stands for nothing */
	AST_FIELD,
	AST_INDEX,
	AST_SLICE,
	AST_LITERAL,
	AST_CHAIN, /* left, and on its result right */
	AST_OR,
	AST_AND,
	AST_NOT,
	AST_COMPARE,
	AST_PROJECT,	/* right on each element of the list left */
	AST_PROJECT_VALUES,
	AST_PROJECT_IF, /* only elements for which `third` holds */
	AST_FLATTEN,
	AST_LIST,	/* [a, b]: children */
	AST_HASH,	/* {x: a}: children with names */
	AST_CALL,
	AST_REFERENCE,	/* &a: only functions use it */
};

enum compare {
	COMPARE_EQUAL,
	COMPARE_DIFFERENT,
	COMPARE_LESS,
	COMPARE_LESS_EQUAL,
	COMPARE_MORE,
	COMPARE_MORE_EQUAL,
};

/* Part of an expression; lives in the reply's arena. */
struct ast {
	enum ast_type type;
	const char *name; /* field, function, or name within a hash */
	const struct ast *left;
	const struct ast *right;
	const struct ast *third;
	const struct node *literal;
	enum compare compare;
	int64_t numbers[3]; /* index; start, stop and step of a slice */
	bool given[3];
	struct ast *children; /* of list, hash and call; linked by `next` */
	struct ast *last;
	struct ast *next;
};

struct query {
	struct reply *reply; /* whose arena everything lives in */
	const char *expression;
	struct error *err;
};

/* NULL with an error when the expression is none. */
const struct ast *query_parse(struct query *query);

/* What an expression makes of a value; NULL with an error. A missing value is
 * a node of type NODE_NULL, never NULL. */
const struct node *query_eval(struct query *query, const struct ast *ast,
			      const struct node *value);

/* Calls a function with arguments that are not yet evaluated. */
const struct node *query_call(struct query *query, const struct ast *call,
			      const struct node *value);

extern const struct node query_null;

/* New values; NULL with an error when memory ran out. A value that becomes
 * part of another is copied, what is below it shared. */
struct node *query_new(struct query *query, enum node_type type);
bool query_add(struct query *query, struct node *into, const char *name,
	       const struct node *value);
const struct node *query_bool(struct query *query, bool value);
const struct node *query_text(struct query *query, const char *text);
const struct node *query_json(struct query *query, const json_t *json);

/* "", [], {}, false and null are false. */
bool query_false(const struct node *node);
bool query_equal(const struct node *a, const struct node *b);

/* Both are numbers, or both texts. Less than 0, 0 or more. */
bool query_ordered(const struct node *a, const struct node *b);
int query_order(const struct node *a, const struct node *b);

bool query_is_number(const struct node *node);
double query_number(const struct node *node);
bool query_is_text(const struct node *node);

#endif
