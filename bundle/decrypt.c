/* decrypt.c - parts, one after the other, through SHA-1 and AES */
#include "bundle/decrypt.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "images/base/hex.h"

#define SHA1_SIZE 20
#define BLOCK 16 /* of AES; one more may come out than went in */
#define READ_MOST (DECRYPT_PIECE - BLOCK)
/* What is read of a part for its digest alone; real parts have 10 MiB. */
#define AFTER_MOST (64 << 20)

struct decrypting {
	const struct unpack *unpack;
	struct queue *to;
	bool lost;	/* nobody takes what is decrypted */
	uint64_t after; /* bytes that were read nevertheless */
	EVP_CIPHER_CTX *cipher;
	EVP_MD_CTX *digest;
	uint64_t total; /* bytes of all parts so far */
	uint8_t *data;	/* READ_MOST bytes */
	struct error *err;
};

bool unpack_cancelled(const struct unpack *unpack, struct error *err)
{
	return unpack->cancel &&
	       __atomic_load_n(unpack->cancel, __ATOMIC_RELAXED) &&
	       !fail(err, FAULT_UNAVAILABLE, "the unpacking was cancelled");
}

/* Decrypts a piece into the queue; `last` takes the padding off. */
static bool piece_put(struct decrypting *at, size_t size, bool last)
{
	uint8_t *room = at->lost ? NULL : queue_room(at->to);
	int done = 0, rest = 0;

	at->lost = !room;
	if (!room)
		return true;
	if (EVP_DecryptUpdate(at->cipher, room, &done, at->data, (int)size) !=
	    1)
		return fail(at->err, FAULT_HOST, "OpenSSL cannot decrypt");
	if (last && EVP_DecryptFinal_ex(at->cipher, room + done, &rest) != 1)
		return fail(at->err, FAULT_INVALID_MANIFEST,
			    "the bundle cannot be decrypted: its end is"
			    " wrong, or its key");
	queue_put(at->to, (size_t)done + (size_t)rest);
	return true;
}

static bool part_compare(const struct decrypting *at,
			 const struct manifest_part *part)
{
	uint8_t digest[SHA1_SIZE];
	char text[SHA1_TEXT_SIZE];

	if (EVP_DigestFinal_ex(at->digest, digest, NULL) != 1)
		return fail(at->err, FAULT_HOST, "OpenSSL cannot digest");
	hex_write(digest, sizeof(digest), text);
	return strcmp(text, part->digest) == 0 ||
	       fail(at->err, FAULT_INVALID_MANIFEST,
		    "the bundle's part %.100s is damaged: its SHA-1 is not"
		    " the manifest's",
		    part->name);
}

/* Reads a part to its end, but never more than all parts are together. */
static bool part_read(struct decrypting *at, const struct manifest_part *part,
		      int fd)
{
	const uint64_t most = at->unpack->manifest->bundled_size;
	struct stat st;

	if (fstat(fd, &st) != 0)
		return fail_errno(at->err, "cannot read %.100s", part->name);
	if (!S_ISREG(st.st_mode))
		return fail(at->err, FAULT_INVALID_MANIFEST,
			    "the bundle's part %.100s is not a file",
			    part->name);
	if (EVP_DigestInit_ex(at->digest, EVP_sha1(), NULL) != 1)
		return fail(at->err, FAULT_HOST, "OpenSSL has no SHA-1");
	for (;;) {
		ssize_t got = read(fd, at->data, READ_MOST);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_errno(at->err, "cannot read %.100s",
					  part->name);
		if (got == 0)
			break;
		at->total += (uint64_t)got;
		if (at->total > most)
			return fail(at->err, FAULT_INVALID_MANIFEST,
				    "the bundle's parts are larger than the"
				    " manifest says");
		EVP_DigestUpdate(at->digest, at->data, (size_t)got);
		if (at->lost && (at->after += (uint64_t)got) > AFTER_MOST)
			return true;
		if (unpack_cancelled(at->unpack, at->err) ||
		    !piece_put(at, (size_t)got, false))
			return false;
	}
	return part_compare(at, part);
}

static bool parts_read(struct decrypting *at)
{
	const struct parts *parts = at->unpack->parts;
	const struct manifest *manifest = at->unpack->manifest;

	for (size_t i = 0; i < manifest->part_count; i++) {
		auto_close int fd = -1;

		if (!parts->open(parts->data, &manifest->parts[i], &fd,
				 at->err) ||
		    !part_read(at, &manifest->parts[i], fd))
			return false;
		if (at->lost)
			return true;
	}
	if (at->total != manifest->bundled_size)
		return fail(at->err, FAULT_INVALID_MANIFEST,
			    "the bundle's parts are smaller than the manifest"
			    " says");
	return piece_put(at, 0, true);
}

static bool prepare(struct decrypting *at)
{
	const struct bundle_key *key = at->unpack->key;

	at->data = malloc(READ_MOST);
	at->cipher = EVP_CIPHER_CTX_new();
	at->digest = EVP_MD_CTX_new();
	if (!at->data || !at->cipher || !at->digest)
		return fail_memory(at->err);
	return EVP_DecryptInit_ex(at->cipher, EVP_aes_128_cbc(), NULL, key->key,
				  key->iv) == 1 ||
	       fail(at->err, FAULT_HOST, "OpenSSL has no AES-128-CBC");
}

void decrypt_parts(const struct unpack *unpack, struct queue *to,
		   struct error *err)
{
	struct decrypting at = { .unpack = unpack, .to = to, .err = err };
	bool done = prepare(&at) && parts_read(&at);

	if (done && !at.lost)
		queue_end(to);
	else
		queue_stop(to);
	EVP_MD_CTX_free(at.digest);
	EVP_CIPHER_CTX_free(at.cipher);
	free(at.data);
}
