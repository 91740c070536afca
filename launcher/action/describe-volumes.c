/* describe-volumes.c - the caller's volumes */
#include "images/authorise.h"
#include "launcher/action/action.h"
#include "launcher/action/describe.h"
#include "launcher/action/noun/volume.h"

static bool row(void *data, const struct volume *volume, struct error *err)
{
	struct describe *describe = data;
	struct node *item = describe_item(describe, volume->seq);

	return !item || reply_volume(describe->call, volume, item, err);
}

static bool rows(struct describe *describe, struct error *err)
{
	return volume_list(describe->call->store->db, &describe->page.query,
			   row, describe, err);
}

static bool prepare(struct describe *describe, struct error *err)
{
	const struct query *query = &describe->page.query;

	return authorise_volumes(describe->call, query->ids, query->id_count,
				 err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	static const struct describe_way way = {
		.ids = "VolumeIds",
		.sdk = "Volumes",
		.wire = "volumeSet",
		.prepare = prepare,
		.rows = rows,
	};

	return describe(call, args, &way, reply, err);
}

const struct action action_describe_volumes = {
	.name = "DescribeVolumes",
	.brief = "list volumes",
	.about = "Lists the caller's volumes.",
	.params = (const struct param[]) {
		{ "VolumeIds", PARAM_ID, PARAM_LIST, "vol",
		  "only these volumes", "VolumeId" },
		PARAMS_FILTERS,
		PARAMS_PAGES,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_VOLUME_NOT_FOUND,
		FAULT_INVALID_NEXT_TOKEN, FAULT_NONE },
	.example = "qami describe-volumes --filters Name=status,Values=in-use",
	.run = run,
};
