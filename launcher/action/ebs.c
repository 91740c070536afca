/* ebs.c - what the actions of EBS direct share
 *
 * The token of a page is a sealed number like that of a block: the block at
 * which the next page begins, about these two snapshots and this caller.
 */
#include "launcher/action/ebs.h"

#include <stdio.h>
#include <string.h>

#include "images/call.h"

#define PAGE_LEAST 100
#define PAGE_MOST 10000
#define PAGE_LIFE (3600 * USEC_PER_SEC)

bool ebs_block(const struct args *args, const char *name, uint64_t *ret_block,
	       struct error *err)
{
	int64_t block = args_int(args, name, 0);

	if (block < 0)
		return fail(err, FAULT_EBS_PARAMETER,
			    "The %s must not be negative.", name);
	*ret_block = (uint64_t)block;
	return true;
}

bool ebs_checksum(const struct args *args, uint8_t ret_digest[SHA256_SIZE],
		  struct error *err)
{
	size_t size = 0;
	auto_free void *digest =
		base64_decode(args_str(args, "Checksum", ""), &size);

	if (!digest || size != SHA256_SIZE)
		return fail(err, FAULT_EBS_PARAMETER,
			    "The checksum must be a SHA-256 in base64.");
	memcpy(ret_digest, digest, SHA256_SIZE);
	return true;
}

/* The reply's list, and what its members are called. */
struct listed {
	struct node *list;
	const char *first;
	const char *second;
};

static void add(void *data, uint64_t block, const char *first_token,
		const char *second_token)
{
	const struct listed *listed = data;
	struct node *item = node_item(listed->list);

	node_int(item, "BlockIndex", "BlockIndex", (int64_t)block);
	if (listed->first)
		node_str(item, listed->first, listed->first, first_token);
	node_str(item, listed->second, listed->second, second_token);
}

static bool page_begin(const struct args *args, const struct seal *seal,
		       const char *about, struct block_listing *listing,
		       struct error *err)
{
	const char *token = args_str(args, "NextToken", NULL);
	int64_t most = args_int(args, "MaxResults", PAGE_MOST);

	if (most < PAGE_LEAST || most > PAGE_MOST)
		return fail(err, FAULT_EBS_PARAMETER,
			    "MaxResults must be between %d and %d.", PAGE_LEAST,
			    PAGE_MOST);
	listing->most = (size_t)most;
	if (!token)
		return ebs_block(args, "StartingBlockIndex", &listing->start,
				 err);
	if (!seal_check(seal, token, clock_wall(), about, &listing->start))
		return fail(err, FAULT_EBS_PAGE_TOKEN,
			    "The token is not one of this listing's, or has "
			    "expired.");
	return true;
}

bool ebs_list(struct call *call, const struct args *args,
	      struct block_listing *listing, const char *list,
	      const char *first, const char *second, struct reply *reply,
	      struct error *err)
{
	struct listed listed = { .first = first, .second = second };
	char about[96], token[SEAL_SIZE];
	struct seal seal;

	snprintf(about, sizeof(about), "page %s %s %s", call->account,
		 listing->first ? listing->first : "-", listing->second);
	if (!seal_open(call, &seal, err) ||
	    !page_begin(args, &seal, about, listing, err))
		return false;
	listed.list = node_list(reply->root, list, list);
	if (!block_list(call, listing, add, &listed, err))
		return false;
	node_time(reply->root, "ExpiryTime", "ExpiryTime", listing->expires);
	node_int(reply->root, "VolumeSize", "VolumeSize", listing->size);
	node_int(reply->root, "BlockSize", "BlockSize", BLOCK_SIZE);
	if (listing->next == BLOCK_NONE)
		return true;
	seal_close(&seal, listing->next, clock_wall() + PAGE_LIFE, about,
		   token);
	node_str(reply->root, "NextToken", "NextToken", token);
	return true;
}
