/* describe-iam-instance-profile-associations.c - list instance profiles in use,
 * which none is
 *
 * Clients ask before they change an instance.
 */
#include "launcher/action/action.h"
#include "launcher/action/filter.h"
#include "launcher/action/query.h"

static const char *const filters[] = {
	"instance-id", "state", NULL
};

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct page page;

	if (!arena)
		return fail_memory(err);
	if (!page_open(call, args, "AssociationIds", arena, &page, err) ||
	    !filter_check(args_get(args, "Filters"), filters, err))
		return false;
	if (args_has(args, "AssociationIds"))
		return fail(err, FAULT_ASSOCIATION_NOT_FOUND,
			    "The association ID '%.64s' does not exist",
			    json_string_value(json_array_get(
				    args_get(args, "AssociationIds"), 0)));
	node_list(reply->root, "IamInstanceProfileAssociations",
		  "iamInstanceProfileAssociationSet");
	return page_close(call, &page, reply->root, err);
}

const struct action action_describe_iam_instance_profile_associations = {
	.name = "DescribeIamInstanceProfileAssociations",
	.brief = "list profiles in use: none",
	.about = "Instances have no roles here, so that the list is empty.",
	.params = (const struct param[]) {
		{ "AssociationIds", PARAM_ID, PARAM_LIST, "iip-assoc",
		  "only these", "AssociationId" },
		PARAMS_FILTERS,
		PARAMS_PAGES,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_ASSOCIATION_NOT_FOUND, FAULT_INVALID_NEXT_TOKEN,
		FAULT_NONE },
	.example = "qami describe-iam-instance-profile-associations",
	.run = run,
};
