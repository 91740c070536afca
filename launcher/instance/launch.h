/* launch.h - RunInstances: from an image to running machines */
#ifndef QAMI_INSTANCE_LAUNCH_H
#define QAMI_INSTANCE_LAUNCH_H

#include "images/authorise.h"
#include "images/image.h"
#include "launcher/instance/interface.h"
#include "launcher/instance/options.h"

/* What RunInstances says. All borrowed; NULL and 0 where nothing was said. */
struct launch {
	const char *image;
	int64_t least; /* MinCount */
	int64_t most;  /* MaxCount */
	const char *type;
	const char *kernel;
	const char *ramdisk;
	const char *key_name; /* a pair of the caller's; "default" may be its
			       * own key (images/keypair.h) */
	const char *zone;
	const struct mapping *mappings;
	size_t mapping_count;
	const void *user_data;
	size_t user_data_size;
	struct metadata_options metadata;
	const char *shutdown_behavior;
	bool disable_termination;
	bool disable_stop;
	bool ebs_optimized;
	bool monitoring;
	const char *credits; /* "standard" or "unlimited" */
	const struct pair *instance_tags;
	size_t instance_tag_count;
	const struct pair *volume_tags;
	size_t volume_tag_count;
	struct interface_request interface;
	const struct pair *system_tags; /* the store's own, for the instance */
	size_t system_tag_count;
};

#define USER_DATA_MOST 16384

/* Launches between `least` and `most` machines; when it returns they run.
 * ret_reservation names them, an earlier reservation when the client token
 * was used before. When fewer than `least` could be started nothing is left
 * behind, but the caller's own key as its pair "default". Faults: those of the
 * image, the key pair, the mapping, the type, the volumes and the interface,
 * FAULT_INSTANCE_CAPACITY when libvirt started too few. */
bool launch_instances(struct call *call, const struct launch *launch,
		      char ret_reservation[ID_SIZE], struct error *err)
	must_check;

/* What the call's client token launched before: *ret_reservation is in the
 * arena, NULL when that was nothing. */
bool launch_replay(struct call *call, struct arena *arena,
		   const char **ret_reservation, struct error *err) must_check;

/* Finishes or undoes a launch whose process died: a machine that
 * was started is adopted, everything else is as if it had never been asked
 * for. */
bool launch_recover(struct call *call, const struct op *op, struct error *err)
	must_check;

#endif
