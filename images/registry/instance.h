/* instance.h - the instance table and its scratch disks */
#ifndef QAMI_REGISTRY_INSTANCE_H
#define QAMI_REGISTRY_INSTANCE_H

#include "images/base/clock.h"
#include "images/registry/db.h"
#include "images/registry/query.h"

struct instance {
	int64_t seq;
	const char *id;
	const char *owner;
	const char *reservation;
	int64_t launch_index;
	const char *image;
	const char *type;
	const char *state; /* EC2's name: "pending", "running", … */
	const char *architecture;
	const char *zone;
	const char *root_device_name;
	const char *root_device_type;
	const char *boot_mode; /* "legacy-bios" or "uefi" */
	const char *kernel;    /* image ids, or NULL */
	const char *ramdisk;
	const char *key_name;
	const char *public_key; /* its pair's at the launch, with the name as
				 * comment; NULL when none */
	const void *user_data;	/* raw bytes; NULL when none. A secret. */
	size_t user_data_size;
	const char *shutdown_behavior; /* "stop" or "terminate" */
	bool disable_termination;
	bool disable_stop;
	bool ebs_optimized;
	bool source_dest_check;
	const char *client_token;
	const char *uuid;
	const char *mac;
	const char *address; /* the guest's private IPv4 address */
	const char *uri;     /* where its machine runs */
	const char *accel;   /* "tcg" or "kvm" */
	int64_t pid;	     /* QEMU's, on this host; 0 when there is none */
	const char *boot_id; /* of the host when the machine was started */
	usec_t launched;
	const char *reason;	 /* EC2's `reason`, "" when none */
	const char *reason_code; /* stateReason, or NULL */
	const char *reason_message;
	usec_t changed;		 /* the last change of state */
	const char *network;	 /* "plain", "user" or "bridge" (schema.sql) */
	const char *interface;	 /* "eni-…"; NULL on a plain one */
	bool seed;		 /* it has a NoCloud disk */
	bool http_endpoint;	 /* its metadata service answers */
	const char *http_tokens; /* "optional" or "required" */
	int64_t hop_limit;	 /* 1 to 64 */
	bool metadata_tags;	 /* its tags are metadata, too */
	const char *credits;	 /* "standard" or "unlimited" where one was
				  * chosen for a burstable type, or NULL */
	bool monitoring;	 /* detailed monitoring was asked for */
	bool stale; /* libvirt's view of its disks cannot be trusted: nothing
		     * may be done to them before it is started anew */
};

/* Whether there is a metadata service for it, enabled or not. */
static inline bool instance_has_service(const struct instance *instance)
{
	return instance->network[0] != 'p' && !instance->seed;
}

/* An instance-store disk. */
struct scratch {
	const char *device;
	const char *virtual_name;
	const char *file; /* its name under the store's scratch directory */
	int64_t size;	  /* GiB */

	/* An instance-store root stands on an unpacked image of the cache, by
	 * its digest; and, while it is bundled, on the file that was its own
	 * until then. NULL: it does not. */
	const char *cache;
	const char *below;
};

bool instance_insert(struct db *db, const struct instance *instance,
		     struct error *err) must_check;
bool instance_get(struct db *db, const char *id, struct arena *arena,
		  struct instance *ret_instance, bool *ret_found,
		  struct error *err) must_check;

/* The one on the bridge that has an address, while it starts or runs; *ret_id
 * is in the arena, NULL when there is none. */
bool instance_at(struct db *db, const char *address, struct arena *arena,
		 const char **ret_id, struct error *err) must_check;

/* Calls `row` for each instance that the account owns and the query asks for.
 * The row lives for the call. */
bool instance_list(struct db *db, const struct query *query,
		   bool (*row)(void *data, const struct instance *instance,
			       struct error *err),
		   void *data, struct error *err) must_check;

/* Moves an instance from one state to another; *ret_moved is false, and
 * nothing changed, when it is in another state by now. The reason's texts may
 * be NULL: then the old ones go. */
bool instance_move(struct db *db, const char *id, const char *from,
		   const char *to, const char *reason_code,
		   const char *reason_message, usec_t now, bool *ret_moved,
		   struct error *err) must_check;

/* Notes that the machine was started; it is not stale any more. */
bool instance_started(struct db *db, const char *id, const char *uri,
		      const char *accel, int64_t pid, const char *boot_id,
		      usec_t now, struct error *err) must_check;

/* Attributes that ModifyInstanceAttribute changes: the column is one of
 * "type", "shutdown_behavior", "kernel", "ramdisk" (texts), or
 * "disable_termination", "disable_stop", "ebs_optimized",
 * "source_dest_check" (truth values); "credits" and "monitoring" have actions
 * of their own, "stale" is nobody's to ask for. */
enum instance_text { INSTANCE_TYPE, INSTANCE_SHUTDOWN_BEHAVIOR,
		     INSTANCE_KERNEL, INSTANCE_RAMDISK, INSTANCE_CREDITS };
enum instance_flag { INSTANCE_DISABLE_TERMINATION, INSTANCE_DISABLE_STOP,
		     INSTANCE_EBS_OPTIMIZED, INSTANCE_SOURCE_DEST_CHECK,
		     INSTANCE_MONITORING, INSTANCE_STALE };
bool instance_set_text(struct db *db, const char *id, enum instance_text which,
		       const char *value, struct error *err) must_check;
bool instance_set_flag(struct db *db, const char *id, enum instance_flag which,
		       bool value, struct error *err) must_check;
/* Sets the metadata service's options to those in `instance`. */
bool instance_set_options(struct db *db, const struct instance *instance,
			  struct error *err) must_check;
bool instance_set_user_data(struct db *db, const char *id, const void *data,
			    size_t size, struct error *err) must_check;

/* One instance that was terminated before `before`; *ret_id is NULL when
 * there is none left. */
bool instance_ended(struct db *db, usec_t before, struct arena *arena,
		    const char **ret_id, struct error *err) must_check;

/* Removes an instance's row, those of its scratch disks and of its security
 * groups, and its interface's tags. Its attachments and its own tags must be
 * gone. */
bool instance_delete(struct db *db, const char *id, struct error *err)
	must_check;

bool scratch_insert(struct db *db, const char *instance,
		    const struct scratch *scratch, struct error *err)
	must_check;

/* Gives a scratch disk another file, on top of `below` (or NULL). */
bool scratch_move(struct db *db, const char *instance, const char *device,
		  const char *file, const char *below, struct error *err)
	must_check;

/* The scratch disks of an instance, by device; in the arena. */
bool scratch_of(struct db *db, const char *instance, struct arena *arena,
		const struct scratch **ret_disks, size_t *ret_count,
		struct error *err) must_check;

#endif
