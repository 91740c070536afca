/* image.h - the image table, its block device mappings, its permissions */
#ifndef QAMI_REGISTRY_IMAGE_H
#define QAMI_REGISTRY_IMAGE_H

#include "images/base/clock.h"
#include "images/registry/db.h"
#include "images/registry/query.h"

struct image {
	int64_t seq;
	const char *id;
	const char *owner;
	const char *name;
	const char *description;
	const char *kind; /* "machine", "kernel" or "ramdisk" */
	const char *architecture;
	const char *state; /* "available", "deregistered", … */
	const char *location;
	const char *root_device_name; /* NULL for a kernel or ramdisk */
	const char *root_device_type; /* "ebs" or "instance-store" */
	const char *boot_mode;	      /* "legacy-bios", "uefi" or NULL */
	const char *imds_support;     /* "v2.0" or NULL */
	const char *kernel;	      /* image ids, or NULL */
	const char *ramdisk;
	bool ena;
	const char *layer;   /* a kernel's or ramdisk's file, else NULL */
	const char *cmdline; /* a kernel's, or NULL */
	usec_t created;
	bool is_public;	   /* read only: has the launch permission "all" */
	usec_t deprecated; /* read only: from then on others find it by its id
			    * alone; 0: never */
	const char *protection; /* read only, from deregistration: "disabled",
				 * "enabled-with(out)-cooldown" */
	usec_t protected_until; /* read only: "disabled", but not before; 0 */
	const char *source_instance; /* what it was made of, or NULL */
	const char *source_image;
	const char *source_region;
	usec_t launched;  /* read only: the last time; 0: never */
	usec_t binned;	  /* read only: since when it is in the recycle bin;
			   * 0: it is not */
	usec_t bin_until; /* read only: when it goes from there for good */
	const char *bin_state; /* read only: the state that it had before */
};

/* What was said of encrypting something. */
enum encrypt_wish { ENCRYPT_UNSAID, ENCRYPT_NO, ENCRYPT_YES };

/* One line of a block device mapping, an image's or a launch's. A number that
 * was not given is 0, a truth value -1. */
struct mapping {
	const char *device;
	const char *virtual_name; /* "ephemeral0", or NULL */
	const char *snapshot;	  /* or NULL */
	int64_t size;		  /* GiB */
	const char *type;	  /* "gp3", or NULL */
	int64_t iops;
	int64_t throughput;
	int delete_on_termination;
	bool no_device;
	enum encrypt_wish encrypted; /* a launch's; an image has snapshots */
	const char *kms_key;	     /* with ENCRYPT_YES; or NULL */
	bool sealed; /* read only: an image's, whose snapshot is encrypted */
	const char *lost; /* read only: the snapshot of an image in the recycle
			   * bin that is gone for good; or NULL */
};

bool image_insert(struct db *db, const struct image *image, struct error *err)
	must_check;
bool image_mapping_insert(struct db *db, const char *image, size_t position,
			  const struct mapping *mapping, struct error *err)
	must_check;

bool image_mapping_clear(struct db *db, const char *image, struct error *err)
	must_check;

/* Takes the file away from one deregistered kernel or ramdisk that no instance
 * boots; *ret_layer is its layer, or NULL when there is none left. */
bool image_drop_kernel(struct db *db, struct arena *arena,
		       const char **ret_layer, struct error *err) must_check;

/* By id, for anyone; *ret_found is false when there never was one. */
bool image_get(struct db *db, const char *id, struct arena *arena,
	       struct image *ret_image, bool *ret_found, struct error *err)
	must_check;

/* The mapping of an image, by position; in the arena. */
bool image_mappings(struct db *db, const char *id, struct arena *arena,
		    const struct mapping **ret_mappings, size_t *ret_count,
		    struct error *err) must_check;

/* Calls `row` for each image the account may see and the query asks for. The
 * row lives for the call. */
bool image_list(struct db *db, const struct query *query,
		bool (*row)(void *data, const struct image *image,
			    struct error *err),
		void *data, struct error *err) must_check;

/* Whether the account owns the image or has a launch permission for it; one
 * that is deregistered is lent to nobody. */
bool image_launchable(struct db *db, const char *id, const char *account,
		      bool *ret_launchable, struct error *err) must_check;

/* The ids of the images that are pending and stand on a snapshot, in the arena.
 */
bool image_pending_on(struct db *db, const char *snapshot, struct arena *arena,
		      const char *const **ret_ids, size_t *ret_count,
		      struct error *err) must_check;

/* The image of that owner and name, deregistered ones left out; *ret_id is
 * NULL when there is none. */
bool image_find_name(struct db *db, const char *owner, const char *name,
		     struct arena *arena, const char **ret_id,
		     struct error *err) must_check;

bool image_set_state(struct db *db, const char *id, const char *state,
		     struct error *err) must_check;
bool image_set_description(struct db *db, const char *id,
			   const char *description, struct error *err)
	must_check;

bool image_set_imds(struct db *db, const char *id, const char *support,
		    struct error *err) must_check;

/* A public image is deprecated two years after it was made at the latest,
 * whatever is set; 0 takes the time back. */
bool image_set_deprecated(struct db *db, const char *id, usec_t when,
			  struct error *err) must_check;

/* `until` as in struct image. */
bool image_set_protection(struct db *db, const char *id, const char *protection,
			  usec_t until, struct error *err) must_check;

bool image_set_launched(struct db *db, const char *id, usec_t when,
			struct error *err) must_check;

/* Puts an image into the recycle bin, where it is "deregistered", or, with 0
 * and 0, takes it out, as it was. */
bool image_set_binned(struct db *db, const char *id, usec_t since, usec_t until,
		      struct error *err) must_check;

/* Takes it out of the bin, and leaves it deregistered. */
bool image_end_binned(struct db *db, const char *id, struct error *err)
	must_check;

/* One of those whose time in the recycle bin is over at `now`; *ret_id is NULL
 * when there is none. */
bool image_bin_due(struct db *db, usec_t now, struct arena *arena,
		   const char **ret_id, struct error *err) must_check;

/* Launch permissions; `grantee` is an account or "all". Granting twice or
 * revoking what was not granted is no error. */
bool launch_permission_add(struct db *db, const char *id, const char *grantee,
			   struct error *err) must_check;
bool launch_permission_remove(struct db *db, const char *id,
			      const char *grantee, struct error *err)
	must_check;
bool launch_permission_clear(struct db *db, const char *id, struct error *err)
	must_check;
bool launch_permission_each(struct db *db, const char *id,
			    void (*row)(void *data, const char *grantee),
			    void *data, struct error *err) must_check;

#endif
