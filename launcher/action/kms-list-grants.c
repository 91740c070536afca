/* kms-list-grants.c - who else may use a key, and for what */
#include "launcher/action/kms.h"

static bool reply_grant(const struct kms_page *page,
			const struct kms_grant *grant, struct node *item,
			struct error *err)
{
	struct arena *arena = item->reply->arena;
	const char *arn =
		kms_arn(page->call, page->call->account, grant->key, arena);
	const char *grantee =
		arena_format(arena, "arn:aws:iam::%s:root", grant->grantee);
	const char *issuer = arena_format(arena, "arn:aws:iam::%s:root",
					  page->call->account);
	struct node *list;

	if (!arn || !grantee || !issuer)
		return fail_memory(err);
	node_str(item, "KeyId", "KeyId", arn);
	node_str(item, "GrantId", "GrantId", grant->id);
	node_str(item, "Name", "Name", grant->name);
	node_time(item, "CreationDate", "CreationDate", grant->created);
	node_str(item, "GranteePrincipal", "GranteePrincipal", grantee);
	node_str(item, "IssuingAccount", "IssuingAccount", issuer);
	list = node_list(item, "Operations", "Operations");
	for (int i = 0; i < KMS_OPERATIONS; i++)
		if (grant->operations & INT64_C(1) << i)
			node_item_str(list, kms_operations[i]);
	return true;
}

static bool row(void *data, const struct kms_grant *grant, struct error *err)
{
	struct kms_page *page = data;
	struct node *item = kms_page_item(page, grant->seq);

	return !item || reply_grant(page, grant, item, err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	struct kms_grant_query query = { .id = args_str(args, "GrantId",
							NULL) };
	char grantee[ACCOUNT_SIZE];
	struct kms_page page;
	struct kms_key key;
	const char *about;

	if (args_has(args, "GranteePrincipal")) {
		if (!kms_principal(args, "GranteePrincipal", grantee, err))
			return false;
		query.grantee = grantee;
	}
	if (!kms_own(call, args_str(args, "KeyId", ""), reply->arena, &key,
		     err))
		return false;
	about = arena_format(reply->arena, "grants of %s to %s", key.id,
			     query.grantee ? query.grantee : "all");
	if (!about)
		return fail_memory(err);
	if (!kms_page_begin(call, args, about, "Grants", reply, &page, err))
		return false;
	query.key = key.id;
	query.after = page.after;
	query.most = page.most;
	return kms_grant_list(call->store->db, &query, row, &page, err) &&
	       kms_page_end(&page, reply, err);
}

const struct action action_kms_list_grants = {
	.name = "ListGrants",
	.service = "kms",
	.brief = "list who else may use a key, and for what",
	.about = "Lists the grants of a key of the caller's.",
	.params = (const struct param[]) {
		PARAM_KMS_KEY("the key: its id or ARN"),
		{ "GrantId", PARAM_STRING, 0, NULL, "this grant only" },
		{ "GranteePrincipal", PARAM_STRING, 0, NULL,
		  "those of this account only" },
		PARAMS_KMS_PAGES,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_KMS_NOT_FOUND, FAULT_KMS_ARN,
		FAULT_KMS_MARKER, FAULT_KMS_VALIDATION, FAULT_NONE },
	.example = "qami kms list-grants --key-id "
		   "1234abcd-12ab-34cd-56ef-1234567890ab",
	.run = run,
};
