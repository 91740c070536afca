/* span.c - lists of spans
 *
 * Every operation on two lists is the same walk over the places where one of
 * them begins or ends; what differs is the tag that each piece gets.
 */
#include "images/span.h"

#define NO_TAG SIZE_MAX

void spans_done(struct spans *spans)
{
	free(spans->all);
	*spans = (struct spans)SPANS_INIT;
}

bool spans_add(struct spans *spans, uint64_t from, uint64_t to, size_t tag,
	       struct error *err)
{
	struct span *last = spans->count ? &spans->all[spans->count - 1] : NULL;

	if (from >= to)
		return true;
	if (last && last->to == from && last->tag == tag) {
		last->to = to;
		return true;
	}
	if (!spans->all || spans->count == spans->room) {
		size_t room = spans->room ? spans->room * 2 : 16;
		struct span *more = realloc(spans->all, room * sizeof(*more));

		if (!more)
			return fail_memory(err);
		spans->all = more;
		spans->room = room;
	}
	spans->all[spans->count++] = (struct span){ from, to, tag };
	return true;
}

/* Where a walk is in one list: at `at`, a place between two bytes. */
struct cursor {
	const struct spans *spans;
	size_t next;
};

/* The tag at a place, and in *end where that stops being so. */
static size_t cursor_look(struct cursor *cursor, uint64_t at, uint64_t *end)
{
	const struct spans *spans = cursor->spans;
	const struct span *span;

	while (cursor->next < spans->count && spans->all[cursor->next].to <= at)
		cursor->next++;
	if (cursor->next == spans->count)
		return NO_TAG;
	span = &spans->all[cursor->next];
	if (span->from > at) {
		if (*end > span->from)
			*end = span->from;
		return NO_TAG;
	}
	if (*end > span->to)
		*end = span->to;
	return span->tag;
}

/* Calls `piece` with both lists' tags for each stretch where they stay the
 * same and at least one has one. */
typedef bool piece_fn(void *context, uint64_t from, uint64_t to, size_t left,
		      size_t right, struct error *err);

static bool walk(const struct spans *left, const struct spans *right,
		 piece_fn *piece, void *context, struct error *err)
{
	struct cursor a = { left, 0 }, b = { right, 0 };
	uint64_t at = 0;

	for (;;) {
		uint64_t end = UINT64_MAX;
		size_t tag_a = cursor_look(&a, at, &end);
		size_t tag_b = cursor_look(&b, at, &end);

		if (end == UINT64_MAX)
			return true;
		if ((tag_a != NO_TAG || tag_b != NO_TAG) &&
		    !piece(context, at, end, tag_a, tag_b, err))
			return false;
		at = end;
	}
}

static bool over(void *context, uint64_t from, uint64_t to, size_t top,
		 size_t below, struct error *err)
{
	return spans_add(context, from, to, top == NO_TAG ? below : top, err);
}

bool spans_over(const struct spans *top, const struct spans *below,
		struct spans *ret_seen, struct error *err)
{
	return walk(top, below, over, ret_seen, err);
}

static bool minus(void *context, uint64_t from, uint64_t to, size_t below,
		  size_t top, struct error *err)
{
	return below == NO_TAG || top != NO_TAG ||
	       spans_add(context, from, to, below, err);
}

bool spans_minus(const struct spans *below, const struct spans *top,
		 struct spans *ret_left, struct error *err)
{
	return walk(below, top, minus, ret_left, err);
}

struct joining {
	struct spans *into;
	size_t (*both)(size_t left, size_t right);
};

static bool join(void *context, uint64_t from, uint64_t to, size_t left,
		 size_t right, struct error *err)
{
	struct joining *joining = context;

	return spans_add(joining->into, from, to,
			 right == NO_TAG ? left :
			 left == NO_TAG	 ? right :
					   joining->both(left, right),
			 err);
}

bool spans_join(const struct spans *left, const struct spans *right,
		size_t (*both)(size_t left, size_t right),
		struct spans *ret_joined, struct error *err)
{
	struct joining joining = { ret_joined, both };

	return walk(left, right, join, &joining, err);
}

bool spans_round(const struct spans *spans, uint64_t unit, uint64_t end,
		 struct spans *ret_round, struct error *err)
{
	uint64_t last = 0;

	for (size_t i = 0; i < spans->count; i++) {
		uint64_t from = spans->all[i].from / unit * unit;
		uint64_t to = (spans->all[i].to + unit - 1) / unit * unit;

		if (from < last)
			from = last;
		if (to > end)
			to = end;
		if (!spans_add(ret_round, from, to, spans->all[i].tag, err))
			return false;
		if (to > last)
			last = to;
	}
	return true;
}

uint64_t spans_bytes(const struct spans *spans, size_t tag)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < spans->count; i++)
		if (spans->all[i].tag == tag)
			bytes += spans->all[i].to - spans->all[i].from;
	return bytes;
}

struct tally {
	void (*found)(void *context, size_t tag, uint64_t bytes);
	void *context;
};

static bool count(void *context, uint64_t from, uint64_t to, size_t data,
		  size_t label, struct error *err)
{
	const struct tally *tally = context;

	(void)err;
	if (data == SPAN_DATA && label != NO_TAG)
		tally->found(tally->context, label, to - from);
	return true;
}

void spans_tally(const struct spans *data, const struct spans *labels,
		 void (*found)(void *context, size_t tag, uint64_t bytes),
		 void *context)
{
	struct tally tally = { found, context };
	struct error never = { 0 };

	if (!walk(data, labels, count, &tally, &never))
		abort(); /* counting never fails */
}
