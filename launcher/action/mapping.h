/* mapping.h - BlockDeviceMappings and TagSpecifications as parameters */
#ifndef QAMI_ACTION_MAPPING_H
#define QAMI_ACTION_MAPPING_H

#include "images/encrypt.h"
#include "images/image.h"
#include "images/params.h"
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

#endif
