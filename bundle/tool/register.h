/* register.h - ec2-register: a bundle in a bucket becomes an image
 *
 * Inside a guest there is no store, so this one asks an endpoint. The options
 * that say what the image is are the same in qami, whose own tool of this name
 * has the store.
 */
#ifndef QAMI_BUNDLE_TOOL_REGISTER_H
#define QAMI_BUNDLE_TOOL_REGISTER_H

#include "bundle/tool/tool.h"

extern const struct param tool_register_params[];
extern const enum fault tool_register_faults[];
tool_run tool_register;

/* What an image is called unless somebody says: where its manifest is, without
 * "s3://" and ".manifest.xml"; *ret_size bytes of the location. */
const char *tool_register_name(const char *location, size_t *ret_size);

/* Cuts the next field off "a:b:c"; NULL for an empty one, or none. */
char *tool_register_field(char **rest);

/* What is common to both. */
#define TOOL_PARAM_REGISTER                                                    \
	{ "Manifest", PARAM_STRING, PARAM_POSITIONAL, NULL,                    \
	  "BUCKET/NAME.manifest.xml, or s3://…", NULL, NULL, 0,              \
	  "MANIFEST" },                                                        \
	{ "Name", PARAM_STRING, 0, NULL,                                       \
	  "the image's; of a bundle, where it is, unless said", NULL, NULL,    \
	  'n' },                                                               \
	{ "Description", PARAM_STRING, 0, NULL, "text for people", NULL, NULL, \
	  'd' },                                                               \
	{ "Architecture", PARAM_STRING, 0, "x86_64|i386",                      \
	  "of its programs; the manifest's unless said", NULL, NULL, 'a' },    \
	{ "Kernel", PARAM_ID, PARAM_NAMED, "aki",                              \
	  "boot this kernel directly" },                                       \
	{ "Ramdisk", PARAM_ID, PARAM_NAMED, "ari", "with this ramdisk" },      \
	{ "BlockDeviceMapping", PARAM_STRING, PARAM_LIST, NULL,                \
	  "a disk more: /dev/sdb=ephemeral0, /dev/sdf=snap-…:10:true:gp3",   \
	  NULL, NULL, 'b', "DEVICE=WHAT" },                                    \
	{ "RootDeviceName", PARAM_STRING, 0, NULL, "/dev/sda1 unless said" },  \
	{ "VirtualizationType", PARAM_STRING, 0, "hvm|paravirtual",            \
	  "hvm unless said" }

/* The row, for the table of any program. */
#define TOOL_REGISTER                                                          \
	.name = "ec2-register",                                                \
	.brief = "make an image of a bundle in a bucket",                      \
	.about = "Registers the image whose manifest ec2-upload-bundle has "   \
		 "put into a bucket, at the EC2 endpoint of --url, EC2_URL or "\
		 "AWS_ENDPOINT_URL. Prints IMAGE and its id. Keys are better " \
		 "not given as options, where other users may see them, but "  \
		 "in the environment. It asks once: when no answer comes, "    \
		 "look whether there is such an image before asking again.",   \
	.params = tool_register_params,                                        \
	.faults = tool_register_faults,                                        \
	.example = "ec2-register my-bucket/image.manifest.xml -n web"

#endif
