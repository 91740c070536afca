/* map.c - draw which blocks of a snapshot hold something, and which changed
 *
 * A terminal gets a picture as wide as it is, in which a character stands for
 * so many blocks that some 16 lines show the whole volume; a pipe gets each
 * run of blocks on a line of its own.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "images/block.h"
#include "images/turn.h"
#include "launcher/action/action.h"
#include "launcher/cli/progress.h"
#include "launcher/cli/terminal.h"

#define LINES 16
#define GUTTER 10 /* columns for where a line begins */

enum kind { ZERO, DATA, CHANGED, KINDS };

static const char *const kind_names[KINDS] = { "zero", "data", "changed" };

/* What is drawn. */
struct picture {
	struct arena *arena;
	struct blockmap *data; /* owned */
	uint64_t blocks;
	uint64_t *changed; /* in order; in the arena */
	size_t changed_count;
	size_t at; /* the first of them that was not passed yet */
	uint64_t totals[KINDS];
	bool broken;
};

static void note_changed(void *data, uint64_t block, const char *first_token,
			 const char *second_token)
{
	struct picture *picture = data;
	uint64_t *more = arena_more(picture->arena, picture->changed,
				    picture->changed_count, sizeof(*more));

	(void)first_token;
	(void)second_token;
	picture->broken |= !more;
	if (!more)
		return;
	more[picture->changed_count++] = block;
	picture->changed = more;
}

static bool open_map(struct call *call, const char *id, struct picture *picture,
		     struct error *err)
{
	const struct layer_ref *layers;
	struct snapshot snapshot;
	auto_turn pin = TURN_INIT;
	size_t count;

	if (!turn_pin(call, &pin, err) ||
	    !block_layers(call, id, picture->arena, &snapshot, &layers, &count,
			  err))
		return false;
	picture->blocks = block_count(snapshot.size);
	return blockmap_new(picture->blocks, &picture->data, err) &&
	       blockmap_add_data(&picture->data, 1, call->store->chain, layers,
				 count, err);
}

static bool open_picture(struct call *call, const char *id, const char *since,
			 struct picture *picture, struct error *err)
{
	struct block_listing listing = { .first = since, .second = id };

	if (!open_map(call, id, picture, err))
		return false;
	if (!since)
		return true;
	if (!block_list(call, &listing, note_changed, picture, err))
		return false;
	if (!listing.exact)
		fputs("qami map: digests are still being made, or under "
		      "several keys: some blocks that are shown as changed "
		      "may be equal\n",
		      stderr);
	return picture->broken ? fail_memory(err) : true;
}

/* The kind of a block, counted; to be asked for one after the other. */
static enum kind next_kind(struct picture *picture, uint64_t block)
{
	enum kind kind = blockmap_has(picture->data, block) ? DATA : ZERO;

	if (picture->at < picture->changed_count &&
	    picture->changed[picture->at] == block) {
		picture->at++;
		kind = CHANGED;
	}
	picture->totals[kind]++;
	return kind;
}

static void print_runs(struct picture *picture)
{
	uint64_t begin = 0;
	enum kind of = ZERO;

	for (uint64_t block = 0; block < picture->blocks; block++) {
		enum kind kind = next_kind(picture, block);

		if (block && kind != of) {
			printf("%" PRIu64 "\t%" PRIu64 "\t%s\n", begin,
			       block - begin, kind_names[of]);
			begin = block;
		}
		of = kind;
	}
	printf("%" PRIu64 "\t%" PRIu64 "\t%s\n", begin, picture->blocks - begin,
	       kind_names[of]);
	for (enum kind kind = 0; kind < KINDS; kind++)
		printf("total\t%" PRIu64 "\t%s\n", picture->totals[kind],
		       kind_names[kind]);
}

/* What a character can say. */
static const struct sign {
	char glyph;
	const char *color;
	const char *legend;
} signs[] = {
	{ '*', "\033[1;33m", "changed" },
	{ '#', "\033[32m", "data" },
	{ '+', "\033[32m", "some data" },
	{ '.', "\033[2m", "zeros" },
};

static const struct sign *sign_of(const uint64_t counts[KINDS])
{
	if (counts[CHANGED])
		return &signs[0];
	if (!counts[ZERO])
		return &signs[1];
	return counts[DATA] ? &signs[2] : &signs[3];
}

/* Prints one sign, changing the color only where it changes. */
static void put_sign(const struct sign *sign, const struct sign **last)
{
	if (last && *last != sign) {
		printf("\033[0m%s", sign->color);
		*last = sign;
	}
	putchar(sign->glyph);
}

static void draw_line(struct picture *picture, uint64_t first, uint64_t cells,
		      uint64_t each, bool color)
{
	const struct sign *last = NULL;
	char where[SIZE_TEXT_SIZE];
	uint64_t block = first;

	size_text(first * BLOCK_SIZE, where);
	printf("%*s ", GUTTER - 1, where);
	for (uint64_t cell = 0; cell < cells && block < picture->blocks;
	     cell++) {
		uint64_t counts[KINDS] = { 0 };

		for (uint64_t i = 0; i < each && block < picture->blocks; i++)
			counts[next_kind(picture, block++)]++;
		put_sign(sign_of(counts), color ? &last : NULL);
	}
	puts(color ? "\033[0m" : "");
}

static void draw(struct picture *picture, bool since, bool color)
{
	int width = terminal_width(STDOUT_FILENO, 80);
	uint64_t cells = width > 2 * GUTTER ? (uint64_t)(width - GUTTER) : 10;
	char size[SIZE_TEXT_SIZE];
	uint64_t each = 1;

	while (each * cells * LINES < picture->blocks)
		each *= 2;
	for (uint64_t first = 0; first < picture->blocks; first += each * cells)
		draw_line(picture, first, cells, each, color);
	putchar('\n');
	for (size_t i = since ? 0 : 1; i < sizeof(signs) / sizeof(signs[0]);
	     i++) {
		const struct sign *last = NULL;

		put_sign(&signs[i], color ? &last : NULL);
		printf("%s %s   ", color ? "\033[0m" : "", signs[i].legend);
	}
	size_text(each * BLOCK_SIZE, size);
	printf("each is %s\n", size);
	for (enum kind kind = since ? CHANGED : DATA;; kind--) {
		size_text(picture->totals[kind] * BLOCK_SIZE, size);
		printf("%" PRIu64 " blocks %s (%s)", picture->totals[kind],
		       kind_names[kind], size);
		fputs(kind == ZERO ? "\n" : ", ", stdout);
		if (kind == ZERO)
			break;
	}
}

/* Whether nobody has forbidden it; --no-color sets the same variable. */
static bool colorful(void)
{
	const char *forbidden = getenv("NO_COLOR");

	return !forbidden || !*forbidden;
}

static int map(struct call *call, const struct args *args, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct picture picture = { .arena = arena };
	const char *since = args_str(args, "ChangedSince", NULL);
	bool done;

	if (!arena) {
		fail_memory(err);
		return -1;
	}
	done = open_picture(call, args_str(args, "Snapshot", ""), since,
			    &picture, err);
	if (done && isatty(STDOUT_FILENO))
		draw(&picture, since, colorful());
	else if (done)
		print_runs(&picture);
	blockmap_free(picture.data);
	return done ? 0 : -1;
}

const struct action verb_map = {
	.name = "map",
	.brief = "draw which blocks of a snapshot hold something",
	.about = "Shows the blocks of 512 KiB in which a snapshot holds data, "
		 "and with --changed-since those in which it differs from "
		 "another one. On a terminal a picture of the whole volume and "
		 "the totals; in a pipe a line for each run of blocks: the "
		 "first, how many, and zero, data or changed.",
	.params = (const struct param[]) {
		{ "Snapshot", PARAM_ID,
		  PARAM_POSITIONAL | PARAM_REQUIRED | PARAM_NAMED, "snap",
		  "snapshot: id, name or beginning of an id" },
		{ "ChangedSince", PARAM_ID, PARAM_NAMED, "snap",
		  "mark what differs from this snapshot" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_SNAPSHOT_NOT_FOUND,
		FAULT_EBS_SNAPSHOT_ID, FAULT_NONE },
	.example = "qami map snap-0123456789abcdef0",
	.local = true,
	.main = map,
};
