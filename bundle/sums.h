/* sums.h - the digests that buckets and manifests know a file by */
#ifndef QAMI_BUNDLE_SUMS_H
#define QAMI_BUNDLE_SUMS_H

#include <stdint.h>

#include "images/base/error.h"

enum sum { SUM_SHA1 = 1, SUM_MD5 = 2, SUM_SHA256 = 4 };

/* Lower-case hexadecimal digits; "" where it was not asked for. */
struct sums {
	char sha1[41];
	char md5[33];
	char md5_base64[25];
	char sha256[65];
	uint64_t size; /* bytes */
};

/* Sums a file up from its start, in one pass; its offset stays. */
bool sum_file(int fd, unsigned which, struct sums *ret_sums, struct error *err)
	must_check;

/* The MD5 of a file that is never written to, only replaced whole. It is
 * remembered beside the file, where the file system has room for that, until
 * the file's size or time of change is another. */
bool sum_remembered(int fd, char ret_md5[33], struct error *err) must_check;

#endif
