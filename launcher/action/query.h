/* query.h - what Describe actions share: ids, filters, pages */
#ifndef QAMI_ACTION_QUERY_H
#define QAMI_ACTION_QUERY_H

#include "images/base/arena.h"
#include "images/call.h"
#include "images/params.h"
#include "images/registry/query.h"
#include "launcher/action/args.h"
#include "launcher/action/reply.h"

/* A page under way: what was asked, how many rows came. */
struct page {
	struct query query;
	int64_t most;	  /* MaxResults; 0: no limit */
	int64_t count;	  /* rows answered */
	int64_t last;	  /* the last answered row's seq */
	bool more;	  /* there is at least one row beyond them */
	const char *wire; /* what the answer calls NextToken; NULL: EC2's way */
	char token[80];	  /* binds NextToken to this very question */
};

/* Reads the list `ids` (its parameter's name, or NULL), Filters, MaxResults
 * and NextToken into a query for the caller; texts in the arena.
 * FAULT_PARAMETER_COMBINATION for MaxResults with ids, FAULT_INVALID_PARAMETER
 * for a MaxResults out of 5..1000, FAULT_INVALID_NEXT_TOKEN for a token that
 * was not this question's. */
bool page_open(struct call *call, const struct args *args, const char *ids,
	       struct arena *arena, struct page *ret_page, struct error *err)
	must_check;

/* The same for Auto Scaling's lists, whose pages are MaxRecords long, of 1 to
 * 100, or `usual`; nothing else of the question is read. */
bool page_open_records(struct call *call, const struct args *args,
		       int64_t usual, struct page *ret_page, struct error *err)
	must_check;

/* Counts a row; false when the page is full and the row is not to be shown. */
bool page_row(struct page *page, int64_t seq);

/* Adds NextToken where there is more. A listing changes nothing, so that this
 * is where a dry run ends: everything that can be wrong has been by now. */
bool page_close(const struct call *call, const struct page *page,
		struct node *into, struct error *err) must_check;

/* Whether each of a list is an account's number or one of the aliases, which
 * NULL ends; FAULT_INVALID_USER_ID. */
bool args_accounts_check(const struct args *args, const char *name,
			 const char *const *aliases, struct error *err)
	must_check;

/* The list of owners of that name: "self" is the caller. Aliases of AWS's own
 * accounts are known and own nothing; FAULT_INVALID_USER_ID for what is neither
 * that nor an account. */
bool args_owners(const struct call *call, const struct args *args,
		 const char *name, struct arena *arena, struct query *ret_query,
		 struct error *err) must_check;

#endif
