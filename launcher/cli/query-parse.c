/* query-parse.c - JMESPath's grammar, by operator precedence
 *
 * The binding powers are the language's own: a projection reaches as far right
 * as what binds stronger than a flattening.
 */
#include "launcher/cli/query-lex.h"

#define DEPTH_MOST 200
#define PROJECTION_STOP 10

/* How strongly a word binds what stands left of it. */
static const int powers[] = {
	[T_PIPE] = 1,
	[T_OR] = 2,
	[T_AND] = 3,
	[T_COMPARE] = 5,
	[T_FLATTEN] = 9,
	[T_STAR] = 20,
	[T_FILTER] = 21,
	[T_DOT] = 40,
	[T_NOT] = 45,
	[T_LBRACE] = 50,
	[T_LBRACKET] = 55,
	[T_LPAREN] = 60,
};

static bool advance(struct lexer *p)
{
	p->now = p->next;
	return lex_next(p, &p->next);
}

static bool match(struct lexer *p, enum token_type type)
{
	if (p->now.type == type)
		return advance(p);
	return lex_bad(p, p->now.at,
		       p->now.type == T_END ? "incomplete expression" :
					      "unexpected token");
}

static struct ast *ast_new(struct lexer *p, enum ast_type type,
			   const struct ast *left, const struct ast *right)
{
	struct ast *ast = arena_alloc(p->query->reply->arena, sizeof(*ast));

	if (!ast) {
		fail_memory(p->query->err);
		return NULL;
	}
	ast->type = type;
	ast->left = left;
	ast->right = right;
	return ast;
}

/* A node over two that may have failed. */
static struct ast *ast_over(struct lexer *p, enum ast_type type,
			    const struct ast *left, const struct ast *right)
{
	return left && right ? ast_new(p, type, left, right) : NULL;
}

static struct ast *ast_current(struct lexer *p)
{
	return ast_new(p, AST_CURRENT, NULL, NULL);
}

static struct ast *expression(struct lexer *p, int power);

static void add_child(struct ast *into, struct ast *child, const char *name)
{
	child->name = name ? name : child->name;
	if (into->last)
		into->last->next = child;
	else
		into->children = child;
	into->last = child;
}

/* A child that carries a name of its own must not be shared with a field. */
static bool add_expression(struct lexer *p, struct ast *into, const char *name)
{
	const struct ast *inner = expression(p, 0);
	struct ast *child = inner ? ast_new(p, AST_CHAIN, inner, NULL) : NULL;

	if (!child)
		return false;
	child->right = ast_current(p);
	if (!child->right)
		return false;
	if (inner->type == AST_REFERENCE)
		*child = *inner;
	add_child(into, child, name);
	return true;
}

static struct ast *multi_list(struct lexer *p)
{
	struct ast *list = ast_new(p, AST_LIST, NULL, NULL);

	while (list) {
		if (!add_expression(p, list, NULL))
			return NULL;
		if (p->now.type == T_RBRACKET)
			return advance(p) ? list : NULL;
		if (!match(p, T_COMMA))
			return NULL;
	}
	return NULL;
}

static struct ast *multi_hash(struct lexer *p)
{
	struct ast *hash = ast_new(p, AST_HASH, NULL, NULL);

	while (hash) {
		const char *name = p->now.name;

		if (p->now.type != T_NAME && p->now.type != T_QUOTED) {
			lex_bad(p, p->now.at, "expected a name");
			return NULL;
		}
		if (!advance(p) || !match(p, T_COLON) ||
		    !add_expression(p, hash, name))
			return NULL;
		if (p->now.type == T_RBRACE)
			return advance(p) ? hash : NULL;
		if (!match(p, T_COMMA))
			return NULL;
	}
	return NULL;
}

static struct ast *dot_right(struct lexer *p, int power)
{
	switch (p->now.type) {
	case T_NAME:
	case T_QUOTED:
	case T_STAR:
		return expression(p, power);
	case T_LBRACKET:
		return advance(p) ? multi_list(p) : NULL;
	case T_LBRACE:
		return advance(p) ? multi_hash(p) : NULL;
	default:
		lex_bad(p, p->now.at, "expected a name, a list or a hash");
		return NULL;
	}
}

/* What is applied to each element of a projection. */
static struct ast *project_right(struct lexer *p, int power)
{
	if (powers[p->now.type] < PROJECTION_STOP)
		return ast_current(p);
	if (p->now.type == T_LBRACKET || p->now.type == T_FILTER)
		return expression(p, power);
	if (p->now.type == T_DOT)
		return advance(p) ? dot_right(p, power) : NULL;
	lex_bad(p, p->now.at, "unexpected token");
	return NULL;
}

static struct ast *slice(struct lexer *p)
{
	struct ast *ast = ast_new(p, AST_SLICE, NULL, NULL);
	int part = 0;

	while (ast && p->now.type != T_RBRACKET) {
		if (p->now.type == T_COLON && part < 2) {
			part++;
		} else if (p->now.type == T_NUMBER && !ast->given[part]) {
			ast->numbers[part] = p->now.number;
			ast->given[part] = true;
		} else {
			lex_bad(p, p->now.at, "unexpected token in a slice");
			return NULL;
		}
		if (!advance(p))
			return NULL;
	}
	return ast && match(p, T_RBRACKET) ? ast : NULL;
}

/* "[1]" or "[1:2]" behind `left`; the bracket was taken. */
static struct ast *index_or_slice(struct lexer *p, const struct ast *left)
{
	struct ast *ast;

	if (p->now.type == T_COLON || p->next.type == T_COLON) {
		ast = ast_over(p, AST_CHAIN, left, slice(p));
		return ast ? ast_over(p, AST_PROJECT, ast,
				      project_right(p, powers[T_STAR])) :
			     NULL;
	}
	ast = ast_new(p, AST_INDEX, NULL, NULL);
	if (!ast)
		return NULL;
	ast->numbers[0] = p->now.number;
	if (!match(p, T_NUMBER) || !match(p, T_RBRACKET))
		return NULL;
	return ast_over(p, AST_CHAIN, left, ast);
}

/* "[*]", whose bracket was taken. */
static struct ast *star_in_brackets(struct lexer *p, const struct ast *left)
{
	if (!match(p, T_STAR) || !match(p, T_RBRACKET))
		return NULL;
	return ast_over(p, AST_PROJECT, left, project_right(p, powers[T_STAR]));
}

static struct ast *filter(struct lexer *p, const struct ast *left)
{
	const struct ast *condition = expression(p, 0);
	struct ast *ast;

	if (!condition || !match(p, T_RBRACKET))
		return NULL;
	ast = ast_over(p, AST_PROJECT_IF, left,
		       p->now.type == T_FLATTEN ?
			       ast_current(p) :
			       project_right(p, powers[T_FILTER]));
	if (ast)
		ast->third = condition;
	return ast;
}

static struct ast *flatten(struct lexer *p, const struct ast *left)
{
	struct ast *flat = left ? ast_new(p, AST_FLATTEN, left, NULL) : NULL;

	return flat ? ast_over(p, AST_PROJECT, flat,
			       project_right(p, powers[T_FLATTEN])) :
		      NULL;
}

static struct ast *values_of(struct lexer *p, const struct ast *left, int power)
{
	return ast_over(p, AST_PROJECT_VALUES, left,
			p->now.type == T_RBRACKET ? ast_current(p) :
						    project_right(p, power));
}

static struct ast *bracket_first(struct lexer *p)
{
	if (p->now.type == T_NUMBER || p->now.type == T_COLON)
		return index_or_slice(p, ast_current(p));
	if (p->now.type == T_STAR && p->next.type == T_RBRACKET)
		return star_in_brackets(p, ast_current(p));
	return multi_list(p);
}

static struct ast *parenthesis(struct lexer *p)
{
	struct ast *ast = expression(p, 0);

	return ast && match(p, T_RPAREN) ? ast : NULL;
}

/* An expression that begins with this token, which was taken. */
static struct ast *prefix(struct lexer *p, const struct token *token)
{
	struct ast *ast;

	switch (token->type) {
	case T_LITERAL:
		ast = ast_new(p, AST_LITERAL, NULL, NULL);
		if (ast)
			ast->literal = token->literal;
		return ast;
	case T_NAME:
	case T_QUOTED:
		if (token->type == T_QUOTED && p->now.type == T_LPAREN) {
			lex_bad(p, token->at, "quotes around a function");
			return NULL;
		}
		ast = ast_new(p, AST_FIELD, NULL, NULL);
		if (ast)
			ast->name = token->name;
		return ast;
	case T_STAR:
		return values_of(p, ast_current(p), powers[T_STAR]);
	case T_FILTER:
		return filter(p, ast_current(p));
	case T_LBRACE:
		return multi_hash(p);
	case T_LPAREN:
		return parenthesis(p);
	case T_FLATTEN:
		return flatten(p, ast_current(p));
	case T_NOT:
		return ast_over(p, AST_NOT, expression(p, powers[T_NOT]),
				ast_current(p));
	case T_LBRACKET:
		return bracket_first(p);
	case T_CURRENT:
		return ast_current(p);
	case T_REFERENCE:
		return ast_over(p, AST_REFERENCE, expression(p, 0),
				ast_current(p));
	default:
		lex_bad(p, token->at,
			token->type == T_END ? "incomplete expression" :
					       "unexpected token");
		return NULL;
	}
}

static struct ast *call(struct lexer *p, const struct ast *left)
{
	struct ast *ast;

	if (left->type != AST_FIELD) {
		lex_bad(p, p->now.at, "only a name can be called");
		return NULL;
	}
	ast = ast_new(p, AST_CALL, NULL, NULL);
	if (!ast)
		return NULL;
	ast->name = left->name;
	while (p->now.type != T_RPAREN) {
		if (!add_expression(p, ast, NULL))
			return NULL;
		if (p->now.type == T_COMMA && !advance(p))
			return NULL;
		if (p->now.type == T_END) {
			lex_bad(p, p->now.at, "incomplete expression");
			return NULL;
		}
	}
	return advance(p) ? ast : NULL;
}

static struct ast *compare(struct lexer *p, const struct ast *left,
			   enum compare how)
{
	struct ast *ast = ast_over(p, AST_COMPARE, left,
				   expression(p, powers[T_COMPARE]));

	if (ast)
		ast->compare = how;
	return ast;
}

/* An expression that goes on with this token, which was taken. */
static struct ast *infix(struct lexer *p, const struct token *token,
			 const struct ast *left)
{
	switch (token->type) {
	case T_DOT:
		if (p->now.type != T_STAR)
			return ast_over(p, AST_CHAIN, left,
					dot_right(p, powers[T_DOT]));
		return advance(p) ? values_of(p, left, powers[T_DOT]) : NULL;
	case T_PIPE:
		return ast_over(p, AST_CHAIN, left,
				expression(p, powers[T_PIPE]));
	case T_OR:
		return ast_over(p, AST_OR, left, expression(p, powers[T_OR]));
	case T_AND:
		return ast_over(p, AST_AND, left, expression(p, powers[T_AND]));
	case T_LPAREN:
		return call(p, left);
	case T_FILTER:
		return filter(p, left);
	case T_COMPARE:
		return compare(p, left, token->compare);
	case T_FLATTEN:
		return flatten(p, left);
	case T_LBRACKET:
		if (p->now.type == T_NUMBER || p->now.type == T_COLON)
			return index_or_slice(p, left);
		return star_in_brackets(p, left);
	default:
		lex_bad(p, token->at, "unexpected token");
		return NULL;
	}
}

static struct ast *expression(struct lexer *p, int power)
{
	struct token token = p->now;
	struct ast *left;

	if (p->depth == DEPTH_MOST) {
		lex_bad(p, token.at, "nested too deeply");
		return NULL;
	}
	if (!advance(p))
		return NULL;
	p->depth++;
	left = prefix(p, &token);
	while (left && power < powers[p->now.type]) {
		token = p->now;
		left = advance(p) ? infix(p, &token, left) : NULL;
	}
	p->depth--;
	return left;
}

const struct ast *query_parse(struct query *query)
{
	struct lexer p = { .query = query, .text = query->expression };
	struct ast *ast;

	if (!advance(&p) || !advance(&p))
		return NULL;
	ast = expression(&p, 0);
	if (ast && p.now.type != T_END) {
		lex_bad(&p, p.now.at, "unexpected token");
		return NULL;
	}
	return ast;
}
