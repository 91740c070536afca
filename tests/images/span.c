/* span.c - lists of spans against a list of bytes */
#include "images/span.h"

#include "tests/images/chain/testing.h"

#define ROOM 96

static struct error err;
static unsigned noise = 7;

static unsigned draw(unsigned below)
{
	noise = noise * 1664525 + 1013904223;
	return (noise >> 16) % below;
}

/* A list of up to two tags, and the same as one tag a byte (-1: none). */
static void make(struct spans *spans, int bytes[ROOM])
{
	uint64_t at = 0;

	for (int i = 0; i < ROOM; i++)
		bytes[i] = -1;
	while (at < ROOM - 8) {
		uint64_t from = at + draw(6), to = from + 1 + draw(7);
		size_t tag = draw(2);

		if (to > ROOM)
			break;
		good(spans_add(spans, from, to, tag, &err));
		for (uint64_t i = from; i < to; i++)
			bytes[i] = (int)tag;
		at = to;
	}
}

/* The list says what the bytes say, in as few spans as can be. */
static void same(const struct spans *spans, const int bytes[ROOM])
{
	uint64_t last = 0, counted = 0;
	size_t tag = 99;

	for (size_t i = 0; i < spans->count; i++) {
		const struct span *span = &spans->all[i];

		check(span->from < span->to && span->to <= ROOM);
		check(!i || span->from > last ||
		      (span->from == last && span->tag != tag));
		for (uint64_t at = span->from; at < span->to; at++)
			check(bytes[at] == (int)span->tag);
		for (uint64_t at = last; at < span->from; at++)
			check(bytes[at] < 0);
		last = span->to;
		tag = span->tag;
		counted += span->tag == SPAN_DATA ? span->to - span->from : 0;
	}
	for (uint64_t at = last; at < ROOM; at++)
		check(bytes[at] < 0);
	check(spans_bytes(spans, SPAN_DATA) == counted);
}

static void tally(void *context, size_t tag, uint64_t bytes)
{
	uint64_t *sums = context;

	sums[tag] += bytes;
}

static size_t five(size_t left, size_t right)
{
	check(left < 2 && right < 2);
	return 5;
}

static void random_pairs(void)
{
	for (int round = 0; round < 3000; round++) {
		auto_spans a = SPANS_INIT, b = SPANS_INIT, over = SPANS_INIT,
			   minus = SPANS_INIT, join = SPANS_INIT;
		int in_a[ROOM], in_b[ROOM], want[ROOM];
		uint64_t sums[2] = { 0 }, wanted[2] = { 0 };

		make(&a, in_a);
		make(&b, in_b);
		same(&a, in_a);
		good(spans_over(&a, &b, &over, &err));
		for (int i = 0; i < ROOM; i++)
			want[i] = in_a[i] < 0 ? in_b[i] : in_a[i];
		same(&over, want);
		good(spans_minus(&a, &b, &minus, &err));
		for (int i = 0; i < ROOM; i++)
			want[i] = in_b[i] < 0 ? in_a[i] : -1;
		same(&minus, want);
		good(spans_join(&a, &b, five, &join, &err));
		for (int i = 0; i < ROOM; i++)
			want[i] = in_a[i] < 0 ? in_b[i] :
				  in_b[i] < 0 ? in_a[i] :
						5;
		same(&join, want);
		spans_tally(&a, &b, tally, sums);
		for (int i = 0; i < ROOM; i++)
			if (in_a[i] == SPAN_DATA && in_b[i] >= 0)
				wanted[in_b[i]]++;
		check(sums[0] == wanted[0] && sums[1] == wanted[1]);
	}
}

static void rounding(void)
{
	auto_spans spans = SPANS_INIT, round = SPANS_INIT;

	good(spans_add(&spans, 3, 5, SPAN_DATA, &err));
	good(spans_add(&spans, 9, 10, SPAN_DATA, &err));
	good(spans_add(&spans, 12, 13, SPAN_ZERO, &err));
	good(spans_add(&spans, 38, 39, SPAN_DATA, &err));
	good(spans_round(&spans, 8, 39, &round, &err));
	check(round.count == 2);
	check(round.all[0].from == 0 && round.all[0].to == 16);
	check(round.all[1].from == 32 && round.all[1].to == 39);
	check(spans_bytes(&round, SPAN_DATA) == 23);
}

int main(void)
{
	random_pairs();
	rounding();
	return 0;
}
