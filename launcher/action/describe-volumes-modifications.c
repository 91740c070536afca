/* describe-volumes-modifications.c - the last change of each volume */
#include "images/authorise.h"
#include "images/registry/modification.h"
#include "launcher/action/action.h"
#include "launcher/action/describe.h"
#include "launcher/action/noun/modification.h"

static bool row(void *data, const struct modification *modification,
		struct error *err)
{
	struct node *item = describe_item(data, modification->seq);

	(void)err;
	if (item)
		reply_modification(modification, item);
	return true;
}

static bool rows(struct describe *describe, struct error *err)
{
	return modification_list(describe->call->store->db,
				 &describe->page.query, row, describe, err);
}

static bool see(const struct describe *describe, const char *id,
		struct error *err)
{
	struct modification modification;
	struct volume volume;
	bool found;

	if (!authorise_volume(describe->call, RIGHT_SEE, id, describe->arena,
			      &volume, err) ||
	    !modification_get(describe->call->store->db, id, describe->arena,
			      &modification, &found, err))
		return false;
	return found ||
	       fail(err, FAULT_MODIFICATION_NOT_FOUND,
		    "Modification for volume '%s' does not exist.", id);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	static const struct describe_way way = {
		.ids = "VolumeIds",
		.sdk = "VolumesModifications",
		.wire = "volumeModificationSet",
		.see = see,
		.rows = rows,
	};

	return describe(call, args, &way, reply, err);
}

const struct action action_describe_volumes_modifications = {
	.name = "DescribeVolumesModifications",
	.brief = "show what was changed about volumes",
	.about = "Lists the last modification of each of the caller's volumes "
		 "that has had one.",
	.params = (const struct param[]) {
		{ "VolumeIds", PARAM_ID, PARAM_LIST, "vol",
		  "only of these volumes", "VolumeId" },
		PARAMS_FILTERS,
		PARAMS_PAGES,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_VOLUME_NOT_FOUND,
		FAULT_MODIFICATION_NOT_FOUND, FAULT_INVALID_NEXT_TOKEN,
		FAULT_NONE },
	.example = "qami describe-volumes-modifications --filters "
		   "Name=modification-state,Values=completed",
	.run = run,
};
