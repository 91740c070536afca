/* replaceroot.h - CreateReplaceRootVolumeTask: a running instance gets another
 * root volume
 *
 * Its id, address, other disks and settings stay; it is rebooted. In one
 * transaction the new volume takes the place of the old one.
 */
#ifndef QAMI_INSTANCE_REPLACEROOT_H
#define QAMI_INSTANCE_REPLACEROOT_H

#include "images/authorise.h"
#include "images/registry/roottask.h"

struct pair; /* images/image.h */

/* What is asked for. All borrowed; NULL where nothing was said. */
struct root_request {
	const char *instance;
	const char *snapshot; /* of a root volume that the instance has or had;
			       * or … */
	const char *image; /* … one that the caller may launch; neither: what
			    * the instance was launched from */
	bool remove;	   /* the old volume goes */
	int64_t initialization_rate; /* MiB/s; 0: none */
	const struct pair *tags;     /* of the task */
	size_t tag_count;
};

/* Shuts the guest down, as a reboot does, gives the instance its new root
 * volume and boots it; ret_id names the task, an earlier one when the client
 * token was used before. When it fails after the task was begun the task says
 * so, and the instance has the root that it had. Faults: INSTANCE_NOT_FOUND,
 * INSTANCE_STATE (not running), UNSUPPORTED (an instance-store root),
 * PARAMETER_COMBINATION, SNAPSHOT_NOT_FOUND, IMAGE_NOT_FOUND,
 * IMAGE_UNAVAILABLE, INVALID_PARAMETER (a snapshot of something else, an image
 * for another machine), INCORRECT_STATE (a task is at work already, a snapshot
 * is not complete), VOLUME_LIMIT, VOLUME_CAPACITY. */
bool replace_root(struct call *call, const struct root_request *request,
		  char ret_id[ID_SIZE], struct error *err) must_check;

/* Undoes a task whose process died before the volumes changed places; the
 * reboot that it had begun is a job of its own. */
bool replace_root_recover(struct call *call, const struct op *op,
			  struct error *err) must_check;

#endif
