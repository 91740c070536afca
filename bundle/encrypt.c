/* encrypt.c - AES-128-CBC, cut into files
 *
 * A part is flushed twice: when it is full, writing back is only begun, so
 * that the disk works while the next one is made; at the end, when most of it
 * is done, each is waited for, and one commit of the filesystem's journal
 * serves them all.
 */
#include "bundle/encrypt.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "images/base/file.h"
#include "images/base/hex.h"

#define PIECE (64U << 10) /* bytes that are encrypted at once */
#define BLOCK 16
#define SHA1_SIZE 20

struct encryption {
	int directory;
	uint64_t part_size;
	EVP_CIPHER_CTX *cipher;
	EVP_MD_CTX *digest; /* of the part */
	int fd;		    /* of the part; -1 between two */
	uint64_t used;	    /* bytes in it */
	uint64_t size;	    /* bytes in all parts */
	char (*digests)[SHA1_TEXT_SIZE];
	size_t count; /* parts begun */
	size_t room;  /* digests */
	uint8_t out[PIECE + BLOCK];
};

bool encrypt_open(int directory, const struct bundle_key *key,
		  uint64_t part_size, struct encryption **ret_encryption,
		  struct error *err)
{
	auto_of(encryption) made = calloc(1, sizeof(*made));

	if (!made)
		return fail_memory(err);
	made->directory = directory;
	made->part_size = part_size;
	made->fd = -1;
	made->cipher = EVP_CIPHER_CTX_new();
	made->digest = EVP_MD_CTX_new();
	if (!made->cipher || !made->digest ||
	    EVP_EncryptInit_ex(made->cipher, EVP_aes_128_cbc(), NULL, key->key,
			       key->iv) != 1)
		return fail_memory(err);
	*ret_encryption = take(made);
	return true;
}

void encrypt_close(struct encryption *encryption)
{
	if (!encryption)
		return;
	if (encryption->fd >= 0)
		close(encryption->fd);
	EVP_CIPHER_CTX_free(encryption->cipher);
	EVP_MD_CTX_free(encryption->digest);
	free(encryption->digests);
	free(encryption);
}

static void part_name(size_t index, char ret_name[24])
{
	snprintf(ret_name, 24, "%zu", index);
}

static bool part_begin(struct encryption *at, struct error *err)
{
	char name[24];

	if (at->count == MANIFEST_PARTS_MOST)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "the bundle has more than %d parts: make them "
			    "larger",
			    MANIFEST_PARTS_MOST);
	if (at->count == at->room) {
		size_t room = 2 * at->room + 64;
		void *more = reallocarray(at->digests, room,
					  sizeof(*at->digests));

		if (!more)
			return fail_memory(err);
		at->digests = more;
		at->room = room;
	}
	part_name(at->count, name);
	at->fd = openat(at->directory, name,
			O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			0600);
	if (at->fd < 0)
		return fail_errno(err, "cannot make a part");
	at->used = 0;
	at->count++;
	return EVP_DigestInit_ex(at->digest, EVP_sha1(), NULL) == 1 ||
	       fail_memory(err);
}

static bool part_end(struct encryption *at, struct error *err)
{
	uint8_t digest[SHA1_SIZE];
	int fd = take_fd(at->fd);

	sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	if (close(fd) != 0)
		return fail_errno(err, "cannot write a part");
	if (EVP_DigestFinal_ex(at->digest, digest, NULL) != 1)
		return fail_memory(err);
	hex_write(digest, sizeof(digest), at->digests[at->count - 1]);
	return true;
}

/* Cuts what is encrypted. */
static bool cut(struct encryption *at, const uint8_t *data, size_t size,
		struct error *err)
{
	at->size += size;
	while (size) {
		uint64_t part;

		if (at->fd < 0 && !part_begin(at, err))
			return false;
		part = at->part_size - at->used;
		part = size < part ? size : part;
		if (EVP_DigestUpdate(at->digest, data, part) != 1)
			return fail_memory(err);
		if (!write_all(at->fd, data, part, "a part", err))
			return false;
		data += part;
		size -= part;
		at->used += part;
		if (at->used == at->part_size && !part_end(at, err))
			return false;
	}
	return true;
}

bool encrypt_write(struct encryption *encryption, const void *data, size_t size,
		   struct error *err)
{
	const uint8_t *from = data;

	while (size) {
		size_t piece = size < PIECE ? size : PIECE;
		int made;

		if (EVP_EncryptUpdate(encryption->cipher, encryption->out,
				      &made, from, (int)piece) != 1)
			return fail(err, FAULT_INTERNAL, "cannot encrypt");
		if (!cut(encryption, encryption->out, (size_t)made, err))
			return false;
		from += piece;
		size -= piece;
	}
	return true;
}

static bool parts_sync(const struct encryption *at, struct error *err)
{
	char name[24];

	for (size_t i = 0; i < at->count; i++) {
		auto_close int fd = -1;

		part_name(i, name);
		fd = openat(at->directory, name,
			    O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 || fsync(fd) != 0)
			return fail_errno(err, "cannot flush a part");
	}
	return true;
}

bool encrypt_end(struct encryption *encryption, size_t *ret_count,
		 const char (**ret_digests)[SHA1_TEXT_SIZE], uint64_t *ret_size,
		 struct error *err)
{
	int made;

	if (EVP_EncryptFinal_ex(encryption->cipher, encryption->out, &made) !=
	    1)
		return fail(err, FAULT_INTERNAL, "cannot encrypt");
	if (!cut(encryption, encryption->out, (size_t)made, err) ||
	    (encryption->fd >= 0 && !part_end(encryption, err)) ||
	    !parts_sync(encryption, err))
		return false;
	*ret_count = encryption->count;
	*ret_digests = (const char(*)[SHA1_TEXT_SIZE])encryption->digests;
	*ret_size = encryption->size;
	return true;
}
