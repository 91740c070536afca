/* kms-key.c - a key of the key service in a reply */
#include "launcher/action/noun/kms-key.h"

#include <string.h>

bool reply_kms_key(struct call *call, const struct kms_key *key,
		   struct reply *reply, struct error *err)
{
	struct node *data =
		node_struct(reply->root, "KeyMetadata", "KeyMetadata");
	const char *arn = kms_arn(call, key->owner, key->id, reply->arena);

	if (!arn)
		return fail_memory(err);
	node_str(data, "AWSAccountId", "AWSAccountId", key->owner);
	node_str(data, "KeyId", "KeyId", key->id);
	node_str(data, "Arn", "Arn", arn);
	node_time(data, "CreationDate", "CreationDate", key->created);
	node_bool(data, "Enabled", "Enabled",
		  strcmp(key->state, "Enabled") == 0);
	node_str(data, "Description", "Description", key->description);
	node_str(data, "KeyUsage", "KeyUsage", "ENCRYPT_DECRYPT");
	node_str(data, "KeyState", "KeyState", key->state);
	if (key->deletion)
		node_time(data, "DeletionDate", "DeletionDate", key->deletion);
	node_str(data, "Origin", "Origin", "AWS_KMS");
	node_str(data, "KeyManager", "KeyManager", key->manager);
	node_str(data, "CustomerMasterKeySpec", "CustomerMasterKeySpec",
		 "SYMMETRIC_DEFAULT");
	node_str(data, "KeySpec", "KeySpec", "SYMMETRIC_DEFAULT");
	node_item_str(
		node_list(data, "EncryptionAlgorithms", "EncryptionAlgorithms"),
		"SYMMETRIC_DEFAULT");
	node_bool(data, "MultiRegion", "MultiRegion", false);
	return true;
}

bool reply_kms_arn(struct call *call, const struct kms_key *key,
		   struct reply *reply, struct error *err)
{
	const char *arn = kms_arn(call, key->owner, key->id, reply->arena);

	node_str(reply->root, "KeyId", "KeyId", arn);
	return arn || fail_memory(err);
}
