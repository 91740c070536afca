/* query.c - what Describe actions share
 *
 * A token is the last row's number and a digest of the question, so that it
 * opens no other listing and nothing has to be remembered.
 */
#include "launcher/action/query.h"

#include <stdio.h>
#include <string.h>

#include "images/base/digest.h"
#include "images/registry/account.h"
#include "images/store.h"
#include "launcher/action/filter.h"

#define PAGE_LEAST 5
#define PAGE_MOST 1000
#define RECORDS_MOST 100 /* Auto Scaling's */

bool args_accounts_check(const struct args *args, const char *name,
			 const char *const *aliases, struct error *err)
{
	const json_t *one;
	size_t i;

	json_array_foreach(args_get(args, name), i, one) {
		const char *text = json_string_value(one);
		const char *const *alias = aliases;

		while (*alias && strcmp(*alias, text) != 0)
			alias++;
		if (!*alias && !account_valid(text))
			return fail(err, FAULT_INVALID_USER_ID,
				    "Invalid user id: \"%.64s\"", text);
	}
	return true;
}

bool args_owners(const struct call *call, const struct args *args,
		 const char *name, struct arena *arena, struct query *ret_query,
		 struct error *err)
{
	static const char *const aliases[] = {
		"self", "amazon", "aws-marketplace", "aws-backup-vault",
		"microsoft", NULL
	};
	const char *const *names;
	const char **owners;
	size_t count;

	if (!args_accounts_check(args, name, aliases, err) ||
	    !args_texts(args_get(args, name), arena, &names, &count, err))
		return false;
	owners = arena_alloc(arena, (count + 1) * sizeof(*owners));
	if (!owners)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++)
		owners[i] = strcmp(names[i], "self") == 0 ? call->account :
							    names[i];
	ret_query->owners = owners;
	ret_query->owner_count = count;
	return true;
}

/* There is one zone, so that its id is asked for as its name. */
static bool zone_filter(const struct call *call, struct arena *arena,
			struct filter *filter, struct error *err)
{
	const char *id = store_zone_id(call->store, arena);
	const char **zone = arena_alloc(arena, sizeof(*zone));
	size_t found = 0;

	if (!id || !zone)
		return fail_memory(err);
	*zone = store_zone(call->store, arena);
	for (size_t i = 0; i < filter->count; i++)
		found |= filter_glob(filter->values[i], id);
	*filter = (struct filter){ "availability-zone", zone, found };
	return *zone || fail_memory(err);
}

static bool read_filters(const struct call *call, const json_t *list,
			 struct arena *arena, struct query *query,
			 struct error *err)
{
	size_t count = json_array_size(list);
	struct filter *filters =
		arena_alloc(arena, (count + 1) * sizeof(*filters));

	if (!filters)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++) {
		const json_t *one = json_array_get(list, i);

		filters[i].name = arg_str(one, "Name", "");
		if (!args_texts(json_object_get(one, "Values"), arena,
				&filters[i].values, &filters[i].count, err))
			return false;
		if (filters[i].count > FILTER_VALUES_MOST)
			return fail(err, FAULT_INVALID_PARAMETER,
				    "A filter has at most %d values",
				    FILTER_VALUES_MOST);
		if (call->store &&
		    strcmp(filters[i].name, "availability-zone-id") == 0 &&
		    !zone_filter(call, arena, &filters[i], err))
			return false;
	}
	query->filters = filters;
	query->filter_count = count;
	return true;
}

/* The question without its page, as a digest. */
static bool question(const struct call *call, const struct args *args,
		     char ret_text[SHA256_TEXT_SIZE], struct error *err)
{
	json_t *copy = json_copy(args->root);
	auto_free char *text = NULL;
	auto_free char *whole = NULL;

	json_object_del(copy, "NextToken");
	json_object_del(copy, "MaxResults");
	json_object_del(copy, "MaxRecords");
	text = json_dumps(copy, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(copy);
	whole = text ? format_text("%s %s %s", call->account, call->action,
				   text) :
		       NULL;
	if (!whole)
		return fail_memory(err);
	sha256_text(whole, strlen(whole), ret_text);
	return true;
}

static bool read_token(struct page *page, const char *token, struct error *err)
{
	size_t size = 0;
	auto_free char *text = base64_decode(token, &size);
	char *end = NULL;
	long long after = text ? strtoll(text, &end, 10) : 0;

	if (!text || end == text || *end != '.' || after <= 0 ||
	    strcmp(end + 1, page->token) != 0)
		return fail(err, FAULT_INVALID_NEXT_TOKEN,
			    "The token '%.80s' is invalid", token);
	page->query.after = after;
	return true;
}

bool page_open(struct call *call, const struct args *args, const char *ids,
	       struct arena *arena, struct page *ret_page, struct error *err)
{
	const char *token = args_str(args, "NextToken", NULL);
	char digest[SHA256_TEXT_SIZE];
	struct page page = { .most = args_int(args, "MaxResults", 0) };

	page.query.account = call->account;
	if (ids && args_has(args, ids) && page.most)
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "The parameter %s cannot be used with the "
			    "parameter maxResults",
			    ids);
	if (args_has(args, "MaxResults") &&
	    (page.most < PAGE_LEAST || page.most > PAGE_MOST))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Value ( %lld ) for parameter maxResults is "
			    "invalid. Expecting a value between %d and %d.",
			    (long long)page.most, PAGE_LEAST, PAGE_MOST);
	if (ids && !args_texts(args_get(args, ids), arena, &page.query.ids,
			       &page.query.id_count, err))
		return false;
	if (!read_filters(call, args_get(args, "Filters"), arena, &page.query,
			  err) ||
	    !question(call, args, digest, err))
		return false;
	snprintf(page.token, sizeof(page.token), "%.32s", digest);
	if (token && !read_token(&page, token, err))
		return false;
	page.query.limit = page.most ? page.most + 1 : 0;
	*ret_page = page;
	return true;
}

bool page_open_records(struct call *call, const struct args *args,
		       int64_t usual, struct page *ret_page, struct error *err)
{
	const char *token = args_str(args, "NextToken", NULL);
	struct page page = { .most = args_int(args, "MaxRecords", usual),
			     .wire = "NextToken" };
	char digest[SHA256_TEXT_SIZE];

	page.query.account = call->account;
	if (page.most < 1 || page.most > RECORDS_MOST)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Value (%lld) for MaxRecords is invalid: it is a "
			    "number from 1 to %d",
			    (long long)page.most, RECORDS_MOST);
	if (!question(call, args, digest, err))
		return false;
	snprintf(page.token, sizeof(page.token), "%.32s", digest);
	if (token && !read_token(&page, token, err))
		return false;
	page.query.limit = page.most + 1;
	*ret_page = page;
	return true;
}

bool page_row(struct page *page, int64_t seq)
{
	if (page->most && page->count == page->most) {
		page->more = true;
		return false;
	}
	page->count++;
	page->last = seq;
	return true;
}

bool page_close(const struct call *call, const struct page *page,
		struct node *into, struct error *err)
{
	char text[120];
	auto_free char *token = NULL;

	if (!page->more)
		return call_dry_run(call, err);
	snprintf(text, sizeof(text), "%lld.%s", (long long)page->last,
		 page->token);
	token = base64_encode(text, strlen(text));
	if (!token)
		return fail_memory(err);
	node_str(into, "NextToken", page->wire ? page->wire : "nextToken",
		 token);
	return call_dry_run(call, err);
}
