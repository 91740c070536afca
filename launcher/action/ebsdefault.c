/* ebsdefault.c - what the actions about encryption by default share */
#include "launcher/action/ebsdefault.h"

#include "images/kms.h"
#include "images/registry/account.h"

bool ebs_default_encrypt(struct call *call, bool encrypt, struct reply *reply,
			 struct error *err)
{
	struct db *db = call->store->db;
	struct ebs_default chosen;
	auto_tx tx = TX_INIT;

	if (!call_dry_run(call, err) || !tx_begin(&tx, db, err) ||
	    !ebs_default_get(db, call->account, reply->arena, &chosen, err))
		return false;
	chosen.encrypted = encrypt;
	node_bool(reply->root, "EbsEncryptionByDefault",
		  "ebsEncryptionByDefault", encrypt);
	return ebs_default_set(db, call->account, &chosen, err) &&
	       tx_commit(&tx, err);
}

bool ebs_default_key(struct call *call, const char *name, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct db *db = call->store->db;
	struct ebs_default chosen;
	auto_tx tx = TX_INIT;
	struct kms_key key;

	if (!arena)
		return fail_memory(err);
	if (name &&
	    !kms_resolve(call, name, KMS_GENERATE_DATA_KEY_WITHOUT_PLAINTEXT,
			 arena, &key, err))
		return false;
	if (!call_dry_run(call, err) || !tx_begin(&tx, db, err) ||
	    !ebs_default_get(db, call->account, arena, &chosen, err))
		return false;
	chosen.kms_key = name && !kms_is_default(&key) ? key.id : NULL;
	return ebs_default_set(db, call->account, &chosen, err) &&
	       tx_commit(&tx, err);
}

bool reply_ebs_default_key(struct call *call, struct reply *reply,
			   struct error *err)
{
	struct db *db = call->store->db;
	const char *name = KMS_DEFAULT_ALIAS;
	struct ebs_default chosen;
	struct kms_key key;
	bool found;

	if (!ebs_default_get(db, call->account, reply->arena, &chosen, err))
		return false;
	if (!(chosen.kms_key ? kms_key_get(db, chosen.kms_key, reply->arena,
					   &key, &found, err) :
			       kms_key_default(db, call->account, reply->arena,
					       &key, &found, err)))
		return false;
	if (found)
		name = kms_arn(call, key.owner, key.id, reply->arena);
	if (!name)
		return fail_memory(err);
	node_str(reply->root, "KmsKeyId", "kmsKeyId", name);
	return true;
}
