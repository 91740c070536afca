/* describe.c - what the Describe actions over a table of the registry share */
#include "launcher/action/describe.h"

#include "images/authorise.h"

static bool check_most(const struct describe_way *way, const struct page *page,
		       struct error *err)
{
	return !way->most || page->most <= way->most ||
	       fail(err, FAULT_INVALID_PARAMETER,
		    "Value ( %lld ) for parameter maxResults is invalid. "
		    "Expecting a value between 5 and %lld.",
		    (long long)page->most, (long long)way->most);
}

bool describe(struct call *call, const struct args *args,
	      const struct describe_way *way, struct reply *reply,
	      struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct describe one = { .call = call, .args = args, .arena = arena };
	const struct query *query = &one.page.query;

	if (!arena)
		return fail_memory(err);
	if (!page_open(call, args, way->ids, arena, &one.page, err) ||
	    !check_most(way, &one.page, err) ||
	    (way->prepare && !way->prepare(&one, err)))
		return false;
	for (size_t i = 0; way->see && i < query->id_count; i++)
		if (!way->see(&one, query->ids[i], err))
			return false;
	one.list = node_list(reply->root, way->sdk, way->wire);
	return way->rows(&one, err) &&
	       page_close(call, &one.page, reply->root, err);
}

bool describe_see_instance(const struct describe *describe, const char *id,
			   struct error *err)
{
	struct instance instance;

	return authorise_instance(describe->call, RIGHT_SEE, id,
				  describe->arena, &instance, err);
}

bool describe_see_image(const struct describe *describe, const char *id,
			struct error *err)
{
	struct image image;

	return authorise_image(describe->call, RIGHT_SEE, id, describe->arena,
			       &image, err);
}

bool describe_named(struct describe *describe, const char *names,
		    bool (*find)(const struct describe *describe,
				 const char *id, const char *name,
				 const char **ret_id, struct error *err),
		    struct error *err)
{
	struct query *query = &describe->page.query;
	const char *const *named;
	const char **ids;
	size_t count;

	if (!args_texts(args_get(describe->args, names), describe->arena,
			&named, &count, err))
		return false;
	ids = arena_alloc(describe->arena,
			  (query->id_count + count + 1) * sizeof(*ids));
	if (!ids)
		return fail_memory(err);
	for (size_t i = 0; i < query->id_count; i++)
		if (!find(describe, query->ids[i], NULL, &ids[i], err))
			return false;
	for (size_t i = 0; i < count; i++)
		if (!find(describe, NULL, named[i], &ids[query->id_count++],
			  err))
			return false;
	query->ids = ids;
	return true;
}

struct node *describe_item(struct describe *describe, int64_t seq)
{
	return page_row(&describe->page, seq) ? node_item(describe->list) :
						NULL;
}
