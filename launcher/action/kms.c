/* kms.c - what the actions of the key service share
 *
 * A marker is a sealed number like the tokens of EBS direct's pages: the row
 * after which the next page begins, about this listing and this caller.
 */
#include "launcher/action/kms.h"

#include <stdio.h>
#include <string.h>

#include "images/registry/account.h"
#include "images/seal.h"

#define PAGE_MOST 1000
#define PAGE_LIFE (24 * 3600 * USEC_PER_SEC)
#define ABOUT_SIZE 160

const char *const kms_operations[] = {
	[KMS_DECRYPT] = "Decrypt",
	[KMS_ENCRYPT] = "Encrypt",
	[KMS_GENERATE_DATA_KEY] = "GenerateDataKey",
	[KMS_GENERATE_DATA_KEY_WITHOUT_PLAINTEXT] =
		"GenerateDataKeyWithoutPlaintext",
	[KMS_REENCRYPT_FROM] = "ReEncryptFrom",
	[KMS_REENCRYPT_TO] = "ReEncryptTo",
	[KMS_CREATE_GRANT] = "CreateGrant",
	[KMS_RETIRE_GRANT] = "RetireGrant",
	[KMS_DESCRIBE_KEY] = "DescribeKey",
	[KMS_GENERATE_DATA_KEY_PAIR] = "GenerateDataKeyPair",
	[KMS_GENERATE_DATA_KEY_PAIR_WITHOUT_PLAINTEXT] =
		"GenerateDataKeyPairWithoutPlaintext",
};
_Static_assert(sizeof(kms_operations) / sizeof(*kms_operations) ==
		       KMS_OPERATIONS,
	       "every operation has its name");

static void about_page(const struct kms_page *page, char ret_text[ABOUT_SIZE])
{
	snprintf(ret_text, ABOUT_SIZE, "kms %s %s", page->call->account,
		 page->about);
}

static bool read_marker(struct kms_page *page, const char *marker,
			struct error *err)
{
	char about[ABOUT_SIZE];
	struct seal seal;
	uint64_t after;

	about_page(page, about);
	if (!seal_open(page->call, &seal, err))
		return false;
	if (!seal_check(&seal, marker, clock_wall(), about, &after))
		return fail(err, FAULT_KMS_MARKER,
			    "The marker is not one of this listing's, or has "
			    "expired.");
	page->after = (int64_t)after;
	return true;
}

bool kms_page_begin(struct call *call, const struct args *args,
		    const char *about, const char *list, struct reply *reply,
		    struct kms_page *ret_page, struct error *err)
{
	const char *marker = args_str(args, "Marker", NULL);
	int64_t limit = args_int(args, "Limit", 0);
	struct kms_page page = { .call = call, .about = about };

	if (args_has(args, "Limit") && (limit < 1 || limit > PAGE_MOST))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Limit must be between 1 and %d", PAGE_MOST);
	if (marker && !read_marker(&page, marker, err))
		return false;
	page.most = limit ? limit + 1 : INT64_MAX;
	page.list = node_list(reply->root, list, list);
	*ret_page = page;
	return true;
}

struct node *kms_page_item(struct kms_page *page, int64_t seq)
{
	if (page->shown + 1 == page->most) {
		page->more = true;
		return NULL;
	}
	page->shown++;
	page->last = seq;
	return node_item(page->list);
}

bool kms_page_end(struct kms_page *page, struct reply *reply, struct error *err)
{
	char about[ABOUT_SIZE], marker[SEAL_SIZE];
	struct seal seal;

	if (page->more) {
		about_page(page, about);
		if (!seal_open(page->call, &seal, err))
			return false;
		seal_close(&seal, (uint64_t)page->last,
			   clock_wall() + PAGE_LIFE, about, marker);
		node_str(reply->root, "NextMarker", "NextMarker", marker);
	}
	node_bool(reply->root, "Truncated", "Truncated", page->more);
	return true;
}

bool kms_principal(const struct args *args, const char *name,
		   char ret_account[ACCOUNT_SIZE], struct error *err)
{
	static const char iam[] = "arn:aws:iam::";
	const char *text = args_str(args, name, "");
	const char *at = text, *rest;
	char account[ACCOUNT_SIZE];

	if (strncmp(at, iam, sizeof(iam) - 1) == 0)
		at += sizeof(iam) - 1;
	snprintf(account, sizeof(account), "%s", at);
	rest = at + strlen(account);
	if (!account_valid(account) ||
	    strcmp(rest, at == text ? "" : ":root") != 0)
		return fail(
			err, FAULT_KMS_KEY_ARN,
			"%s must be an account: \"arn:aws:iam::NUMBER:root\""
			" or its number",
			name);
	memcpy(ret_account, account, ACCOUNT_SIZE);
	return true;
}
