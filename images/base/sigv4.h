/* sigv4.h - AWS Signature Version 4: what a request's signature must be
 *
 * One canonicalisation serves those who sign (bundle/'s S3 client) and those
 * who verify. Rules: AWS "Create a signed AWS API request"; S3 normalises no
 * path and encodes it once.
 */
#ifndef QAMI_BASE_SIGV4_H
#define QAMI_BASE_SIGV4_H

#include <stddef.h>
#include <stdint.h>

#include "images/base/arena.h"
#include "images/base/buf.h"
#include "images/base/digest.h"
#include "images/base/error.h"

#define SIGV4_UNSIGNED "UNSIGNED-PAYLOAD"
#define SIGV4_DATE_SIZE 20

struct sigv4_pair {
	const char *name;
	const char *value;
};

/* What is signed. All borrowed. */
struct sigv4_request {
	const char *method;
	const char *path; /* decoded, begins with '/' */
	const char *sent; /* the path as it came, where it has: a client may
			   * encode more than it must, and signs what it has
			   * sent. NULL: `path` encoded. Not looked at for s3 */
	const struct sigv4_pair *query; /* decoded; any order */
	size_t query_count;
	const struct sigv4_pair *headers; /* those that are signed, names in
					   * any case and order; host and
					   * x-amz-date are among them */
	size_t header_count;
	const char *payload; /* 64 hex digits, or SIGV4_UNSIGNED */
	const char *date;    /* "YYYYMMDDTHHMMSSZ" */
	const char *region;
	const char *service;
};

/* The canonical request's text, for the signature and for tests. */
bool sigv4_canonical(const struct sigv4_request *request, struct buf *ret_text,
		     struct error *err) must_check;

/* What a verifier does in steps of its own: the text that is signed, the key
 * that is derived from a secret for a day and a scope, and the signature's
 * bytes for both. */
bool sigv4_text(const struct sigv4_request *request, struct buf *ret_text,
		struct error *err) must_check;
bool sigv4_key(const struct sigv4_request *request, const char *secret,
	       uint8_t ret_key[SHA256_SIZE], struct error *err) must_check;
bool sigv4_mac(const uint8_t key[SHA256_SIZE], const char *text,
	       uint8_t ret_mac[SHA256_SIZE], struct error *err) must_check;

/* The signature: 64 lower-case hexadecimal digits and a NUL. */
bool sigv4_signature(const struct sigv4_request *request, const char *secret,
		     char ret_signature[65], struct error *err) must_check;

/* The value of the Authorization header. */
bool sigv4_authorization(const struct sigv4_request *request,
			 const char *access_key, const char *secret,
			 struct buf *ret_value, struct error *err) must_check;

/* Now, as x-amz-date says it. */
void sigv4_date(char ret_date[SIGV4_DATE_SIZE]);

/* Percent-encodes as SigV4 does (A-Za-z0-9-_.~ stay); '/' stays in a path. */
void sigv4_encode(struct buf *buf, const char *text, bool path);

/* The bytes that a percent-encoded text stands for, in the arena. Refused with
 * FAULT_INVALID_PARAMETER: a '%' without two digits, a NUL. */
bool sigv4_decode(const char *text, size_t size, struct arena *arena,
		  const char **ret_text, struct error *err) must_check;

#endif
