/* key-pair.c - a key pair in a reply */
#include "launcher/action/noun/key-pair.h"

#include "launcher/action/mapping.h"
#include "launcher/action/noun/tags.h"

bool reply_key_pair(struct db *db, const struct key_pair *pair,
		    const struct sshkey_secret *secret, struct node *into,
		    struct error *err)
{
	node_str(into, "KeyFingerprint", "keyFingerprint", pair->fingerprint);
	if (secret)
		node_str(into, "KeyMaterial", "keyMaterial", secret->text);
	node_str(into, "KeyName", "keyName", pair->name);
	node_str(into, "KeyPairId", "keyPairId", pair->id);
	return reply_tags(db, pair->id, false, into, err);
}

bool reply_key_pair_info(struct db *db, const struct key_pair *pair,
			 bool public_key, struct node *into, struct error *err)
{
	auto_free char *line = NULL;

	node_str(into, "KeyPairId", "keyPairId", pair->id);
	node_str(into, "KeyFingerprint", "keyFingerprint", pair->fingerprint);
	node_str(into, "KeyName", "keyName", pair->name);
	node_str(into, "KeyType", "keyType", pair->type);
	if (!reply_tags(db, pair->id, true, into, err))
		return false;
	if (public_key) {
		line = format_text("%s %s", pair->public_key, pair->name);
		if (!line)
			return fail_memory(err);
		node_str(into, "PublicKey", "publicKey", line);
	}
	node_time(into, "CreateTime", "createTime", pair->created);
	return true;
}

bool args_key_pair(const struct args *args, struct arena *arena,
		   struct keypair_request *ret_request, struct error *err)
{
	*ret_request = (struct keypair_request){
		.name = args_str(args, "KeyName", ""),
	};
	return args_tags(args_get(args, "TagSpecifications"), "key-pair",
			 "key-pair", arena, &ret_request->tags,
			 &ret_request->tag_count, err);
}
