/* describe-iam-instance-profile-associations.c - list instance profiles in use,
 * which none is
 *
 * Clients ask before they change an instance.
 */
#include "launcher/action/action.h"
#include "launcher/action/describe.h"
#include "launcher/action/filter.h"

static const char *const filters[] = {
	"instance-id", "state", NULL
};

static bool prepare(struct describe *describe, struct error *err)
{
	return filter_check(args_get(describe->args, "Filters"), filters, err);
}

static bool see(const struct describe *describe, const char *id,
		struct error *err)
{
	(void)describe;
	return fail(err, FAULT_ASSOCIATION_NOT_FOUND,
		    "The association ID '%.64s' does not exist", id);
}

static bool rows(struct describe *describe, struct error *err)
{
	(void)describe;
	(void)err;
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	static const struct describe_way way = {
		.ids = "AssociationIds",
		.sdk = "IamInstanceProfileAssociations",
		.wire = "iamInstanceProfileAssociationSet",
		.prepare = prepare,
		.see = see,
		.rows = rows,
	};

	return describe(call, args, &way, reply, err);
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
