/* credential.h - what a request says about who signed it
 *
 * Read from the Authorization header or from the query of a presigned URL,
 * never from both; nothing is known to be true yet.
 */
#ifndef QAMI_HTTP_CREDENTIAL_H
#define QAMI_HTTP_CREDENTIAL_H

#include "launcher/http/exchange.h"

#define CREDENTIAL_DATE_SIZE 17 /* "YYYYMMDDTHHMMSSZ" */

struct credential {
	bool presigned;
	const char *access_key; /* letters and digits, like … */
	const char *day;	/* "YYYYMMDD" */
	const char *region;
	const char *service;
	char date[CREDENTIAL_DATE_SIZE];
	usec_t time;		     /* the same */
	int64_t expires;	     /* a presigned URL's seconds */
	const char **signed_headers; /* lower case, sorted, each once */
	size_t signed_count;
	uint8_t signature[SHA256_SIZE];
	const struct sigv4_pair *query; /* decoded, without X-Amz-Signature */
	size_t query_count;
};

/* Whether there is a signature, good or bad, of any kind. */
bool credential_given(const struct exchange *exchange);

/* Reads it; what it points to is the exchange's arena's. Faults:
 * FAULT_MISSING_TOKEN without one, FAULT_INCOMPLETE_SIGNATURE for one that is
 * malformed, of another version or given in two places, FAULT_SIGNATURE for
 * one whose parts contradict each other, FAULT_MALFORMED_QUERY. */
bool credential_read(const struct exchange *exchange,
		     struct credential *ret_credential, struct error *err)
	must_check;

/* The value of a header that may be there once at most, NULL without;
 * FAULT_INCOMPLETE_SIGNATURE where it is there again. */
bool credential_header(const struct exchange *exchange, const char *name,
		       const char **ret_value, struct error *err) must_check;

/* Whether a header was signed, by its name in lower case. */
bool credential_signs(const struct credential *credential, const char *name);

#endif
