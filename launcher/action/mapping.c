/* mapping.c - BlockDeviceMappings and TagSpecifications as parameters */
#include "launcher/action/mapping.h"

static const struct param params_ebs[] = {
	{ "SnapshotId", PARAM_ID, 0, "snap", "snapshot it is made from" },
	{ "VolumeSize", PARAM_INTEGER, 0, NULL,
	  "GiB, at least the snapshot's" },
	{ "VolumeType", PARAM_STRING, 0, "gp2|gp3|io1|io2|st1|sc1|standard",
	  "volume type" },
	{ "Iops", PARAM_INTEGER, 0, NULL, "provisioned IOPS" },
	{ "Throughput", PARAM_INTEGER, 0, NULL, "MiB/s, gp3 only" },
	{ "DeleteOnTermination", PARAM_BOOLEAN, 0, NULL,
	  "whether it goes with the instance" },
	PARAMS_ENCRYPTION,
	{ 0 },
};

const struct param params_mapping[] = {
	{ "DeviceName", PARAM_STRING, 0, NULL, "/dev/sda1, /dev/sdf, …" },
	{ "VirtualName", PARAM_STRING, 0, NULL, "ephemeral0 to ephemeral23" },
	{ "NoDevice", PARAM_STRING, PARAM_EMPTY, NULL,
	  "present and empty: takes the image's entry out" },
	{ "Ebs", PARAM_STRUCT, 0, NULL, "the volume", NULL, params_ebs },
	{ 0 },
};

struct encryption args_encryption(const struct args *args)
{
	return (struct encryption){
		.wish = arg_encrypt(args_get(args, "Encrypted")),
		.key = args_str(args, "KmsKeyId", NULL),
	};
}
