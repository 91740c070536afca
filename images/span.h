/* span.h - which bytes of a disk: lists of spans, and what covers what
 *
 * Pure arithmetic on what allocation maps say, for accounting.
 */
#ifndef QAMI_IMAGES_SPAN_H
#define QAMI_IMAGES_SPAN_H

#include <stddef.h>
#include <stdint.h>

#include "images/base/auto.h"
#include "images/base/error.h"

/* From one byte up to, not including, another. What `tag` means is the list's
 * business: for a layer's map SPAN_DATA or SPAN_ZERO. */
struct span {
	uint64_t from;
	uint64_t to;
	size_t tag;
};
#define SPAN_ZERO 0
#define SPAN_DATA 1

/* Ascending, without overlaps; neighbours of one tag are joined. */
struct spans {
	struct span *all;
	size_t count;
	size_t room;
};
#define SPANS_INIT         \
	{                  \
		NULL, 0, 0 \
	}

void spans_done(struct spans *spans);
#define auto_spans __attribute__((cleanup(spans_done))) struct spans

/* Appends a span that begins where the last one ended or later. */
bool spans_add(struct spans *spans, uint64_t from, uint64_t to, size_t tag,
	       struct error *err) must_check;

/* What is seen where `top` lies over `below`: appended to an empty list. */
bool spans_over(const struct spans *top, const struct spans *below,
		struct spans *ret_seen, struct error *err) must_check;

/* What of `below` is not covered by `top`. */
bool spans_minus(const struct spans *below, const struct spans *top,
		 struct spans *ret_left, struct error *err) must_check;

/* Both, one beside the other: where they overlap, `both` makes one tag of the
 * two. */
bool spans_join(const struct spans *left, const struct spans *right,
		size_t (*both)(size_t left, size_t right),
		struct spans *ret_joined, struct error *err) must_check;

/* Each span of that tag widened to whole units, up to `end`. */
bool spans_round(const struct spans *spans, uint64_t unit, uint64_t end,
		 struct spans *ret_round, struct error *err) must_check;

/* How many bytes have that tag. */
uint64_t spans_bytes(const struct spans *spans, size_t tag);

/* The bytes of `data` with tag SPAN_DATA at which `labels` has a tag, told by
 * tag. */
void spans_tally(const struct spans *data, const struct spans *labels,
		 void (*found)(void *context, size_t tag, uint64_t bytes),
		 void *context);

#endif
