/* describe.h - what the Describe actions over a table of the registry share
 *
 * They differ in which rows there are, how one is shown, and who may see what
 * was named; question, page, dry run and order are the same.
 */
#ifndef QAMI_ACTION_DESCRIBE_H
#define QAMI_ACTION_DESCRIBE_H

#include "launcher/action/query.h"

/* A listing under way. */
struct describe {
	struct call *call;
	const struct args *args;
	struct arena *arena; /* lives as long as the listing */
	struct page page;
	struct node *list; /* the answer's */
};

/* What makes one of them. */
struct describe_way {
	const char *ids; /* the parameter that names ids; NULL: none does */
	const char *sdk; /* what the answer's list is called */
	const char *wire;
	int64_t most; /* that MaxResults may be; 0: as everywhere */

	/* Completes the query, and what else must be done before; or NULL. */
	bool (*prepare)(struct describe *describe, struct error *err);

	/* Whether the caller may see one that was named; or NULL. */
	bool (*see)(const struct describe *describe, const char *id,
		    struct error *err);

	/* Lists what the query asks for: the registry's function for its table
	 * with a row function that is given the listing. */
	bool (*rows)(struct describe *describe, struct error *err);
};

bool describe(struct call *call, const struct args *args,
	      const struct describe_way *way, struct reply *reply,
	      struct error *err) must_check;

/* What `see` is of instances and of images: the caller's own, or lent to it. */
bool describe_see_instance(const struct describe *describe, const char *id,
			   struct error *err) must_check;
bool describe_see_image(const struct describe *describe, const char *id,
			struct error *err) must_check;

/* Completes the query's ids by those of what a list of names asks for: `find`
 * is given an id or a name (the other is NULL) and says which id that is, in
 * the listing's arena, if it is there and the caller may see it. */
bool describe_named(struct describe *describe, const char *names,
		    bool (*find)(const struct describe *describe,
				 const char *id, const char *name,
				 const char **ret_id, struct error *err),
		    struct error *err) must_check;

/* The element for a row, in the answer's list; NULL when the page is full and
 * the row is not to be shown. */
struct node *describe_item(struct describe *describe, int64_t seq);

#endif
