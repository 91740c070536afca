/* kms-schedule-key-deletion.c - let a key go, after a time to think again */
#include "launcher/action/kms.h"
#include "launcher/action/noun/kms-key.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	int64_t days = args_int(args, "PendingWindowInDays", KMS_WAIT_MOST);
	struct kms_key key;

	if (!kms_schedule_deletion(call, args_str(args, "KeyId", ""), days,
				   reply->arena, &key, err) ||
	    !reply_kms_arn(call, &key, reply, err))
		return false;
	node_time(reply->root, "DeletionDate", "DeletionDate", key.deletion);
	node_str(reply->root, "KeyState", "KeyState", key.state);
	node_int(reply->root, "PendingWindowInDays", "PendingWindowInDays",
		 days);
	return true;
}

const struct action action_kms_schedule_key_deletion = {
	.name = "ScheduleKeyDeletion",
	.service = "kms",
	.brief = "delete a key in 7 to 30 days",
	.about = "The key opens and seals nothing from now on. When its time "
		 "has come its material is erased, and what is encrypted "
		 "under it is lost for good; cancel-key-deletion prevents "
		 "that until then.",
	.params = (const struct param[]) {
		PARAM_KMS_KEY("the key: its id or ARN"),
		{ "PendingWindowInDays", PARAM_INTEGER, 0, NULL,
		  "days until then, 7 to 30; 30 unless said" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_KMS_NOT_FOUND, FAULT_KMS_STATE,
		FAULT_KMS_DENIED, FAULT_KMS_ARN, FAULT_KMS_VALIDATION,
		FAULT_NONE },
	.example = "qami kms schedule-key-deletion --key-id "
		   "1234abcd-12ab-34cd-56ef-1234567890ab "
		   "--pending-window-in-days 7",
	.run = run,
};
