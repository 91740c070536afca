/* kms-key.h - a key of the key service in a reply */
#ifndef QAMI_ACTION_NOUN_KMS_KEY_H
#define QAMI_ACTION_NOUN_KMS_KEY_H

#include "images/kms.h"
#include "launcher/action/action.h"

/* As CreateKey and DescribeKey answer: KeyMetadata. */
bool reply_kms_key(struct call *call, const struct kms_key *key,
		   struct reply *reply, struct error *err) must_check;

/* As calls answer that change a key: its ARN as KeyId. */
bool reply_kms_arn(struct call *call, const struct kms_key *key,
		   struct reply *reply, struct error *err) must_check;

#endif
