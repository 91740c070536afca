/* launching.h - what an instance will be, as parameters
 *
 * Shared by RunInstances and what launch templates keep of it; what is said
 * is read in one place, launcher/instance/launchparams.h.
 */
#ifndef QAMI_ACTION_LAUNCHING_H
#define QAMI_ACTION_LAUNCHING_H

#include "launcher/action/interface.h"
#include "launcher/action/mapping.h"
#include "launcher/action/metadata-options.h"

extern const struct param params_placement[];
extern const struct param params_monitoring[];
extern const struct param params_credit[];
extern const struct param params_profile[];
extern const struct param params_hibernation[];
extern const struct param params_enclave[];

/* Which version of which template. */
extern const struct param params_template_choice[];

/* What a template may say: all that RunInstances does that is not of one
 * instance alone. */
extern const struct param params_template_data[];

#define PARAMS_LAUNCH                                                          \
	{ "ImageId", PARAM_ID, 0, "ami", "the image" },                        \
	{ "InstanceType", PARAM_STRING, 0, NULL,                               \
	  "else t2.micro, t3.micro for an image that boots by UEFI, "          \
	  "m1.small where the root is an instance store" },                    \
	PARAMS_MAPPINGS,                                                       \
	{ "KernelId", PARAM_ID, 0, "aki", "boot this kernel directly" },       \
	{ "KeyName", PARAM_STRING, 0, NULL,                                    \
	  "the key pair whose public key the guest gets" },                    \
	PARAMS_INTERFACE,                                                      \
	{ "Placement", PARAM_STRUCT, 0, NULL, "where", NULL,                   \
	  params_placement },                                                  \
	{ "InstanceInitiatedShutdownBehavior", PARAM_STRING, 0,                \
	  "stop|terminate", "what a guest's own power-off means" },            \
	{ "DisableApiTermination", PARAM_BOOLEAN, 0, NULL,                     \
	  "protect from TerminateInstances" },                                 \
	{ "DisableApiStop", PARAM_BOOLEAN, 0, NULL,                            \
	  "protect from StopInstances" },                                      \
	{ "EbsOptimized", PARAM_BOOLEAN, 0, NULL, "noted; disks are local" },  \
	{ "Monitoring", PARAM_STRUCT, 0, NULL, "Enabled=true; noted", NULL,    \
	  params_monitoring },                                                 \
	{ "CreditSpecification", PARAM_STRUCT, 0, NULL,                        \
	  "CpuCredits=standard or unlimited, for burstable types", NULL,       \
	  params_credit },                                                     \
	{ "MetadataOptions", PARAM_STRUCT, 0, NULL,                            \
	  "what the guest's metadata service does; an image with "             \
	  "ImdsSupport v2.0 asks for tokens by itself", NULL,                  \
	  params_metadata_options },                                           \
	{ "IamInstanceProfile", PARAM_STRUCT, 0, NULL,                         \
	  "there is none to be given", NULL, params_profile },                 \
	{ "HibernationOptions", PARAM_STRUCT, 0, NULL, "Configured=false",     \
	  NULL, params_hibernation },                                          \
	{ "EnclaveOptions", PARAM_STRUCT, 0, NULL, "Enabled=false", NULL,      \
	  params_enclave }

#endif
