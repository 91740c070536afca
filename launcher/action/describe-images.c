/* describe-images.c - the images that the caller may see
 *
 * A deregistered image that is asked for by id is left out in silence, one
 * that never was is an error: that is the one answer which all clients read
 * rightly.
 */
#include "launcher/action/action.h"
#include "launcher/action/describe.h"
#include "launcher/action/noun/image.h"

static bool row(void *data, const struct image *image, struct error *err)
{
	struct describe *describe = data;
	struct node *item = describe_item(describe, image->seq);

	return !item || reply_image(describe->call, image, item, err);
}

static bool rows(struct describe *describe, struct error *err)
{
	return image_list(describe->call->store->db, &describe->page.query, row,
			  describe, err);
}

static bool prepare(struct describe *describe, struct error *err)
{
	static const char *const executable[] = { "self", "all", NULL };
	const struct args *args = describe->args;
	struct query *query = &describe->page.query;

	query->enabled = !args_bool(args, "IncludeDisabled", false);
	if (!args_bool(args, "IncludeDeprecated", false))
		query->fresh = describe->call->now;
	return args_owners(describe->call, args, "Owners", describe->arena,
			   query, err) &&
	       args_accounts_check(args, "ExecutableUsers", executable, err) &&
	       args_texts(args_get(args, "ExecutableUsers"), describe->arena,
			  &query->grantees, &query->grantee_count, err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	static const struct describe_way way = {
		.ids = "ImageIds",
		.sdk = "Images",
		.wire = "imagesSet",
		.prepare = prepare,
		.see = describe_see_image,
		.rows = rows,
	};

	return describe(call, args, &way, reply, err);
}

const struct action action_describe_images = {
	.name = "DescribeImages",
	.brief = "list images",
	.about = "Lists the images that the caller owns or has a launch "
		 "permission for, public ones included. Deprecated images of "
		 "others are only found by id, disabled ones only with "
		 "IncludeDisabled.",
	.params = (const struct param[]) {
		{ "ImageIds", PARAM_ID, PARAM_LIST, "ami|aki|ari",
		  "only these images", "ImageId" },
		{ "Owners", PARAM_STRING, PARAM_LIST, NULL,
		  "self or account numbers", "Owner" },
		{ "ExecutableUsers", PARAM_STRING, PARAM_LIST, NULL,
		  "images that self, all or an account may launch",
		  "ExecutableBy" },
		{ "IncludeDeprecated", PARAM_BOOLEAN, 0, NULL,
		  "those of others that are deprecated, too" },
		{ "IncludeDisabled", PARAM_BOOLEAN, 0, NULL,
		  "disabled ones, too" },
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
