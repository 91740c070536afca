/* create-key-pair.c - a pair of keys of which the caller gets the private one
 */
#include "launcher/action/noun/key-pair.h"

#include <string.h>

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_sshkey_secret secret = { 0 };
	struct keypair_request request;
	struct key_pair pair;

	if (!arena)
		return fail_memory(err);
	if (strcmp(args_str(args, "KeyFormat", "pem"), "pem") != 0)
		return fail(err, FAULT_UNSUPPORTED,
			    "PuTTY's format is not made here: leave KeyFormat "
			    "out and convert the key with puttygen.");
	return args_key_pair(args, arena, &request, err) &&
	       keypair_create(call, &request, args_str(args, "KeyType", "rsa"),
			      arena, &pair, &secret, err) &&
	       reply_key_pair(call->store->db, &pair, &secret, reply->root,
			      err);
}

const struct action action_create_key_pair = {
	.name = "CreateKeyPair",
	.brief = "make a key pair to log in with",
	.about = "Makes a pair of keys. The private key is in the answer and "
		 "nowhere else: RSA of 2048 bits in PEM (PKCS #1), or ED25519 "
		 "as OpenSSH writes it. The public key goes into the instances "
		 "that are launched with the pair's name.",
	.params = (const struct param[]) {
		{ "KeyName", PARAM_STRING, PARAM_REQUIRED, NULL,
		  "the pair's name" },
		{ "KeyType", PARAM_STRING, 0, "rsa|ed25519",
		  "rsa when left out" },
		PARAMS_TAG_SPECIFICATIONS,
		{ "KeyFormat", PARAM_STRING, 0, "pem|ppk",
		  "pem, which is what there is" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_KEY_PAIR_DUPLICATE,
		FAULT_UNSUPPORTED, FAULT_TAG_LIMIT, FAULT_NONE },
	.example = "qami create-key-pair --key-name web --key-type ed25519 "
		   "--query KeyMaterial --output text",
	.run = run,
};
