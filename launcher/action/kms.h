/* kms.h - what the actions of the key service share */
#ifndef QAMI_ACTION_KMS_H
#define QAMI_ACTION_KMS_H

#include "images/kmskeys.h"
#include "launcher/action/action.h"

/* A page of a listing whose rows have numbers. */
struct kms_page {
	struct call *call;
	const char *about; /* what is listed: a marker is good for that alone */
	struct node *list;
	int64_t most;  /* rows to ask for: one more than are shown */
	int64_t after; /* the last one of the page before */
	int64_t shown;
	int64_t last; /* of those that were shown */
	bool more;
};

/* Reads Limit and Marker; what is not limited is one page. `list` is the
 * reply's name for it. FAULT_INVALID_PARAMETER, FAULT_KMS_MARKER. */
bool kms_page_begin(struct call *call, const struct args *args,
		    const char *about, const char *list, struct reply *reply,
		    struct kms_page *ret_page, struct error *err) must_check;

/* The node of the next row; NULL when it belongs to the next page. */
struct node *kms_page_item(struct kms_page *page, int64_t seq);
bool kms_page_end(struct kms_page *page, struct reply *reply, struct error *err)
	must_check;

/* The account that an ARN of a principal, or a number, stands for:
 * FAULT_KMS_KEY_ARN. */
bool kms_principal(const struct args *args, const char *name,
		   char ret_account[ACCOUNT_SIZE], struct error *err)
	must_check;

/* "Decrypt" and so on, in the order of enum kms_operation. */
extern const char *const kms_operations[];

#define PARAM_KMS_KEY(brief)                                                   \
	{ "KeyId", PARAM_STRING, PARAM_REQUIRED, NULL, brief }
#define PARAMS_KMS_PAGES                                                       \
	{ "Limit", PARAM_INTEGER, 0, NULL, "how many at most, 1 to 1000" },    \
	{ "Marker", PARAM_STRING, 0, NULL, "where the last answer ended" }
#define PARAM_KMS_TOKENS                                                       \
	{ "GrantTokens", PARAM_STRING, PARAM_LIST, NULL,                       \
	  "not needed: a grant holds as soon as it is made" }

#endif
