/* header.c - of which kind a parcel is, and whether its beginning is right
 *
 * There are four versions, and two things in which they differ: form_make()
 * alone says what follows of each.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "images/parcel/parcel-private.h"

#define refuse(err, ...) fail(err, FAULT_INVALID_PARAMETER, __VA_ARGS__)

struct form form_make(bool dense, bool sealed)
{
	size_t block = dense ? DENSE_BLOCK : PARCEL_BLOCK;

	return (struct form){
		.dense = dense,
		.sealed = sealed,
		.parts = dense ? DENSE_PARTS : 1,
		.block = block,
		.data_most = block + (sealed ? TAG_SIZE : 0),
		.salt = sealed ? SALT_SIZE : 0,
	};
}

bool form_fits(const struct form *form, uint64_t field, uint64_t size)
{
	unsigned parts = form_parts(form, field);
	uint64_t last = form_number(form, field);
	uint64_t count = (size + PARCEL_BLOCK - 1) / PARCEL_BLOCK;

	if (!parts || parts >> form->parts || last >= count)
		return false;
	last *= form->parts;
	while (parts >>= 1)
		last++;
	return last < count;
}

bool form_digest(const struct form *form, uint64_t field, const uint8_t *block,
		 uint8_t ret_digest[SHA256_SIZE])
{
	uint8_t digests[DENSE_PARTS * SHA256_SIZE];
	size_t count = 0;

	if (!form->dense) {
		sha256(block, PARCEL_BLOCK, ret_digest);
		return true;
	}
	for (unsigned i = 0; i < form->parts; i++) {
		const uint8_t *part = block + i * PARCEL_BLOCK;

		if (is_zero(part, PARCEL_BLOCK) ==
		    (form_parts(form, field) >> i & 1))
			return false;
		if (form_parts(form, field) >> i & 1)
			sha256(part, PARCEL_BLOCK,
			       digests + count++ * SHA256_SIZE);
	}
	sha256(digests, count * SHA256_SIZE, ret_digest);
	return true;
}

bool header_check(const uint8_t *header, struct form *ret_form,
		  struct error *err)
{
	uint32_t version = get32(header + HEADER_VERSION);
	uint32_t disks = get32(header + HEADER_DISKS);
	struct form form = form_make(version >= VERSION_DENSE,
				     version == VERSION_SEALED ||
					     version == VERSION_DENSE_SEALED);

	if (memcmp(header, HEADER_MAGIC, MAGIC_SIZE) != 0)
		return refuse(err, "the object is no stored image");
	if (version < VERSION || version > VERSION_DENSE_SEALED)
		return refuse(err,
			      "the object is a stored image of version %" PRIu32
			      ", which is not known here",
			      version);
	if (get32(header + HEADER_BLOCK) != form.block ||
	    get64(header + HEADER_ZEROS))
		return refuse(err, "the object's header is no known one");
	if (disks < 1 || disks > PARCEL_DISKS_MOST)
		return refuse(err, "the object has %" PRIu32 " disks", disks);
	if (get32(header + HEADER_METADATA) > PARCEL_METADATA_MOST)
		return refuse(err,
			      "the object has %" PRIu32 " bytes of metadata",
			      get32(header + HEADER_METADATA));
	*ret_form = form;
	return true;
}

bool metadata_check(const uint8_t *header, const char *metadata,
		    struct error *err)
{
	size_t size = get32(header + HEADER_METADATA);
	uint8_t digest[SHA256_SIZE];

	sha256(metadata, size, digest);
	if (memcmp(digest, header + HEADER_DIGEST, SHA256_SIZE) != 0)
		return refuse(err, "the object's metadata were altered");
	return !memchr(metadata, 0, size) ||
	       refuse(err, "the object's metadata are no text");
}

bool parcel_peek(const void *start, size_t size, char **ret_metadata,
		 unsigned *ret_disks, struct error *err)
{
	const uint8_t *header = start;
	auto_free char *metadata = NULL;
	size_t length, begin;
	struct form form;

	if (size < PARCEL_HEADER)
		return refuse(err, "the object is no stored image");
	if (!header_check(header, &form, err))
		return false;
	length = get32(header + HEADER_METADATA);
	begin = PARCEL_HEADER + form.salt;
	if (size < begin || length > size - begin)
		return refuse(err, "the object was cut short");
	metadata = malloc(length + 1);
	if (!metadata)
		return fail_memory(err);
	memcpy(metadata, header + begin, length);
	metadata[length] = 0;
	if (!metadata_check(header, metadata, err))
		return false;
	*ret_disks = get32(header + HEADER_DISKS);
	*ret_metadata = take(metadata);
	return true;
}
