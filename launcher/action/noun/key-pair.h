/* key-pair.h - a key pair in a reply */
#ifndef QAMI_ACTION_NOUN_KEY_PAIR_H
#define QAMI_ACTION_NOUN_KEY_PAIR_H

#include "images/keypair.h"
#include "launcher/action/action.h"

/* As CreateKeyPair and ImportKeyPair answer: with `secret` (or NULL), and with
 * its tags only if it has any. */
bool reply_key_pair(struct db *db, const struct key_pair *pair,
		    const struct sshkey_secret *secret, struct node *into,
		    struct error *err) must_check;

/* As DescribeKeyPairs lists it. */
bool reply_key_pair_info(struct db *db, const struct key_pair *pair,
			 bool public_key, struct node *into, struct error *err)
	must_check;

/* KeyName and TagSpecifications as what a pair will be; texts are the args'. */
bool args_key_pair(const struct args *args, struct arena *arena,
		   struct keypair_request *ret_request, struct error *err)
	must_check;

#endif
