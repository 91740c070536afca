/* seed.h - the NoCloud seed: a small FAT disk that brings user data
 *
 * cloud-init and our own guests look for a file system labelled CIDATA with
 * the files meta-data and user-data. Written without root, mounts or tools.
 */
#ifndef QAMI_INSTANCE_SEED_H
#define QAMI_INSTANCE_SEED_H

#include <stddef.h>

#include "images/base/error.h"

struct seed_tag {
	const char *key;
	const char *value;
};

/* What the guest is told. All borrowed. */
struct seed {
	const char *instance_id;
	const char *hostname;
	const char *instance_type;
	const char *ami_id;
	const char *availability_zone;
	const char *region;
	const char *public_key; /* for the first user, or NULL: a line of
				 * authorized_keys */
	const struct seed_tag *tags;
	size_t tag_count;
	const void *user_data; /* NULL when none: an empty file is written */
	size_t user_data_size;
};

/* Writes the disk image, 0600, durable (fsync, rename): `path` is replaced
 * whole or not at all. The user data occurs in no error text. */
bool seed_write(const char *path, const struct seed *seed, struct error *err)
	must_check;

#endif
