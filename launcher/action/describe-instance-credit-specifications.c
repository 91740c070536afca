/* describe-instance-credit-specifications.c - how CPU credits are spent
 *
 * Noted and shown, never enforced: a T3 has the host's cores for as long as it
 * wants. As on EC2 those that spend without limit are listed, and what is
 * named whatever it does.
 */
#include <string.h>

#include "images/authorise.h"
#include "images/type.h"
#include "launcher/action/action.h"
#include "launcher/action/describe.h"
#include "launcher/action/filter.h"

/* NULL for a type without credits. */
static const char *credits_of(const struct instance *instance)
{
	const struct instance_type *type = instance_type_find(instance->type);

	if (!type || !type->burstable)
		return NULL;
	return instance->credits ? instance->credits :
				   instance_type_credits(type->name);
}

static bool row(void *data, const struct instance *instance, struct error *err)
{
	struct describe *describe = data;
	const char *credits = credits_of(instance);
	struct node *item = NULL;

	(void)err;
	if (credits && (describe->page.query.id_count ||
			(strcmp(credits, "unlimited") == 0 &&
			 strcmp(instance->state, "terminated") != 0)))
		item = describe_item(describe, instance->seq);
	if (!item)
		return true;
	node_str(item, "InstanceId", "instanceId", instance->id);
	node_str(item, "CpuCredits", "cpuCredits", credits);
	return true;
}

static bool rows(struct describe *describe, struct error *err)
{
	return instance_list(describe->call->store->db, &describe->page.query,
			     row, describe, err);
}

static bool prepare(struct describe *describe, struct error *err)
{
	static const char *const filters[] = { "instance-id", NULL };

	/* the limit counts rows that are shown, which only row() knows */
	describe->page.query.limit = 0;
	return filter_check(args_get(describe->args, "Filters"), filters, err);
}

static bool see(const struct describe *describe, const char *id,
		struct error *err)
{
	struct instance instance;

	if (!authorise_instance(describe->call, RIGHT_SEE, id, describe->arena,
				&instance, err))
		return false;
	return credits_of(&instance) ||
	       fail(err, FAULT_CREDITS,
		    "The type of the instance '%s' has no CPU credits", id);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	static const struct describe_way way = {
		.ids = "InstanceIds",
		.sdk = "InstanceCreditSpecifications",
		.wire = "instanceCreditSpecificationSet",
		.prepare = prepare,
		.see = see,
		.rows = rows,
	};

	return describe(call, args, &way, reply, err);
}

const struct action action_describe_instance_credit_specifications = {
	.name = "DescribeInstanceCreditSpecifications",
	.brief = "tell how CPU credits are spent",
	.about = "Lists the burstable instances that spend credits without "
		 "limit, and those that are named whatever they do. Nothing "
		 "enforces it.",
	.params = (const struct param[]) {
		{ "InstanceIds", PARAM_ID, PARAM_LIST, "i",
		  "only these instances", "InstanceId" },
		PARAMS_FILTERS,
		PARAMS_PAGES,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INSTANCE_NOT_FOUND,
		FAULT_CREDITS, FAULT_INVALID_NEXT_TOKEN, FAULT_NONE },
	.example = "qami describe-instance-credit-specifications",
	.run = run,
};
