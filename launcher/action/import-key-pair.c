/* import-key-pair.c - the public half of a pair that the caller has */
#include "images/base/digest.h"
#include "launcher/action/noun/key-pair.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *base64 = args_str(args, "PublicKeyMaterial", "");
	size_t size = 0;
	auto_free void *text = base64_decode(base64, &size);
	struct keypair_request request;
	struct key_pair pair;

	if (!arena || !text)
		return fail_memory(err);
	return args_key_pair(args, arena, &request, err) &&
	       keypair_import(call, &request, text, size, arena, &pair, err) &&
	       reply_key_pair(call->store->db, &pair, NULL, reply->root, err);
}

const struct action action_import_key_pair = {
	.name = "ImportKeyPair",
	.brief = "take in the public half of a key pair",
	.about = "Takes in a public key that goes into the instances that are "
		 "launched with the pair's name: RSA of 1024, 2048 or 4096 "
		 "bits or ED25519, as OpenSSH's line, an RFC 4716 file or DER "
		 "in base64.",
	.params = (const struct param[]) {
		{ "KeyName", PARAM_STRING, PARAM_REQUIRED, NULL,
		  "the pair's name" },
		{ "PublicKeyMaterial", PARAM_BLOB, PARAM_REQUIRED, NULL,
		  "the public key: fileb://PATH" },
		PARAMS_TAG_SPECIFICATIONS,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_KEY_PAIR_DUPLICATE,
		FAULT_KEY_FORMAT, FAULT_KEY_PAIR_FORMAT, FAULT_TAG_LIMIT,
		FAULT_NONE },
	.example = "qami import-key-pair --key-name me --public-key-material "
		   "fileb://id_ed25519.pub",
	.run = run,
};
