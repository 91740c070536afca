/* kms-create-grant.c - let another account use a key */
#include <string.h>

#include "launcher/action/kms.h"

static bool read_operations(const json_t *list, int64_t *ret_operations,
			    struct error *err)
{
	size_t count = json_array_size(list);

	*ret_operations = 0;
	for (size_t i = 0; i < count; i++) {
		const char *name = json_string_value(json_array_get(list, i));
		int bit = 0;

		while (bit < KMS_OPERATIONS &&
		       strcmp(name ? name : "", kms_operations[bit]) != 0)
			bit++;
		if (bit == KMS_OPERATIONS)
			return fail(err, FAULT_INVALID_PARAMETER,
				    "'%.60s' is no operation of a symmetric "
				    "key",
				    name ? name : "");
		*ret_operations |= INT64_C(1) << bit;
	}
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	char grantee[ACCOUNT_SIZE], id[GRANT_ID_SIZE];
	struct kms_grant_request request = {
		.key = args_str(args, "KeyId", ""),
		.grantee = grantee,
		.name = args_str(args, "Name", ""),
	};

	if (!kms_principal(args, "GranteePrincipal", grantee, err) ||
	    !read_operations(args_get(args, "Operations"), &request.operations,
			     err) ||
	    !kms_grant(call, &request, id, err))
		return false;
	/* it holds already: there is nothing for a token to make up for */
	node_str(reply->root, "GrantToken", "GrantToken", id);
	node_str(reply->root, "GrantId", "GrantId", id);
	return true;
}

const struct action action_kms_create_grant = {
	.name = "CreateGrant",
	.service = "kms",
	.brief = "let another account use a key",
	.about = "Allows an account operations with a key that is not AWS "
		 "managed. What takes part in encryption here: Decrypt opens "
		 "volumes, snapshots and images that are encrypted under the "
		 "key, GenerateDataKeyWithoutPlaintext encrypts new ones "
		 "under it, DescribeKey shows it, CreateGrant hands the same "
		 "on. The others are kept and listed; no call of this store "
		 "asks for them. A second call with the same name, grantee "
		 "and operations answers with the first one's grant.",
	.params = (const struct param[]) {
		PARAM_KMS_KEY("the key: its id or ARN"),
		{ "GranteePrincipal", PARAM_STRING, PARAM_REQUIRED, NULL,
		  "who: arn:aws:iam::NUMBER:root, or the account's number" },
		{ "Operations", PARAM_STRING, PARAM_LIST | PARAM_REQUIRED,
		  NULL, "what: Decrypt, DescribeKey, …" },
		{ "Name", PARAM_STRING, 0, NULL,
		  "the same name never grants the same twice" },
		PARAM_KMS_TOKENS,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_KMS_NOT_FOUND,
		FAULT_KMS_DISABLED, FAULT_KMS_STATE, FAULT_KMS_DENIED,
		FAULT_KMS_LIMIT, FAULT_KMS_ARN, FAULT_KMS_VALIDATION,
		FAULT_NONE },
	.example = "qami kms create-grant --key-id "
		   "1234abcd-12ab-34cd-56ef-1234567890ab --grantee-principal "
		   "arn:aws:iam::222222222222:root --operations Decrypt "
		   "DescribeKey",
	.run = run,
};
