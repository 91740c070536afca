/* mapping.h - BlockDeviceMappings and TagSpecifications as parameters */
#ifndef QAMI_ACTION_MAPPING_H
#define QAMI_ACTION_MAPPING_H

#include "images/encrypt.h"
#include "images/image.h"
#include "launcher/action/action.h"

extern const struct param params_mapping[];
#define PARAMS_MAPPINGS                                                        \
	{ "BlockDeviceMappings", PARAM_STRUCT, PARAM_LIST, NULL,               \
	  "disks: DeviceName=…,Ebs={VolumeSize=…,…}", "BlockDeviceMapping",    \
	  params_mapping }

/* Whether something is to be encrypted, and under which key. */
#define PARAMS_ENCRYPTION                                                      \
	{ "Encrypted", PARAM_BOOLEAN, 0, NULL,                                 \
	  "encrypt it; what is made of something encrypted is, anyway" },      \
	{ "KmsKeyId", PARAM_STRING, 0, NULL,                                   \
	  "key to encrypt under: id, ARN or alias; the account's default "     \
	  "one when left out" }

/* What they say in a call's parameters. */
struct encryption args_encryption(const struct args *args);

/* Reads a list of mappings; texts are the args', the array is the arena's. */
bool args_mappings(const json_t *list, struct arena *arena,
		   const struct mapping **ret_mappings, size_t *ret_count,
		   struct error *err) must_check;

/* A list of tags, each a key and a value. */
bool args_pairs(const json_t *list, struct arena *arena,
		const struct pair **ret_tags, size_t *ret_count,
		struct error *err) must_check;

/* The tags that TagSpecifications give for one type of resource ("image").
 * FAULT_INVALID_PARAMETER for a type that is not in `types`, "a|b|c". */
bool args_tags(const json_t *list, const char *type, const char *types,
	       struct arena *arena, const struct pair **ret_tags,
	       size_t *ret_count, struct error *err) must_check;

#endif
