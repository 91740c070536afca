/* encryption.h - whether something is encrypted, in a reply */
#ifndef QAMI_ACTION_NOUN_ENCRYPTION_H
#define QAMI_ACTION_NOUN_ENCRYPTION_H

#include "images/call.h"
#include "launcher/action/reply.h"

/* Encrypted, and KmsKeyId with the ARN of a key (NULL: it is plain), which
 * belongs to `owner`. */
bool reply_encryption(struct call *call, const char *kms_key, const char *owner,
		      struct node *into, struct error *err) must_check;

/* KmsKeyId alone, where other members stand between the two. */
bool reply_key(struct call *call, const char *kms_key, const char *owner,
	       struct node *into, struct error *err) must_check;

#endif
