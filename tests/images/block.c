/* block.c - which blocks two snapshots differ in, and how long tokens last */
#include "images/block.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "images/chain/digests.h"
#include "images/upload.h"

#define DAY (86400 * USEC_PER_SEC)

/* The host's clock, in the place of the library's: tokens go by it. */
static usec_t wall;

usec_t clock_wall(void)
{
	return wall;
}

/* What a listing said: the blocks as "5 7+ 9-", where a '+' means that only the
 * second snapshot holds something there, a '-' only the first. */
struct told {
	char text[256];
	char first[SEAL_SIZE]; /* of the last block */
	char second[SEAL_SIZE];
};

static void tell(void *data, uint64_t block, const char *first_token,
		 const char *second_token)
{
	struct told *told = data;
	size_t used = strlen(told->text);

	snprintf(told->text + used, sizeof(told->text) - used, "%s%llu%s",
		 used ? " " : "", (unsigned long long)block,
		 !first_token  ? "+" :
		 !second_token ? "-" :
				 "");
	snprintf(told->first, SEAL_SIZE, "%s", first_token ? first_token : "");
	snprintf(told->second, SEAL_SIZE, "%s",
		 second_token ? second_token : "");
}

/* A snapshot in which block `what[i]` has what the letter behind it says: "3a
 * 7b", and "." zeros. */
static const char *make(struct call *call, const char *parent, int64_t size,
			const char *what, char ret_id[ID_SIZE])
{
	struct upload_request request = {
		.size = size,
		.parent = parent,
		.description = "",
		.timeout = 60,
	};
	static char data[BLOCK_SIZE];
	uint8_t digest[SHA256_SIZE];
	struct error err = { 0 };
	uint64_t count = 0, block;
	char letter;
	int used;

	assert(upload_start(call, &request, ret_id, &err));
	while (sscanf(what, " %lu%c%n", &block, &letter, &used) == 2) {
		memset(data, letter == '.' ? 0 : letter, sizeof(data));
		sha256(data, BLOCK_SIZE, digest);
		assert(upload_put(call, ret_id, block, data, BLOCK_SIZE, digest,
				  &err));
		what += used;
		count++;
	}
	assert(upload_finish(call, ret_id, count, NULL, &err));
	return ret_id;
}

static void make_digests(struct call *call, const char *id)
{
	auto_of(arena) arena = arena_new();
	const struct layer_ref *layers;
	struct error err = { 0 };
	struct snapshot snapshot;
	size_t count;

	assert(block_layers(call, id, arena, &snapshot, &layers, &count, &err));
	for (size_t i = 0; i < count; i++)
		assert(digests_make(call->store->chain, &layers[i], &err));
}

static void lists(struct call *call, const char *first, const char *second,
		  bool exact, const char *wanted)
{
	struct block_listing listing = { .first = first, .second = second };
	struct told told = { "" };
	struct error err = { 0 };

	assert(block_list(call, &listing, tell, &told, &err));
	if (strcmp(told.text, wanted) != 0)
		fprintf(stderr, "wanted: %s\ngot:    %s\n", wanted, told.text);
	assert(strcmp(told.text, wanted) == 0 && listing.exact == exact);
}

/* The constant is what it says. */
static void test_zeros(void)
{
	static const char zeros[BLOCK_SIZE];
	uint8_t digest[SHA256_SIZE];

	sha256(zeros, sizeof(zeros), digest);
	assert(memcmp(digest, digest_of_zeros, sizeof(digest)) == 0);
}

/* Written without a digest may be equal; with all digests only what differs is
 * told, also over two steps and between siblings. */
static void test_changed(struct call *call)
{
	char a[ID_SIZE], b[ID_SIZE], c[ID_SIZE], d[ID_SIZE];

	make(call, NULL, 1, "0a 5b 6c 100a 2047c", a);
	make(call, a, 1, "5a 6c 7b 8. 100.", b);
	make(call, b, 2, "5b 4000a", c);
	make(call, a, 1, "7b 9d", d);
	lists(call, a, b, false, "5 6 7+ 100-");
	lists(call, a, a, true, "");
	make_digests(call, a);
	lists(call, a, b, false, "5 6 7+ 100-");
	make_digests(call, c);
	make_digests(call, d);
	lists(call, a, b, true, "5 7+ 100-");
	lists(call, b, a, true, "5 7- 100+");
	lists(call, a, c, true, "7+ 100- 4000+");
	lists(call, b, c, true, "5 4000+");
	lists(call, b, d, true, "5 9+ 100+");
	lists(call, a, a, true, "");
	lists(call, NULL, b, true, "0+ 5+ 6+ 7+ 2047+");
}

static void test_unrelated(struct call *call)
{
	char a[ID_SIZE], b[ID_SIZE];
	struct block_listing listing = { .first = a, .second = b };
	struct told told = { "" };
	struct error err = { 0 };

	make(call, NULL, 1, "0a", a);
	make(call, NULL, 1, "0a", b);
	assert(!block_list(call, &listing, tell, &told, &err));
	assert(err.fault == FAULT_EBS_UNRELATED && !*told.text);
}

/* A token reads its block, from its snapshot, for seven days. */
static void test_tokens(struct call *call)
{
	static char data[BLOCK_SIZE];
	char a[ID_SIZE], b[ID_SIZE];
	struct block_listing listing = { .first = a, .second = b };
	struct told told = { "" };
	struct error err = { 0 };

	make(call, NULL, 1, "3a", a);
	make(call, a, 1, "3b", b);
	assert(block_list(call, &listing, tell, &told, &err));
	assert(listing.size == 1 && listing.expires == wall + 7 * DAY);
	wall = listing.expires - 2 * USEC_PER_SEC;
	assert(block_read(call, a, 3, told.first, data, &err));
	assert(data[0] == 'a' && data[BLOCK_SIZE - 1] == 'a');
	assert(block_read(call, b, 3, told.second, data, &err));
	assert(data[0] == 'b');
	assert(!block_read(call, b, 3, told.first, data, &err));
	assert(err.fault == FAULT_EBS_BLOCK_TOKEN);
	error_clear(&err);
	wall = listing.expires;
	assert(!block_read(call, b, 3, told.second, data, &err));
	assert(err.fault == FAULT_EBS_BLOCK_TOKEN);
	error_clear(&err);
	/* a listing gives fresh ones */
	assert(block_list(call, &listing, tell, &told, &err));
	assert(block_read(call, b, 3, told.second, data, &err));
}

/* The listing begins where one likes, and a page is no longer than asked. */
static void test_pages(struct call *call)
{
	char a[ID_SIZE];
	struct block_listing listing = { .second = a, .most = 2 };
	struct error err = { 0 };
	struct told told = { "" };

	make(call, NULL, 1, "1a 2a 3. 7a 9a 11a", a);
	assert(block_list(call, &listing, tell, &told, &err));
	assert(listing.next == 7);
	listing.start = listing.next;
	assert(block_list(call, &listing, tell, &told, &err));
	assert(listing.next == 11);
	listing.start = listing.next;
	assert(block_list(call, &listing, tell, &told, &err));
	assert(listing.next == BLOCK_NONE);
	assert(strcmp(told.text, "1+ 2+ 7+ 9+ 11+") == 0);
}

int main(void)
{
	struct call call = { .action = "Test",
			     .request = "",
			     .now = clock_now() };
	struct error err = { 0 };

	wall = call.now;
	assert(store_open(NULL, NULL, &call.store, &err));
	assert(call_account(&call, NULL, &err));
	test_zeros();
	test_changed(&call);
	test_unrelated(&call);
	test_tokens(&call);
	test_pages(&call);
	store_close(call.store);
	return 0;
}
