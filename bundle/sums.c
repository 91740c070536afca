/* sums.c - digests of a file, by OpenSSL */
#include "bundle/sums.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/base/digest.h"
#include "images/base/hex.h"

#define PIECE (256 << 10)
#define KINDS 3
#define MEMORY "user.qami.md5" /* the MD5, then of what */

static bool update(EVP_MD_CTX *const contexts[KINDS], const void *data,
		   size_t size)
{
	for (size_t i = 0; i < KINDS; i++)
		if (contexts[i] && !EVP_DigestUpdate(contexts[i], data, size))
			return false;
	return true;
}

static bool read_file(int fd, EVP_MD_CTX *const contexts[KINDS],
		      uint64_t *ret_size, struct error *err)
{
	auto_free uint8_t *data = malloc(PIECE);
	uint64_t at = 0;

	if (!data)
		return fail_memory(err);
	for (;;) {
		ssize_t got = pread(fd, data, PIECE, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_errno(err, "cannot read a file");
		if (got == 0)
			break;
		if (!update(contexts, data, (size_t)got))
			return fail(err, FAULT_INTERNAL, "cannot sum a file");
		at += (uint64_t)got;
	}
	*ret_size = at;
	return true;
}

static void write_sum(EVP_MD_CTX *context, char *ret_text, char *ret_base64)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned size = 0;

	if (!context || !EVP_DigestFinal_ex(context, digest, &size))
		return;
	hex_write(digest, size, ret_text);
	if (ret_base64)
		base64_write(digest, size, ret_base64);
}

bool sum_file(int fd, unsigned which, struct sums *ret_sums, struct error *err)
{
	const EVP_MD *const kinds[KINDS] = { EVP_sha1(), EVP_md5(),
					     EVP_sha256() };
	EVP_MD_CTX *contexts[KINDS] = { NULL };
	struct sums sums = { .size = 0 };
	bool summed = true;

	for (size_t i = 0; summed && i < KINDS; i++) {
		if (!(which & 1U << i))
			continue;
		contexts[i] = EVP_MD_CTX_new();
		if (!contexts[i] ||
		    !EVP_DigestInit_ex(contexts[i], kinds[i], NULL))
			summed = fail(err, FAULT_HOST, "OpenSSL lacks %s here",
				      EVP_MD_get0_name(kinds[i]));
	}
	if (summed && read_file(fd, contexts, &sums.size, err)) {
		write_sum(contexts[0], sums.sha1, NULL);
		write_sum(contexts[1], sums.md5, sums.md5_base64);
		write_sum(contexts[2], sums.sha256, NULL);
		*ret_sums = sums;
	} else {
		summed = false;
	}
	for (size_t i = 0; i < KINDS; i++)
		EVP_MD_CTX_free(contexts[i]);
	return summed;
}

bool sum_remembered(int fd, char ret_md5[33], struct error *err)
{
	char note[96], known[sizeof(note) + 33];
	ssize_t size = fgetxattr(fd, MEMORY, known, sizeof(note));
	struct sums sums;
	struct stat st;
	int of;

	if (fstat(fd, &st) != 0)
		return fail_errno(err, "cannot look at a file");
	of = snprintf(note, sizeof(note), " %lld %lld.%09ld",
		      (long long)st.st_size, (long long)st.st_mtim.tv_sec,
		      st.st_mtim.tv_nsec);
	known[size < 0 ? 0 : size] = 0;
	if (size == 32 + of && strcmp(known + 32, note) == 0) {
		snprintf(ret_md5, 33, "%.32s", known);
		return true;
	}
	if (!sum_file(fd, SUM_MD5, &sums, err))
		return false;
	memcpy(ret_md5, sums.md5, 33);
	snprintf(known, sizeof(known), "%s%s", sums.md5, note);
	/* where there is no room it is summed again */
	(void)fsetxattr(fd, MEMORY, known, strlen(known), 0);
	return true;
}
