/* query.c - building the WHERE of a listing
 *
 * Text from outside is only ever bound, never put into the SQL; what is built
 * here comes from the static tables.
 */
#include "images/registry/query-private.h"

#include <string.h>

static bool has_wildcard(const char *value)
{
	return strpbrk(value, "*?\\") != NULL;
}

/* EC2's pattern as SQLite's GLOB has it: '\x' is x itself, and '[', which is
 * special to GLOB only, is quoted. */
static void glob_from_value(struct buf *glob, const char *value)
{
	for (; *value; value++) {
		bool quoted = *value == '\\' && value[1];

		if (quoted)
			value++;
		if (*value == '[' || (quoted && strchr("*?", *value)))
			buf_printf(glob, "[%c]", *value);
		else
			buf_char(glob, *value);
	}
}

/* "= ?" for one plain value, IN for several, GLOB for patterns. */
static void add_comparison(struct buf *sql, const char *expression,
			   const struct filter *filter)
{
	size_t plain = 0;
	const char *between = "";

	buf_char(sql, '(');
	for (size_t i = 0; i < filter->count; i++)
		plain += !has_wildcard(filter->values[i]);
	for (size_t i = 0; i < filter->count; i++) {
		if (!has_wildcard(filter->values[i]))
			continue;
		buf_printf(sql, "%s%s GLOB ?", between, expression);
		between = " OR ";
	}
	if (plain || !filter->count) {
		buf_printf(sql, "%s%s IN (", between, expression);
		for (size_t i = 0; i < plain; i++)
			buf_str(sql, i ? ", ?" : "?");
		buf_char(sql, ')');
	}
	buf_char(sql, ')');
}

static const struct column *column_find(const struct listing *listing,
					const char *name)
{
	const struct column *column = listing->columns;

	while (column->filter && strcmp(column->filter, name) != 0)
		column++;
	return column->filter ? column : NULL;
}

static bool is_tag(const struct filter *filter)
{
	return strncmp(filter->name, "tag:", 4) == 0 ||
	       strcmp(filter->name, "tag-key") == 0 ||
	       strcmp(filter->name, "tag-value") == 0;
}

/* Tags are their owner's alone: on what is shared with the caller no filter
 * finds them. */
static bool add_filter(struct buf *sql, const struct listing *listing,
		       const struct filter *filter, bool own_tags,
		       struct error *err)
{
	const char *own = own_tags ? "owner = ? AND " : "";
	const struct column *column;

	buf_str(sql, " AND ");
	if (strncmp(filter->name, "tag:", 4) == 0) {
		buf_printf(sql,
			   "%s IN (SELECT resource FROM tag WHERE %skey = ? "
			   "AND ",
			   listing->id, own);
		add_comparison(sql, "value", filter);
		buf_char(sql, ')');
		return true;
	}
	if (is_tag(filter)) {
		buf_printf(sql, "%s IN (SELECT resource FROM tag WHERE %s",
			   listing->id, own);
		add_comparison(sql, filter->name + 4, filter);
		buf_char(sql, ')');
		return true;
	}
	column = column_find(listing, filter->name);
	if (!column)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "The filter '%s' is invalid", filter->name);
	if (column->within)
		buf_str(sql, column->within);
	add_comparison(sql, column->expression, filter);
	if (column->within)
		buf_char(sql, ')');
	return true;
}

static void add_list(struct buf *sql, const char *column, size_t count)
{
	if (!count)
		return;
	buf_printf(sql, " AND %s IN (", column);
	for (size_t i = 0; i < count; i++)
		buf_str(sql, i ? ", ?" : "?");
	buf_char(sql, ')');
}

/* "self" is the caller, "all" the public. */
static void add_grantees(struct buf *sql, const struct listing *listing,
			 const struct query *query)
{
	if (!query->grantee_count)
		return;
	buf_str(sql, " AND (0");
	for (size_t i = 0; i < query->grantee_count; i++) {
		if (strcmp(query->grantees[i], "all") != 0)
			buf_printf(sql, " OR %s = ?", listing->owner);
		buf_printf(sql, " OR %s IN (%s)", listing->id,
			   listing->granted);
	}
	buf_char(sql, ')');
}

static void bind_text(struct stmt *stmt, int *at, const char *text)
{
	sqlite3_bind_text(stmt->raw, (*at)++, text, -1, SQLITE_TRANSIENT);
}

static bool bind_filter(struct stmt *stmt, int *at, const struct filter *filter,
			struct error *err)
{
	if (strncmp(filter->name, "tag:", 4) == 0)
		bind_text(stmt, at, filter->name + 4);
	for (size_t i = 0; i < filter->count; i++) {
		auto_buf glob = BUF_INIT;

		if (!has_wildcard(filter->values[i]))
			continue;
		glob_from_value(&glob, filter->values[i]);
		if (glob.broken)
			return fail_memory(err);
		bind_text(stmt, at, buf_text(&glob));
	}
	for (size_t i = 0; i < filter->count; i++)
		if (!has_wildcard(filter->values[i]))
			bind_text(stmt, at, filter->values[i]);
	return true;
}

/* Binds in the order in which listing_open() wrote the question marks. */
static bool bind_query(struct stmt *stmt, const struct listing *listing,
		       const struct query *query, struct error *err)
{
	int at = 1;

	if (query->account && listing->visible)
		for (unsigned i = 0; i < listing->visible_count; i++)
			bind_text(stmt, &at, query->account);
	for (size_t i = 0; i < query->id_count; i++)
		bind_text(stmt, &at, query->ids[i]);
	for (size_t i = 0; i < query->owner_count; i++)
		bind_text(stmt, &at, query->owners[i]);
	for (size_t i = 0; i < query->grantee_count; i++) {
		const char *who = query->grantees[i];
		bool self = strcmp(who, "self") == 0 && query->account;

		bind_text(stmt, &at, self ? query->account : who);
		if (strcmp(who, "all") != 0)
			bind_text(stmt, &at, self ? query->account : who);
	}
	for (size_t i = 0; i < query->filter_count; i++) {
		if (query->account && is_tag(&query->filters[i]))
			bind_text(stmt, &at, query->account);
		if (!bind_filter(stmt, &at, &query->filters[i], err))
			return false;
	}
	return true;
}

bool listing_open(struct stmt *stmt, struct db *db,
		  const struct listing *listing, const struct query *query,
		  const char *extra, struct error *err)
{
	auto_buf sql = BUF_INIT;

	buf_printf(&sql, "%s WHERE 1", listing->select);
	if (query->account && listing->visible)
		buf_printf(&sql, " AND %s", listing->visible);
	add_list(&sql, listing->id, query->id_count);
	add_list(&sql, listing->owner, query->owner_count);
	add_grantees(&sql, listing, query);
	for (size_t i = 0; i < query->filter_count; i++)
		if (!add_filter(&sql, listing, &query->filters[i],
				query->account, err))
			return false;
	if (extra)
		buf_printf(&sql, " AND %s", extra);
	if (query->after)
		buf_printf(&sql, " AND %s > %lld", listing->order,
			   (long long)query->after);
	buf_printf(&sql, " ORDER BY %s", listing->order);
	if (query->limit)
		buf_printf(&sql, " LIMIT %lld", (long long)query->limit);
	if (sql.broken)
		return fail_memory(err);
	return stmt_open_text(stmt, db, buf_text(&sql), err) &&
	       bind_query(stmt, listing, query, err);
}
