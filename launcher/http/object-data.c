/* object-data.c - objects: what is put, fetched and removed
 *
 * An object is stored when every digest that came with it is the body's, and
 * then whole or not at all. What is fetched is an open file, so that who
 * replaces it meanwhile changes nothing for who reads.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bundle/sums.h"
#include "images/base/file.h"
#include "images/base/hex.h"
#include "launcher/http/limit.h"
#include "launcher/http/object-private.h"

#define PIECE (1 << 20)
#define SHA1_SIZE 20

/* Reflected polynomials, as the checksums of these names have them. */
static const struct crc {
	const char *header;
	uint64_t polynomial;
	unsigned size; /* bytes */
} crcs[] = {
	{ "x-amz-checksum-crc32", 0xedb88320, 4 },
	{ "x-amz-checksum-crc32c", 0x82f63b78, 4 },
	{ "x-amz-checksum-crc64nvme", 0x9a6c9329ac4bc9b5, 8 },
};

static bool crc_file(const struct crc *crc, int fd, uint64_t *ret_crc,
		     struct error *err)
{
	auto_free uint8_t *data = malloc(PIECE);
	uint64_t table[256], value = ~0ULL >> (64 - 8 * crc->size);
	const uint64_t all = value;
	off_t at = 0;
	ssize_t got;

	if (!data)
		return fail_memory(err);
	for (unsigned i = 0; i < 256; i++) {
		table[i] = i;
		for (int bit = 0; bit < 8; bit++)
			table[i] = table[i] >> 1 ^
				   (table[i] & 1 ? crc->polynomial : 0);
	}
	while ((got = pread(fd, data, PIECE, at)) > 0) {
		for (ssize_t i = 0; i < got; i++)
			value = value >> 8 ^ table[(value ^ data[i]) & 0xff];
		at += got;
	}
	if (got < 0)
		return fail_errno(err, "cannot read a request's body");
	*ret_crc = value ^ all;
	return true;
}

/* Compares what a header says in base64 with a digest. */
static bool same(const struct exchange *exchange, const char *header,
		 const void *digest, size_t size, struct error *err)
{
	const char *text = exchange_header(exchange, header);
	size_t wanted = 0;
	auto_free void *said = text ? base64_decode(text, &wanted) : NULL;

	if (!text)
		return true;
	if (!said || wanted != size)
		return fail(err, FAULT_S3_DIGEST_FORM,
			    "The %s you specified is not valid.", header);
	return memcmp(said, digest, size) == 0 ||
	       fail(err, FAULT_S3_DIGEST,
		    "The %s you specified did not match what we received.",
		    header);
}

static bool verify_crcs(const struct exchange *exchange, int fd,
			struct error *err)
{
	for (size_t i = 0; i < sizeof(crcs) / sizeof(*crcs); i++) {
		const struct crc *crc = &crcs[i];
		uint8_t bytes[8];
		uint64_t value = 0;

		if (!exchange_header(exchange, crc->header))
			continue;
		if (!crc_file(crc, fd, &value, err))
			return false;
		for (unsigned at = 0; at < crc->size; at++)
			bytes[at] =
				(uint8_t)(value >> 8 * (crc->size - at - 1));
		if (!same(exchange, crc->header, bytes, crc->size, err))
			return false;
	}
	return true;
}

bool object_verify(const struct exchange *exchange, int fd, char ret_md5[33],
		   struct error *err)
{
	bool sha1 = exchange_header(exchange, "x-amz-checksum-sha1");
	uint8_t digest[SHA256_SIZE], md5[16];
	struct sums sums;

	if (!sum_file(fd, SUM_MD5 | (sha1 ? SUM_SHA1 : 0), &sums, err))
		return false;
	/* digests of ours are digits */
	(void)hex_read(sums.md5, md5, sizeof(md5));
	(void)hex_read(sums.sha1, digest, SHA1_SIZE);
	if (!same(exchange, "Content-MD5", md5, sizeof(md5), err) ||
	    !same(exchange, "x-amz-checksum-sha1", digest, SHA1_SIZE, err))
		return false;
	(void)hex_read(exchange->body_sha256, digest, sizeof(digest));
	if (!same(exchange, "x-amz-checksum-sha256", digest, sizeof(digest),
		  err) ||
	    !verify_crcs(exchange, fd, err))
		return false;
	memcpy(ret_md5, sums.md5, sizeof(sums.md5));
	return true;
}

/* The body in a file of its own; a short one is in memory. */
static bool body_file(const struct exchange *exchange, int *ret_fd,
		      struct error *err)
{
	auto_close int fd = -1;

	if (exchange->body_fd >= 0) {
		*ret_fd = dup(exchange->body_fd);
		return *ret_fd >= 0 ||
		       fail_errno(err, "cannot read a request's body");
	}
	fd = memfd_create("object", MFD_CLOEXEC);
	if (fd < 0)
		return fail_errno(err, "cannot keep a request's body");
	if (!write_all(fd, exchange->body, (size_t)exchange->body_size,
		       "a request's body", err))
		return false;
	*ret_fd = take_fd(fd);
	return true;
}

bool object_put(struct asked *asked, struct error *err)
{
	struct exchange *exchange = asked->exchange;
	auto_of(bucket) bucket = NULL;
	auto_close int fd = -1;
	char md5[33], etag[35];

	if (exchange->body_size > LIMIT_OBJECT)
		return fail(err, FAULT_S3_TOO_LARGE,
			    "Your proposed upload exceeds the maximum allowed "
			    "object size, %llu bytes.",
			    LIMIT_OBJECT);
	if (exchange_header(exchange, "if-match") ||
	    exchange_header(exchange, "if-none-match"))
		return fail(err, FAULT_S3_NOT_IMPLEMENTED,
			    "Objects are not put on conditions.");
	if (!object_bucket(asked, &bucket, err) ||
	    !body_file(exchange, &fd, err) ||
	    !object_verify(exchange, fd, md5, err) ||
	    !bucket_put_tagged(bucket, asked->location.key, fd,
			       exchange_header(exchange, "x-amz-tagging"), err))
		return false;
	snprintf(etag, sizeof(etag), "\"%s\"", md5);
	exchange_answer(exchange, "ETag", etag);
	exchange->type = "application/xml";
	return true;
}

bool object_open(struct bucket *bucket, const char *key, int *ret_fd,
		 struct object_facts *ret_facts, struct error *err)
{
	auto_close int fd = -1;
	struct stat st;
	char md5[33];

	if (!bucket_open_object(bucket, key, UINT64_MAX, NULL, &fd, err) ||
	    !sum_remembered(fd, md5, err))
		return false;
	if (fstat(fd, &st) != 0)
		return fail_errno(err, "cannot look at '%.100s'", key);
	*ret_facts = (struct object_facts){
		.size = (uint64_t)st.st_size,
		.modified = st.st_mtim.tv_sec * USEC_PER_SEC +
			    st.st_mtim.tv_nsec / 1000,
	};
	snprintf(ret_facts->etag, sizeof(ret_facts->etag), "\"%s\"", md5);
	*ret_fd = take_fd(fd);
	return true;
}

/* "Sat, 21 Nov 2026 01:02:03 GMT", whatever the locale. */
static void http_date(usec_t time, char ret_text[64])
{
	static const char days[][4] = { "Sun", "Mon", "Tue", "Wed",
					"Thu", "Fri", "Sat" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr",
					  "May", "Jun", "Jul", "Aug",
					  "Sep", "Oct", "Nov", "Dec" };
	time_t seconds = (time_t)(time / USEC_PER_SEC);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	snprintf(ret_text, 64, "%s, %02d %s %d %02d:%02d:%02d GMT",
		 days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
		 tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* Whether "*", an ETag or one of several, with quotes or without, is it. */
static bool names(const char *text, const char *etag)
{
	char bare[33];

	snprintf(bare, sizeof(bare), "%.32s", etag + 1);
	return strcmp(text, "*") == 0 || strcmp(text, bare) == 0 ||
	       strstr(text, etag);
}

/* A number of digits only, at `*text`, which moves behind it. */
static bool read_number(const char **text, uint64_t *ret_number)
{
	size_t digits = strspn(*text, "0123456789");

	*ret_number = strtoull(*text, NULL, 10);
	*text += digits;
	return digits && digits < 19;
}

/* What "bytes=A-B", "bytes=A-" or "bytes=-N" is of so many bytes. What is no
 * such range, as several are not, is not heard: then *ret_partly is false. */
static bool read_range(const char *text, uint64_t size, uint64_t *ret_from,
		       uint64_t *ret_size, bool *ret_partly, struct error *err)
{
	static const char unit[] = "bytes=";
	uint64_t from = 0, to = size - 1;

	*ret_from = 0;
	*ret_size = size;
	*ret_partly = false;
	if (!text || strncasecmp(text, unit, sizeof(unit) - 1) != 0)
		return true;
	text += sizeof(unit) - 1;
	if (*text == '-') {
		text++;
		if (!read_number(&text, &from) || *text)
			return true;
		/* the last none of it cannot be had */
		from = !from ? size : from < size ? size - from : 0;
	} else if (!read_number(&text, &from) || *text++ != '-' ||
		   (*text && (!read_number(&text, &to) || *text))) {
		return true;
	}
	if (to >= size)
		to = size - 1;
	if (from >= size || from > to)
		return fail(err, FAULT_S3_RANGE,
			    "The requested range is not satisfiable");
	*ret_from = from;
	*ret_size = to - from + 1;
	*ret_partly = true;
	return true;
}

static void answer_object(struct exchange *exchange,
			  const struct object_facts *facts)
{
	char date[64];

	http_date(facts->modified, date);
	exchange_answer(exchange, "ETag", facts->etag);
	exchange_answer(exchange, "Last-Modified", date);
	exchange_answer(exchange, "Accept-Ranges", "bytes");
	exchange->type = "binary/octet-stream";
}

/* With GET and HEAD, whose body the server keeps to itself. */
bool object_get(struct asked *asked, struct error *err)
{
	struct exchange *exchange = asked->exchange;
	const char *match = exchange_header(exchange, "if-match");
	const char *none = exchange_header(exchange, "if-none-match");
	auto_of(bucket) bucket = NULL;
	struct object_facts facts;
	auto_close int fd = -1;
	char range[96];
	bool partly;

	if (!object_bucket(asked, &bucket, err) ||
	    !object_open(bucket, asked->location.key, &fd, &facts, err))
		return false;
	if (match && !names(match, facts.etag))
		return fail(err, FAULT_S3_PRECONDITION,
			    "At least one of the pre-conditions you specified "
			    "did not hold");
	if (none && names(none, facts.etag)) {
		answer_object(exchange, &facts);
		exchange->status = 304;
		return true;
	}
	if (!read_range(exchange_header(exchange, "range"), facts.size,
			&exchange->offset, &exchange->size, &partly, err))
		return false;
	answer_object(exchange, &facts);
	if (partly) {
		snprintf(range, sizeof(range), "bytes %llu-%llu/%llu",
			 (unsigned long long)exchange->offset,
			 (unsigned long long)(exchange->offset +
					      exchange->size - 1),
			 (unsigned long long)facts.size);
		exchange_answer(exchange, "Content-Range", range);
		exchange->status = 206;
	}
	exchange->fd = take_fd(fd);
	return true;
}

bool object_delete(struct asked *asked, struct error *err)
{
	auto_of(bucket) bucket = NULL;

	asked->exchange->status = 204;
	asked->exchange->type = "application/xml";
	return object_bucket(asked, &bucket, err) &&
	       bucket_remove(bucket, asked->location.key, err);
}
