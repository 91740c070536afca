/* ebs.h - what the actions of EBS direct share */
#ifndef QAMI_ACTION_EBS_H
#define QAMI_ACTION_EBS_H

#include "images/base/digest.h"
#include "images/block.h"
#include "launcher/action/action.h"

/* A block's number, which is not negative; FAULT_EBS_PARAMETER. */
bool ebs_block(const struct args *args, const char *name, uint64_t *ret_block,
	       struct error *err) must_check;

/* The SHA-256 that the parameter Checksum has in base64. */
bool ebs_checksum(const struct args *args, uint8_t ret_digest[SHA256_SIZE],
		  struct error *err) must_check;

/* Answers with the blocks that a listing has, a page of them: reads
 * StartingBlockIndex, MaxResults and NextToken; `list` and the names of the
 * tokens are the reply's (`first` is NULL where there is only one). */
bool ebs_list(struct call *call, const struct args *args,
	      struct block_listing *listing, const char *list,
	      const char *first, const char *second, struct reply *reply,
	      struct error *err) must_check;

#define PARAM_EBS_SNAPSHOT(brief)                                              \
	{ "SnapshotId", PARAM_ID, PARAM_REQUIRED, "snap", brief }
#define PARAM_EBS_BLOCK                                                        \
	{ "BlockIndex", PARAM_INTEGER, PARAM_REQUIRED, NULL,                   \
	  "the block: its place on the volume, divided by 524288" }
#define PARAMS_EBS_PAGES                                                       \
	{ "NextToken", PARAM_STRING, 0, NULL,                                  \
	  "where the last answer ended" },                                     \
	{ "MaxResults", PARAM_INTEGER, 0, NULL,                                \
	  "how many at most: 100 to 10000, which it is unless said" },         \
	{ "StartingBlockIndex", PARAM_INTEGER, 0, NULL,                        \
	  "the first block of interest" }

#endif
