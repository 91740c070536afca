/* query-lex.c - from an expression's characters to its words */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "launcher/cli/query-lex.h"

bool lex_bad(struct lexer *p, size_t at, const char *why)
{
	if (p->query->err->fault == FAULT_NONE)
		fail(p->query->err, FAULT_INVALID_PARAMETER,
		     "Bad value for --query %.100s: %s, at column %zu", p->text,
		     why, at + 1);
	return false;
}

static bool is_name_char(char c, bool first)
{
	return isalpha((unsigned char)c) || c == '_' ||
	       (!first && isdigit((unsigned char)c));
}

/* The text between two quotes as JSON has it, or a raw one. */
static bool lex_quoted(struct lexer *p, char quote, struct token *token)
{
	const char *from = p->text + p->at + 1;
	size_t size = 0;
	char *copy;

	while (from[size] && from[size] != quote)
		size += from[size] == '\\' && from[size + 1] ? 2 : 1;
	if (!from[size])
		return lex_bad(p, p->at, "no closing quote");
	p->at += size + 2;
	copy = arena_alloc(p->query->reply->arena, size + 3);
	if (!copy)
		return fail_memory(p->query->err);
	memcpy(copy + 1, from, size);
	copy[0] = copy[size + 1] = quote;
	token->name = copy;
	return true;
}

static bool lex_json(struct lexer *p, const char *text, struct token *token)
{
	json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);

	if (!json)
		return lex_bad(p, token->at, "invalid JSON");
	token->literal = query_json(p->query, json);
	json_decref(json);
	return token->literal;
}

/* A literal that is no JSON is a text: `available`, as people write it. */
static bool lex_literal(struct lexer *p, const char *text, struct token *token)
{
	json_t *json;
	char *quoted;

	text += strspn(text, " \t\r\n");
	json = json_loads(text, JSON_DECODE_ANY, NULL);
	if (json) {
		token->literal = query_json(p->query, json);
		json_decref(json);
		return token->literal;
	}
	quoted = arena_format(p->query->reply->arena, "\"%s\"", text);
	return quoted ? lex_json(p, quoted, token) : fail_memory(p->query->err);
}

/* Takes "\c" for c out of a text between two of c. */
static char *unquote(const char *quoted, char c)
{
	size_t used = 0, size = strlen(quoted) - 2;
	char *text = (char *)quoted + 1;

	for (size_t i = 0; i < size; i++) {
		if (text[i] == '\\' && i + 1 < size && text[i + 1] == c)
			i++;
		text[used++] = text[i];
	}
	text[used] = 0;
	return text;
}

static bool lex_string(struct lexer *p, char quote, struct token *token)
{
	char *text;

	if (!lex_quoted(p, quote, token))
		return false;
	token->type = quote == '"' ? T_QUOTED : T_LITERAL;
	if (quote == '"') {
		if (!lex_json(p, token->name, token))
			return false;
		token->name = token->literal->text;
		return true;
	}
	text = unquote(token->name, quote);
	if (quote == '\'') {
		token->literal = query_text(p->query, text);
		return token->literal;
	}
	return lex_literal(p, text, token);
}

static bool lex_number(struct lexer *p, struct token *token)
{
	char *end;

	token->type = T_NUMBER;
	token->number = strtoll(p->text + p->at, &end, 10);
	if (end == p->text + p->at || !isdigit((unsigned char)end[-1]))
		return lex_bad(p, p->at, "unknown token '-'");
	p->at = (size_t)(end - p->text);
	return true;
}

static bool lex_name(struct lexer *p, struct token *token)
{
	const char *from = p->text + p->at;
	size_t size = 0;
	char *name;

	while (is_name_char(from[size], size == 0))
		size++;
	name = arena_alloc(p->query->reply->arena, size + 1);
	if (!name)
		return fail_memory(p->query->err);
	memcpy(name, from, size);
	token->type = T_NAME;
	token->name = name;
	p->at += size;
	return true;
}

/* The longer symbols first. */
static const struct {
	const char *text;
	enum token_type type;
	enum compare compare;
} symbols[] = {
	{ "[]", T_FLATTEN, 0 },
	{ "[?", T_FILTER, 0 },
	{ "||", T_OR, 0 },
	{ "&&", T_AND, 0 },
	{ "==", T_COMPARE, COMPARE_EQUAL },
	{ "!=", T_COMPARE, COMPARE_DIFFERENT },
	{ "<=", T_COMPARE, COMPARE_LESS_EQUAL },
	{ ">=", T_COMPARE, COMPARE_MORE_EQUAL },
	{ "<", T_COMPARE, COMPARE_LESS },
	{ ">", T_COMPARE, COMPARE_MORE },
	{ ".", T_DOT, 0 },
	{ "*", T_STAR, 0 },
	{ "]", T_RBRACKET, 0 },
	{ "[", T_LBRACKET, 0 },
	{ ",", T_COMMA, 0 },
	{ ":", T_COLON, 0 },
	{ "@", T_CURRENT, 0 },
	{ "(", T_LPAREN, 0 },
	{ ")", T_RPAREN, 0 },
	{ "{", T_LBRACE, 0 },
	{ "}", T_RBRACE, 0 },
	{ "|", T_PIPE, 0 },
	{ "&", T_REFERENCE, 0 },
	{ "!", T_NOT, 0 },
};

bool lex_next(struct lexer *p, struct token *token)
{
	const char *from;

	p->at += strspn(p->text + p->at, " \t\r\n");
	*token = (struct token){ .at = p->at };
	from = p->text + p->at;
	if (!*from)
		return true;
	if (is_name_char(*from, true))
		return lex_name(p, token);
	if (isdigit((unsigned char)*from) || *from == '-')
		return lex_number(p, token);
	if (strchr("\"'`", *from))
		return lex_string(p, *from, token);
	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		size_t size = strlen(symbols[i].text);

		if (strncmp(from, symbols[i].text, size) != 0)
			continue;
		token->type = symbols[i].type;
		token->compare = symbols[i].compare;
		p->at += size;
		return true;
	}
	return lex_bad(p, p->at, "unknown token");
}
