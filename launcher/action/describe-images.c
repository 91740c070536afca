/* describe-images.c - the images that the caller may see
 *
 * A deregistered image that is asked for by id is left out in silence, one
 * that never was is an error: that is the one answer which all clients read
 * rightly.
 */
#include "images/authorise.h"
#include "launcher/action/action.h"
#include "launcher/action/noun/image.h"
#include "launcher/action/query.h"

struct rows {
	struct call *call;
	struct page *page;
	struct node *list;
};

static bool row(void *data, const struct image *image, struct error *err)
{
	struct rows *rows = data;

	return !page_row(rows->page, image->seq) ||
	       reply_image(rows->call->store->db, image, rows->call->account,
			   node_item(rows->list), err);
}

static const char *const executable[] = { "self", "all", NULL };

/* Every id that was named must be one that the caller may see. */
static bool check_ids(struct call *call, const struct query *query,
		      struct arena *arena, struct error *err)
{
	struct image image;

	for (size_t i = 0; i < query->id_count; i++)
		if (!authorise_image(call, RIGHT_SEE, query->ids[i], arena,
				     &image, err))
			return false;
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct page page;
	struct rows rows = { .call = call, .page = &page };

	if (!arena)
		return fail_memory(err);
	if (!page_open(call, args, "ImageIds", arena, &page, err) ||
	    !args_owners(call, args, "Owners", arena, &page.query, err) ||
	    !args_accounts_check(args, "ExecutableUsers", executable, err) ||
	    !args_texts(args_get(args, "ExecutableUsers"), arena,
			&page.query.grantees, &page.query.grantee_count, err) ||
	    !check_ids(call, &page.query, arena, err))
		return false;
	rows.list = node_list(reply->root, "Images", "imagesSet");
	if (!image_list(call->store->db, &page.query, row, &rows, err))
		return false;
	return page_close(call, &page, reply->root, err);
}

const struct action action_describe_images = {
	.name = "DescribeImages",
	.brief = "list images",
	.about = "Lists the images that the caller owns or has a launch "
		 "permission for, public ones included.",
	.params = (const struct param[]) {
		{ "ImageIds", PARAM_ID, PARAM_LIST, "ami|aki|ari",
		  "only these images", "ImageId" },
		{ "Owners", PARAM_STRING, PARAM_LIST, NULL,
		  "self or account numbers", "Owner" },
		{ "ExecutableUsers", PARAM_STRING, PARAM_LIST, NULL,
		  "images that self, all or an account may launch",
		  "ExecutableBy" },
		{ "IncludeDeprecated", PARAM_BOOLEAN, 0, NULL,
		  "accepted: nothing is deprecated" },
		{ "IncludeDisabled", PARAM_BOOLEAN, 0, NULL,
		  "accepted: nothing is disabled" },
		PARAMS_FILTERS,
		PARAMS_PAGES,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_IMAGE_NOT_FOUND,
		FAULT_INVALID_NEXT_TOKEN, FAULT_INVALID_USER_ID, FAULT_NONE },
	.example = "qami describe-images --owners self",
	.run = run,
};
