/* ebsdefault.h - what the actions about encryption by default share */
#ifndef QAMI_ACTION_EBSDEFAULT_H
#define QAMI_ACTION_EBSDEFAULT_H

#include "launcher/action/action.h"

/* Whether new volumes are encrypted from now on, and the answer that says so.
 */
bool ebs_default_encrypt(struct call *call, bool encrypt, struct reply *reply,
			 struct error *err) must_check;

/* Makes the key of that name the account's default; NULL: its AWS managed one
 * again. Faults as kms_resolve()'s. */
bool ebs_default_key(struct call *call, const char *name, struct error *err)
	must_check;

/* Answers with the default key's ARN; with its alias as long as the account
 * has no AWS managed key and has chosen none. */
bool reply_ebs_default_key(struct call *call, struct reply *reply,
			   struct error *err) must_check;

#endif
