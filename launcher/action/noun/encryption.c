/* encryption.c - whether something is encrypted, in a reply */
#include "launcher/action/noun/encryption.h"

#include "images/kms.h"

bool reply_key(struct call *call, const char *kms_key, const char *owner,
	       struct node *into, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *arn = NULL;

	if (!kms_key)
		return true;
	if (arena)
		arn = kms_arn(call, owner, kms_key, arena);
	if (!arn)
		return fail_memory(err);
	node_str(into, "KmsKeyId", "kmsKeyId", arn);
	return true;
}

bool reply_encryption(struct call *call, const char *kms_key, const char *owner,
		      struct node *into, struct error *err)
{
	node_bool(into, "Encrypted", "encrypted", kms_key != NULL);
	return reply_key(call, kms_key, owner, into, err);
}
