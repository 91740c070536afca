/* launchplan.h - what RunInstances decides before it writes anything
 * (private to launch.c)
 */
#ifndef QAMI_INSTANCE_LAUNCHPLAN_H
#define QAMI_INSTANCE_LAUNCHPLAN_H

#include "images/encrypt.h"
#include "images/keypair.h"
#include "images/registry/bundle.h"
#include "images/type.h"
#include "launcher/domain/domain.h"
#include "launcher/instance/launch.h"
#include "launcher/instance/mapping.h"
#include "launcher/instance/tell.h"

/* Everything that was decided before anything is written. */
struct launch_plan {
	struct arena *arena;
	const struct launch *launch;
	struct image image;
	struct image_bundle bundle; /* of an instance-store image */
	bool store_root;
	const struct instance_type *type;
	const struct planned_disk *disks;
	size_t disk_count;
	struct sealing *sealings; /* one a disk; written anew for each volume */
	const char *zone;
	const char *kernel;
	const char *ramdisk;
	struct key_pair pair; /* of launch->key_name, if there is one … */
	bool pair_new;	      /* … which the launch is the first to name */
	struct interface_plan interface;
	const char *uri;
	enum accel accel;
	const char *network;
	bool seed;
	const char *reservation;
	const char **ids; /* one an instance */
	size_t count;
	struct tell tell; /* the bridge's other machines */
	bool fired;	  /* machines may exist */
};

/* Fills the first half of a plan, down to its interface, from its arena and
 * launch; texts are in the arena. Nothing is written. Faults: those of
 * launch_instances() but for the machines'; and a dry run ends here. */
bool launch_plan_make(struct call *call, struct launch_plan *plan,
		      struct error *err) must_check;

#endif
