/* image.h - registering, sharing and deregistering images */
#ifndef QAMI_IMAGES_IMAGE_H
#define QAMI_IMAGES_IMAGE_H

#include "images/authorise.h"
#include "images/registry/image.h"

struct image_bundle; /* images/registry/bundle.h */

struct pair {
	const char *key;
	const char *value;
};

/* What RegisterImage says. All borrowed; NULL and 0 where nothing was said. */
struct image_request {
	const char *name;
	const char *description;
	const char *architecture;
	const char *root_device_name;
	const char *boot_mode;
	const char *imds_support;
	const char *kernel;
	const char *ramdisk;
	bool ena;
	const struct mapping *mappings;
	size_t mapping_count;
	const struct pair *tags; /* for the image */
	size_t tag_count;

	/* What it is made of: an instance and the image that this came from,
	 * or the image that it is a copy of. */
	const char *source_instance;
	const char *source_image;
	const char *source_region; /* that image's; NULL: the store's */

	/* Of an instance-store image, which has no snapshot for its root:
	 * where its manifest lies, and what that said. */
	const char *location;
	const struct image_bundle *bundle;
};

/* Checks a name by EC2's rules (3 to 128 of A-Za-z0-9()[] ./-'@_) and that the
 * account has no image of that name: FAULT_IMAGE_NAME_MALFORMED, _DUPLICATE. */
bool image_name_check(const struct call *call, const char *name,
		      struct error *err) must_check;

/* Checks one entry of a mapping that an image is registered with: a device
 * that EC2 knows, one kind of disk, a snapshot that the caller may use, a size
 * and type that go together. */
bool image_mapping_check(struct call *call, const struct mapping *mapping,
			 struct arena *arena, struct error *err) must_check;

/* Completes what EC2 writes into a registered entry: size, type, IOPS and
 * DeleteOnTermination, which is true for the root unless said otherwise. */
bool image_mapping_complete(struct call *call, struct mapping *mapping,
			    bool root, struct arena *arena, struct error *err)
	must_check;

/* Checks and registers an image over snapshots that the account owns, or over
 * a bundle whose manifest was checked (images/bundled.h). Faults:
 * those of image_name_check(), FAULT_BLOCK_DEVICE_MAPPING,
 * FAULT_SNAPSHOT_NOT_FOUND, FAULT_IMAGE_NOT_FOUND (kernel, ramdisk),
 * FAULT_INVALID_PARAMETER. */
bool image_register(struct call *call, const struct image_request *request,
		    char ret_id[ID_SIZE], struct error *err) must_check;

/* The rows of a machine image, within the caller's transaction and without the
 * checks: for operations that made the snapshots themselves. */
bool image_write(struct call *call, const struct image_request *request,
		 const char *id, struct error *err) must_check;

/* Reads an image that the caller owns; FAULT_AUTH_FAILURE when it is only
 * shared, FAULT_IMAGE_UNAVAILABLE when it was deregistered. */
bool image_own(const struct call *call, const char *id, struct arena *arena,
	       struct image *ret_image, struct error *err) must_check;

/* FAULT_IMAGE_UNAVAILABLE unless instances may stand on the image: it is
 * available, or pending for nothing but the bytes of its snapshots, which are
 * being fetched (images/fill.h). */
bool image_ready_below(const struct call *call, const struct image *image,
		       struct error *err) must_check;

/* Whether a kernel or ramdisk (its id or NULL) is an image of that kind that
 * the caller may use. */
bool image_kind_check(const struct call *call, const char *id, const char *kind,
		      struct error *err) must_check;

/* Deregisters. Instances and snapshots stay; with `snapshots` those of the
 * caller that no other image uses go, too, and `report`, unless NULL, is told
 * what became of each: "success", "skipped", "missing-permissions", or
 * "client-error" of one that is locked. What a rule of the owner's keeps goes
 * into the recycle bin (images/recyclebin.h).
 * FAULT_IMAGE_UNAVAILABLE the second time, FAULT_OPERATION_NOT_PERMITTED while
 * it is protected. */
bool image_deregister(struct call *call, const char *id, bool snapshots,
		      void (*report)(void *data, const char *snapshot,
				     const char *code),
		      void *data, struct error *err) must_check;

/* Takes from a deregistered image what it has beside its row: permissions,
 * mapping, tags, a kernel's file. Within the caller's transaction. */
bool image_forget(struct call *call, const char *id, struct error *err)
	must_check;

/* What ModifyImageAttribute says of launch permissions: accounts of 12 digits
 * or "all". */
struct image_sharing {
	const char *const *add;
	size_t add_count;
	const char *const *remove;
	size_t remove_count;
	bool unscanned; /* whatever the disks hold */
};

/* Adds and removes launch permissions; FAULT_IMAGE_ATTRIBUTE_ITEM for a grantee
 * that is neither. A disabled image is shared with nobody:
 * FAULT_IMAGE_UNAVAILABLE. FAULT_OPERATION_NOT_PERMITTED for "all" where the
 * account blocks that (images/publicaccess.h) and, unless it is to be
 * `unscanned` or is public already, where its disks hold what should not be
 * public (images/scan.h): looking may take minutes the first time. */
bool image_share(struct call *call, const char *id,
		 const struct image_sharing *sharing, struct error *err)
	must_check;

/* Takes every launch permission back. */
bool image_unshare(struct call *call, const char *id, struct error *err)
	must_check;

/* Guests of the image speak IMDSv2 only from now on; there is no way back. */
bool image_require_tokens(struct call *call, const char *id, struct error *err)
	must_check;

bool image_describe(struct call *call, const char *id, const char *description,
		    struct error *err) must_check;

#endif
