/* block.c - blocks: packed, sealed and put, and back
 *
 * A block's name is made of the digest that the lists have, which those of
 * plain layers have, too: so that what is known there needs to be read by
 * nobody.
 */
#include <stdio.h>
#include <string.h>

#include "images/base/hex.h"
#include "images/base/packer.h"
#include "images/depot/depot-private.h"

#define DIRECTORY "blocks/"

struct depot_room {
	struct packer *pack, *unpack;
	struct buf sealed_in;
	uint8_t packed[DEPOT_BLOCK];
	uint8_t sealed[DEPOT_BLOCK + CIPHER_EXTRA];
};

bool depot_room_new(struct depot_room **ret_room, struct error *err)
{
	auto_of(depot_room) room = calloc(1, sizeof(*room));

	if (!room)
		return fail_memory(err);
	if (!packer_open(false, &room->pack, err) ||
	    !packer_open(true, &room->unpack, err))
		return false;
	*ret_room = take(room);
	return true;
}

void depot_room_free(struct depot_room *room)
{
	if (!room)
		return;
	packer_free(room->pack);
	packer_free(room->unpack);
	buf_done(&room->sealed_in);
	free(room);
}

void name_of(const struct depot *depot, const char *kind,
	     const uint8_t digest[DEPOT_DIGEST], uint8_t ret_mac[SHA256_SIZE])
{
	uint8_t about[8 + DEPOT_DIGEST];
	size_t size = strlen(kind);

	memcpy(about, kind, size);
	memcpy(about + size, digest, DEPOT_DIGEST);
	hmac_sha256(depot->names.bytes, about, size + DEPOT_DIGEST, ret_mac);
}

void block_name(const struct depot *depot, const uint8_t digest[DEPOT_DIGEST],
		char ret_name[DEPOT_NAME_SIZE])
{
	char digits[2 * SHA256_SIZE + 1];
	uint8_t mac[SHA256_SIZE];

	name_of(depot, "block", digest, mac);
	hex_write(mac, sizeof(mac), digits);
	snprintf(ret_name, DEPOT_NAME_SIZE, DIRECTORY "%.2s/%s", digits,
		 digits);
}

bool block_name_read(const char *name, uint8_t ret_mac[SHA256_SIZE])
{
	size_t head = strlen(DIRECTORY);

	return strncmp(name, DIRECTORY, head) == 0 &&
	       strlen(name) == head + 3 + 2 * SHA256_SIZE &&
	       name[head + 2] == '/' &&
	       memcmp(name + head, name + head + 3, 2) == 0 &&
	       hex_ok(name + head + 3) &&
	       hex_read(name + head + 3, ret_mac, SHA256_SIZE);
}

bool depot_put_block(struct depot *depot, struct depot_room *room,
		     const uint8_t *block, const uint8_t digest[DEPOT_DIGEST],
		     uint64_t *ret_size, struct error *err)
{
	size_t size = packer_pack(room->pack, block, DEPOT_BLOCK, room->packed);
	const uint8_t *content = size ? room->packed : block;
	char name[DEPOT_NAME_SIZE];

	size = size ? size : DEPOT_BLOCK;
	block_name(depot, digest, name);
	if (!cipher_seal_bytes(&depot->seal, content, size, name, room->sealed,
			       err) ||
	    !depot->ops->put(depot->data, name, room->sealed,
			     size + CIPHER_EXTRA, err))
		return false;
	if (ret_size)
		*ret_size = size + CIPHER_EXTRA;
	return true;
}

/* Fetches the object of a block, which a list has named. */
static bool fetch(struct depot *depot, struct depot_room *room,
		  const char *name, struct error *err)
{
	room->sealed_in.size = 0;
	if (depot_object_fetch(depot, name, DEPOT_BLOCK, &room->sealed_in, err))
		return true;
	if (err->fault == FAULT_KEY_NOT_FOUND) {
		error_clear(err);
		return depot_bad(name, "is missing", err);
	}
	return false;
}

bool depot_get_block(struct depot *depot, struct depot_room *room,
		     const uint8_t digest[DEPOT_DIGEST], uint8_t *ret_block,
		     struct error *err)
{
	uint8_t is[SHA256_SIZE];
	char name[DEPOT_NAME_SIZE];
	size_t size;

	block_name(depot, digest, name);
	if (!fetch(depot, room, name, err))
		return false;
	size = room->sealed_in.size - CIPHER_EXTRA;
	if (!depot_object_open(depot, name, &room->sealed_in,
			       size == DEPOT_BLOCK ? ret_block : room->packed,
			       err))
		return false;
	if (size != DEPOT_BLOCK && !packer_unpack(room->unpack, room->packed,
						  size, ret_block, DEPOT_BLOCK))
		return depot_bad(name, "cannot be unpacked", err);
	sha256(ret_block, DEPOT_BLOCK, is);
	return memcmp(is, digest, sizeof(is)) == 0 ||
	       depot_bad(name, "holds another block", err);
}
