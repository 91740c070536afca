/* kms-list-keys.c - the caller's keys */
#include "launcher/action/kms.h"

static bool row(void *data, const struct kms_key *key, struct error *err)
{
	struct kms_page *page = data;
	struct node *item = kms_page_item(page, key->seq);
	const char *arn;

	if (!item)
		return true;
	arn = kms_arn(page->call, key->owner, key->id, item->reply->arena);
	if (!arn)
		return fail_memory(err);
	node_str(item, "KeyId", "KeyId", key->id);
	node_str(item, "KeyArn", "KeyArn", arn);
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	struct kms_page page;

	return kms_page_begin(call, args, "keys", "Keys", reply, &page, err) &&
	       kms_key_list(call->store->db, call->account, call->now,
			    page.after, page.most, row, &page, err) &&
	       kms_page_end(&page, reply, err);
}

const struct action action_kms_list_keys = {
	.name = "ListKeys",
	.service = "kms",
	.brief = "list the caller's keys",
	.about = "Lists the keys of the caller's account, the AWS managed one "
		 "included once there is one; others' only their owners see.",
	.params = (const struct param[]) { PARAMS_KMS_PAGES, { 0 } },
	.faults = (const enum fault[]) { FAULT_KMS_MARKER,
		FAULT_KMS_VALIDATION, FAULT_NONE },
	.example = "qami kms list-keys --query Keys[].KeyArn --output text",
	.run = run,
};
