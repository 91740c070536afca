/* answer.h - what an S3 server's XML says
 *
 * And what EC2's says, as far as ec2-register asks it.
 *
 * A server is a stranger: no document type, no more tags than a full page of
 * a listing has, and a text for people is cut and made printable.
 */
#ifndef QAMI_BUNDLE_ANSWER_H
#define QAMI_BUNDLE_ANSWER_H

#include <stdbool.h>

#include "bundle/bucket.h"
#include "images/base/arena.h"
#include "images/base/buf.h"

/* "<Error>"; each "" where the answer does not say it. */
struct answer_failure {
	char code[64];
	char message[192];
	char region[65];
	char endpoint[256];
};

struct answer_page {
	const struct bucket_object *objects;
	size_t count;
	bool more;
	const char *next; /* NULL: none was given */
};

/* Reads a failure; what is none leaves all texts empty. */
void answer_failure(const struct buf *text, struct answer_failure *ret_failure);

/* Reads a "<ListBucketResult>" into the arena. FAULT_UNAVAILABLE when it is
 * none. */
bool answer_page(const struct buf *text, struct arena *arena,
		 struct answer_page *ret_page, struct error *err) must_check;

/* Reads a "<LocationConstraint>" into the arena, by the region's name. */
bool answer_region(const struct buf *text, struct arena *arena,
		   const char **ret_region, struct error *err) must_check;

/* Reads a failure of EC2's, "<Response>", as answer_failure() does S3's. */
void answer_query_failure(const struct buf *text,
			  struct answer_failure *ret_failure);

/* Reads a "<RegisterImageResponse>": the new image's id, in the arena.
 * FAULT_UNAVAILABLE when there is none in it. */
bool answer_image(const struct buf *text, struct arena *arena,
		  const char **ret_id, struct error *err) must_check;

#endif
