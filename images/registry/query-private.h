/* query-private.h - from a query to SQL, for the tables of this room */
#ifndef QAMI_REGISTRY_QUERY_PRIVATE_H
#define QAMI_REGISTRY_QUERY_PRIVATE_H

#include "images/base/buf.h"
#include "images/registry/db-private.h"
#include "images/registry/query.h"

/* A filter's name and the SQL expression it compares. With `within`, the
 * comparison stands inside a subquery: "within expression … )". */
struct column {
	const char *filter;
	const char *expression;
	const char *within;
};

/* A table that can be listed. `columns` ends with a NULL filter. */
struct listing {
	const char *select;	/* "SELECT … FROM image AS t" */
	const char *visible;	/* condition with ? for the account, or NULL */
	unsigned visible_count; /* how many ?s it has */
	const struct column *columns;
	const char *order;   /* unique integer column, "t.seq" */
	const char *id;	     /* "t.id", for ids and tags */
	const char *owner;   /* "t.owner" */
	const char *granted; /* "SELECT image FROM launch_permission
			      * WHERE grantee = ?", or NULL */
};

/* Texts of a time and of a truth value, as filters compare them. */
#define SQL_TIME(column)                                                       \
	"(strftime('%Y-%m-%dT%H:%M:%S', " column " / 1000000, 'unixepoch') || " \
	"printf('.%03dZ', " column " / 1000 % 1000))"
#define SQL_BOOL(column) "iif(" column ", 'true', 'false')"

/* Prepares a listing's statement, bound and ready to step. `extra` is one more
 * condition without parameters, or NULL. FAULT_INVALID_PARAMETER for a filter
 * that the listing does not have. */
bool listing_open(struct stmt *stmt, struct db *db,
		  const struct listing *listing, const struct query *query,
		  const char *extra, struct error *err) must_check;

#endif
