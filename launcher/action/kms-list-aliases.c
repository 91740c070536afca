/* kms-list-aliases.c - the caller's names for keys */
#include "images/registry/kmsalias.h"
#include "launcher/action/kms.h"

static bool row(void *data, const struct kms_alias *alias, struct error *err)
{
	struct kms_page *page = data;
	struct node *item = kms_page_item(page, alias->seq);
	const char *arn;

	if (!item)
		return true;
	arn = kms_arn(page->call, alias->owner, alias->name,
		      item->reply->arena);
	if (!arn)
		return fail_memory(err);
	node_str(item, "AliasName", "AliasName", alias->name);
	node_str(item, "AliasArn", "AliasArn", arn);
	node_str(item, "TargetKeyId", "TargetKeyId", alias->key);
	node_time(item, "CreationDate", "CreationDate", alias->created);
	node_time(item, "LastUpdatedDate", "LastUpdatedDate", alias->created);
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	const char *name = args_str(args, "KeyId", NULL);
	struct kms_key key = { .id = NULL };
	const char *about = "aliases";
	struct kms_page page;

	if (name && !kms_own(call, name, reply->arena, &key, err))
		return false;
	if (key.id)
		about = arena_format(reply->arena, "aliases of %s", key.id);
	if (!about)
		return fail_memory(err);
	return kms_page_begin(call, args, about, "Aliases", reply, &page,
			      err) &&
	       kms_alias_list(call->store->db, call->account, key.id,
			      page.after, page.most, row, &page, err) &&
	       kms_page_end(&page, reply, err);
}

const struct action action_kms_list_aliases = {
	.name = "ListAliases",
	.service = "kms",
	.brief = "list the caller's names for keys",
	.about = "Lists the names that keys of the caller's account have, or "
		 "those of one key. alias/aws/ebs is the AWS managed key's, "
		 "from its first use on.",
	.params = (const struct param[]) {
		{ "KeyId", PARAM_STRING, 0, NULL,
		  "of this key only: its id or ARN" },
		PARAMS_KMS_PAGES,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_KMS_NOT_FOUND, FAULT_KMS_ARN,
		FAULT_KMS_MARKER, FAULT_KMS_VALIDATION, FAULT_NONE },
	.example = "qami kms list-aliases --output table",
	.run = run,
};
