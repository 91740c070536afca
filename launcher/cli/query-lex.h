/* query-lex.h - the words of JMESPath */
#ifndef QAMI_CLI_QUERY_LEX_H
#define QAMI_CLI_QUERY_LEX_H

#include "launcher/cli/query-private.h"

enum token_type {
	T_END,
	T_NAME,	  /* unquoted */
	T_QUOTED, /* "…" */
	T_LITERAL,
	T_NUMBER,
	T_RBRACKET,
	T_RPAREN,
	T_COMMA,
	T_RBRACE,
	T_CURRENT,
	T_REFERENCE,
	T_COLON,
	T_PIPE,
	T_OR,
	T_AND,
	T_COMPARE,
	T_FLATTEN,
	T_STAR,
	T_FILTER,
	T_DOT,
	T_NOT,
	T_LBRACE,
	T_LBRACKET,
	T_LPAREN,
};

struct token {
	enum token_type type;
	size_t at;
	const char *name;
	const struct node *literal;
	int64_t number;
	enum compare compare;
};

/* Where in an expression its reader is. */
struct lexer {
	struct query *query;
	const char *text;
	size_t at;	  /* behind the token after next */
	struct token now; /* not yet taken */
	struct token next;
	int depth;
};

/* Reads the next word; false with an error when there is none of the
 * language. */
bool lex_next(struct lexer *p, struct token *token);

/* Fails with "Bad value for --query …: why, at column N", once. */
bool lex_bad(struct lexer *p, size_t at, const char *why);

#endif
