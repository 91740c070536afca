/* farask.c - two qami over a pair of sockets, one of which is made up */
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>

#include "images/base/bytes.h"
#include "images/base/digest.h"
#include "images/base/hex.h"
#include "images/base/packer.h"
#include "images/chain/digests.h"
#include "images/farask.h"
#include "images/farserve.h"
#include "tests/images/testing.h"

#define SNAP "snap-0123456789abcdef0"
#define AMI "ami-0123456789abcdef0"
#define ROW                                                         \
	"{\"owner\":\"" ACCOUNT "\",\"content\":\"layer-1.qcow2\"," \
	"\"volume\":\"vol-ffffffff\",\"encrypted\":false,\"size\":1}"
#define STORED                                                          \
	"{\\\"image\\\":{\\\"id\\\":\\\"" AMI                           \
	"\\\",\\\"name\\\":\\\"a\\\",\\\"architecture\\\":\\\"x86_64"    \
	"\\\",\\\"root-device-name\\\":\\\"/dev/sda1\\\"},"             \
	"\\\"tags\\\":{\\\"k\\\":\\\"v\\\"},\\\"mappings\\\":[{"          \
	"\\\"device\\\":\\\"/dev/sda1\\\",\\\"size\\\":1,\\\"disk\\\":0}]" \
	",\\\"disks\\\":[{\\\"volume-size\\\":1}]}"
#define IMAGE                                                             \
	"{\"owner\":\"" ACCOUNT "\",\"state\":\"available\","             \
	"\"kind\":\"machine\",\"root-device-type\":\"ebs\","              \
	"\"kernel\":false,\"stored\":\"" STORED "\",\"snapshots\":[\"" SNAP \
	"\"]}"
/* four blocks and a half, of which two hold something */
#define SIZE (4 * BLOCK_SIZE + BLOCK_SIZE / 2)
#define OPEN(digests)                                               \
	"{\"there\":true,\"size\":2359296,\"digests\":" digests "," \
	"\"lineage\":[\"layer-1.qcow2\",\"layer-0.qcow2\"]}"

static uint8_t block[2][BLOCK_SIZE]; /* what blocks 1 and 4 hold */
static const uint64_t at[2] = { 1, 4 };

static void frame(struct buf *to, enum wire_what what, const void *body,
		  size_t size)
{
	uint8_t head[5];

	put32(head, (uint32_t)size);
	head[4] = (uint8_t)what;
	buf_add(to, head, sizeof(head));
	if (size)
		buf_add(to, body, size);
}

static void said(struct buf *to, enum wire_what what, const char *json)
{
	frame(to, what, json, strlen(json));
}

static void list(struct buf *to, uint64_t first, uint64_t second, bool digests)
{
	uint8_t entries[80];
	size_t entry = digests ? 40 : 8;

	put64(entries, first);
	put64(entries + entry, second);
	if (digests) {
		sha256(block[0], BLOCK_SIZE, entries + 8);
		sha256(block[1], BLOCK_SIZE, entries + 48);
	}
	frame(to, WIRE_LIST, entries, 2 * entry);
}

/* A block's frame, as another one, with another digest or of other data. */
static void sent(struct buf *to, int which, uint64_t number,
		 const uint8_t *digest_of, bool packs)
{
	static uint8_t body[WIRE_BLOCK_HEAD + BLOCK_SIZE];
	auto_of(packer) packer = NULL;
	size_t size = BLOCK_SIZE;

	put64(body, number);
	sha256(digest_of, BLOCK_SIZE, body + 8);
	memcpy(body + WIRE_BLOCK_HEAD, block[which], BLOCK_SIZE);
	if (packs) {
		good(packer_open(false, &packer, &err));
		size = packer_pack(packer, block[which], BLOCK_SIZE,
				   body + WIRE_BLOCK_HEAD);
		check(size);
	}
	frame(to, WIRE_BLOCK, body, WIRE_BLOCK_HEAD + size);
}

/* All that a region says in the conversation below. */
static void whole(struct buf *to, bool packs)
{
	said(to, WIRE_HELLO, "{\"qami-copy\":1}");
	said(to, WIRE_SNAPSHOT, ROW);
	said(to, WIRE_IMAGE, IMAGE);
	said(to, WIRE_OPEN, OPEN("true"));
	list(to, at[0], at[1], true);
	frame(to, WIRE_LIST, NULL, 0);
	sent(to, 0, at[0], block[0], packs);
	sent(to, 1, at[1], block[1], packs);
}

/* The other end: says what it has, hears nothing, and closes, or does not. */
struct peer {
	int fd;
	const char *data;
	size_t size;
	bool stays;
	pthread_t thread;
};

static void *peer_main(void *data)
{
	struct peer *peer = data;
	size_t done = 0;
	char heard[4096];

	while (done < peer->size) {
		ssize_t put = send(peer->fd, peer->data + done,
				   peer->size - done, MSG_NOSIGNAL);

		if (put <= 0)
			break;
		done += (size_t)put;
	}
	if (!peer->stays)
		shutdown(peer->fd, SHUT_WR);
	while (read(peer->fd, heard, sizeof(heard)) > 0)
		;
	close(peer->fd);
	return NULL;
}

static void hang_up(void *data, struct wire *wire)
{
	(void)wire;
	close(*(int *)data);
}

/* One conversation, as a copy has it. */
static bool converse(struct wire *wire, int *fd)
{
	auto_of(arena) arena = arena_new();
	auto_of(far) far = NULL;
	auto_of(far_disk) disk = NULL;
	static uint8_t data[BLOCK_SIZE];
	struct snapshot row;
	struct far_image image;

	if (!far_ask(wire, "/srv", hang_up, fd, &far, &err) ||
	    !far->ops->snapshot(far, ACCOUNT, SNAP, arena, &row, &err) ||
	    !far->ops->image(far, ACCOUNT, AMI, arena, &image, &err) ||
	    !far->ops->open(far, SNAP, "layer-1.qcow2", &disk, &err))
		return false;
	check(strcmp(row.layer, "layer-1.qcow2") == 0 && row.size == 1);
	check(strcmp(image.image.name, "a") == 0 && image.tag_count == 1);
	check(strcmp(image.mappings[0].snapshot, SNAP) == 0);
	check(disk && disk->size == SIZE && disk->lineage_count == 2);
	for (uint64_t i = 0; i < 5; i++)
		check(disk->ops->has(disk, i) == (i == at[0] || i == at[1]));
	check(memcmp(disk->ops->digest(disk, 0), digest_of_zeros, 32) == 0);
	check(disk->ops->matches(disk, at[1], block[1]));
	check(!disk->ops->matches(disk, at[1], block[0]));
	for (int i = 0; i < 2; i++)
		if (!disk->ops->want(disk, at[i], &err))
			return false;
	for (int i = 0; i < 2; i++) {
		if (!disk->ops->read(disk, at[i], data, &err))
			return false;
		check(memcmp(data, block[i], BLOCK_SIZE) == 0);
	}
	return true;
}

/* The same with somebody who says so many bytes of that. */
static bool hear(const struct buf *script, size_t size, bool stays)
{
	struct peer peer = { .data = script->data,
			     .size = size,
			     .stays = stays };
	struct wire wire = WIRE_INIT;
	int fds[2];
	bool ok;

	check(!script->broken);
	check(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	peer.fd = fds[1];
	wire.in = wire.out = fds[0];
	wire.seconds = stays ? 1 : 60;
	check(pthread_create(&peer.thread, NULL, peer_main, &peer) == 0);
	ok = converse(&wire, fds);
	pthread_join(peer.thread, NULL);
	return ok;
}

/* Heard whole it is believed; cut anywhere it is a connection that was lost,
 * and nothing else. */
static void test_cuts(void)
{
	auto_buf packed = BUF_INIT, raw = BUF_INIT;

	whole(&packed, true);
	whole(&raw, false);
	good(hear(&packed, packed.size, false));
	good(hear(&raw, raw.size, false));
	for (size_t size = 0; size < packed.size; size++)
		bad(UNAVAILABLE, "the connection ended",
		    hear(&packed, size, false));
	for (size_t size = raw.size - 1; size > packed.size; size -= size / 3)
		bad(UNAVAILABLE, "the connection ended",
		    hear(&raw, size, false));
	/* who says nothing any more, and stays */
	bad(UNAVAILABLE, "was silent", hear(&packed, 0, true));
	bad(UNAVAILABLE, "was silent", hear(&packed, packed.size - 1, true));
}

/* A region that says `instead` in place of everything behind a part. */
static void lies(const char *words, const struct buf *instead, unsigned parts)
{
	auto_buf all = BUF_INIT;
	const char *rows[] = { "{\"qami-copy\":1}", ROW, IMAGE, OPEN("true") };
	const enum wire_what whats[] = { WIRE_HELLO, WIRE_SNAPSHOT, WIRE_IMAGE,
					 WIRE_OPEN };

	for (unsigned i = 0; i < parts && i < 4; i++)
		said(&all, whats[i], rows[i]);
	if (parts > 4) {
		list(&all, at[0], at[1], true);
		frame(&all, WIRE_LIST, NULL, 0);
	}
	buf_add(&all, instead->data, instead->size);
	bad(INTERNAL, words, hear(&all, all.size, false));
}

static void lies_json(const char *words, unsigned parts, enum wire_what what,
		      const char *json)
{
	auto_buf buf = BUF_INIT;

	said(&buf, what, json);
	lies(words, &buf, parts);
}

static void test_rows(void)
{
	static const char *const rows[] = {
		"[]", "{}", "{\"owner\":\"x\"}", "{\"owner\":1", "\"\"",
		"{\"owner\":\"" ACCOUNT "\",\"content\":\"../../etc\","
		"\"volume\":\"vol-ffffffff\",\"size\":1}",
		"{\"owner\":\"" ACCOUNT "\",\"content\":\"a\","
		"\"volume\":\"vol-'\",\"size\":1}",
		"{\"owner\":\"" ACCOUNT "\",\"content\":\"a\","
		"\"volume\":\"vol-ffffffff\",\"size\":0}",
		"{\"owner\":\"" ACCOUNT "\",\"content\":\"a\","
		"\"volume\":\"vol-ffffffff\",\"size\":65537}",
		"{\"owner\":\"" ACCOUNT "\",\"owner\":\"" ACCOUNT "\"}",
	};
	static const char *const opens[] = {
		"{\"there\":true}",
		"{\"there\":true,\"size\":0,\"lineage\":[]}",
		"{\"there\":true,\"size\":-1,\"lineage\":[]}",
		"{\"there\":true,\"size\":70368744177665,\"lineage\":[]}",
		"{\"there\":true,\"size\":512,\"lineage\":{}}",
		"{\"there\":true,\"size\":512,\"lineage\":[\"a/b\"]}",
		"{\"there\":true,\"size\":512,\"lineage\":[1]}",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		lies_json("", 1, WIRE_SNAPSHOT, rows[i]);
		lies_json("", 2, WIRE_IMAGE, rows[i]);
	}
	for (size_t i = 0; i < sizeof(opens) / sizeof(*opens); i++)
		lies_json("", 3, WIRE_OPEN, opens[i]);
	/* another image's, and one whose disk is none */
	lies_json(
		"another image's", 2, WIRE_IMAGE,
		"{\"owner\":\"" ACCOUNT "\",\"state\":\"available\","
		"\"kind\":\"machine\",\"root-device-type\":\"ebs\","
		"\"stored\":\"{\\\"image\\\":{\\\"id\\\":\\\"ami-0123456789abcdef1\\\","
		"\\\"name\\\":\\\"a\\\",\\\"architecture\\\":"
		"\\\"x86_64\\\",\\\"root-device-name\\\":"
		"\\\"/dev/sda1\\\"},\\\"mappings\\\":[{\\\"device\\\":"
		"\\\"/dev/sda1\\\",\\\"size\\\":1,\\\"disk\\\":0}],"
		"\\\"disks\\\":[{\\\"volume-size\\\":1}]}\","
		"\"snapshots\":[\"" SNAP "\"]}");
}

static void test_frames(void)
{
	auto_buf instead = BUF_INIT;
	uint8_t head[5] = { 0, 0x10, 0, 1, WIRE_SNAPSHOT };

	/* too long, of another kind, nothing that is a frame */
	buf_add(&instead, head, sizeof(head));
	lies("too long", &instead, 1);
	lies_json("something else", 1, WIRE_IMAGE, ROW);
	lies_json("something else", 1, (enum wire_what)200, ROW);
	said(&instead, WIRE_HELLO, "{\"qami-copy\":2}");
	lies("", &instead, 1);
	buf_done(&instead);
	buf_str(&instead, "Welcome to this host. You have new mail.\n");
	bad(UNAVAILABLE, "does a shell print something",
	    hear(&instead, instead.size, false));
	/* faults: the known ones, and no byte that a terminal would obey */
	buf_done(&instead);
	said(&instead, WIRE_HELLO, "{\"qami-copy\":1}");
	said(&instead, WIRE_FAULT,
	     "{\"fault\":\"snapshot-not-found\",\"text\":\"a\\u001b[2Jb\"}");
	bad(SNAPSHOT_NOT_FOUND, "a?[2Jb", hear(&instead, instead.size, false));
	lies_json("no reason was given", 1, WIRE_FAULT, "{\"fault\":\"NONE\"}");
}

/* Lists that go back, on, or round for ever. */
static void test_lists(void)
{
	static const uint64_t wrong[][2] = {
		{ 1, 1 }, { 4, 1 }, { 1, 5 }, { UINT64_MAX, 0 },
	};
	auto_buf instead = BUF_INIT;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		buf_done(&instead);
		list(&instead, wrong[i][0], wrong[i][1], true);
		lies("out of order", &instead, 4);
	}
	buf_done(&instead);
	for (int i = 0; i < 1000; i++)
		list(&instead, 0, 1, true);
	lies("out of order", &instead, 4);
	buf_done(&instead);
	frame(&instead, WIRE_LIST, block[0], 41);
	lies("half an entry", &instead, 4);
}

static void test_blocks(void)
{
	auto_buf instead = BUF_INIT;
	uint8_t short_block[WIRE_BLOCK_HEAD - 1] = { 0 };

	/* another digest, other data under the right one, out of order */
	sent(&instead, 0, at[0], block[1], true);
	lies("not what its digest says", &instead, 5);
	buf_done(&instead);
	sent(&instead, 1, at[0], block[1], true);
	lies("not what its digest says", &instead, 5);
	buf_done(&instead);
	sent(&instead, 1, at[1], block[1], true);
	lies("not asked for", &instead, 5);
	buf_done(&instead);
	frame(&instead, WIRE_BLOCK, short_block, sizeof(short_block));
	lies("not asked for", &instead, 5);
	buf_done(&instead);
	sent(&instead, 0, at[0], block[0], true);
	instead.data[5 + WIRE_BLOCK_HEAD] ^= 1;
	lies("packed in another way", &instead, 5);
}

/* A region that has no digests but those under the connection's key, and tells
 * them between blocks that were wanted before. */
static void *keyed_main(void *data)
{
	struct wire wire = WIRE_INIT;
	struct error failed = { 0 };
	uint8_t key[32], mac[64];
	auto_buf one = BUF_INIT;
	enum wire_what what;

	wire.in = wire.out = *(int *)data;
	wire.seconds = 20;
	while (wire_receive(&wire, WIRE_JSON_MOST, &what, &failed) &&
	       what != WIRE_END) {
		one.size = 0;
		if (what == WIRE_HELLO) {
			const char *text = strstr((char *)wire.body, "key\":");

			check(text && strlen(text) >= 6 + 64);
			((char *)wire.body)[text + 6 + 64 -
					    (char *)wire.body] = 0;
			check(hex_read(text + 6, key, sizeof(key)));
			said(&one, WIRE_HELLO, "{\"qami-copy\":1}");
		} else if (what == WIRE_OPEN) {
			said(&one, WIRE_OPEN, OPEN("false"));
			list(&one, at[0], at[1], false);
			frame(&one, WIRE_LIST, NULL, 0);
		} else if (what == WIRE_SINCE) {
			bool known = strstr((char *)wire.body, "layer-0");

			said(&one, WIRE_SINCE,
			     known ? "{\"known\":true}" : "{\"known\":false}");
			if (known) {
				list(&one, 0, at[1], false);
				frame(&one, WIRE_LIST, NULL, 0);
			}
		} else if (what == WIRE_COMPARE) {
			check(wire.size == 8 && get64(wire.body) == at[1]);
			hmac_sha256(key, block[1], BLOCK_SIZE, mac);
			frame(&one, WIRE_COMPARE, mac, 32);
		} else {
			check(what == WIRE_BLOCK);
			sent(&one, get64(wire.body) == at[1], get64(wire.body),
			     block[get64(wire.body) == at[1]], true);
		}
		if (write(wire.out, one.data, one.size) != (ssize_t)one.size)
			break;
	}
	wire_done(&wire);
	close(*(int *)data);
	return NULL;
}

static void test_keyed(void)
{
	static uint8_t data[BLOCK_SIZE];
	struct wire wire = WIRE_INIT;
	auto_of(far) far = NULL;
	auto_of(far_disk) disk = NULL;
	auto_of(blockmap) map = NULL;
	pthread_t thread;
	bool known;
	int fds[2];

	check(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	check(pthread_create(&thread, NULL, keyed_main, fds + 1) == 0);
	wire.in = wire.out = fds[0];
	wire.seconds = 20;
	good(far_ask(&wire, "", hang_up, fds, &far, &err));
	good(far->ops->open(far, SNAP, "layer-1.qcow2", &disk, &err));
	check(disk->listed && !disk->ops->digest(disk, at[0]));
	good(blockmap_new(5, &map, &err));
	good(disk->ops->since(disk, 0, map, &known, &err));
	check(!known && blockmap_next(map, 0) == BLOCK_NONE);
	good(disk->ops->since(disk, 1, map, &known, &err));
	check(known && blockmap_has(map, 0) && blockmap_has(map, at[1]));
	check(!blockmap_has(map, at[0]));
	check(!disk->ops->matches(disk, at[0], data)); /* zeros: not asked */
	good(disk->ops->want(disk, at[0], &err));
	check(disk->ops->matches(disk, at[1], block[1]));
	check(!disk->ops->matches(disk, at[1], block[0]));
	good(disk->ops->want(disk, at[1], &err));
	good(disk->ops->read(disk, at[0], data, &err));
	check(memcmp(data, block[0], BLOCK_SIZE) == 0);
	good(disk->ops->read(disk, at[1], data, &err));
	check(memcmp(data, block[1], BLOCK_SIZE) == 0);
	far_disk_close(take(disk));
	far_close(take(far));
	pthread_join(thread, NULL);
}

/* What somebody asks of a store here. */
struct asking {
	int fd;
	bool ok;
	struct error err;
};

static void *serve_main(void *data)
{
	struct asking *asking = data;
	const struct far_serving serving = { .store = call.store->path };
	struct wire wire = WIRE_INIT;

	wire.in = wire.out = asking->fd;
	wire.seconds = 60;
	asking->ok = far_serve(&call, &serving, &wire, &asking->err);
	wire_done(&wire);
	shutdown(asking->fd, SHUT_RDWR);
	return NULL;
}

/* Serves somebody who says that; what it was answered last goes to `answer`. */
static bool ask(const struct buf *questions, size_t size, struct buf *answer)
{
	struct asking asking = { .ok = false };
	struct peer peer = { .data = questions->data, .size = size };
	char heard[65536];
	pthread_t thread;
	int fds[2];
	ssize_t got;

	check(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	asking.fd = fds[1];
	check(pthread_create(&thread, NULL, serve_main, &asking) == 0);
	check(write(fds[0], peer.data, size) == (ssize_t)size);
	shutdown(fds[0], SHUT_WR);
	answer->size = 0;
	while ((got = read(fds[0], heard, sizeof(heard))) > 0)
		buf_add(answer, heard, (size_t)got);
	pthread_join(thread, NULL);
	close(fds[0]);
	close(fds[1]);
	err = asking.err;
	return asking.ok;
}

#define HELLO                                                          \
	"{\"qami-copy\":1,\"store\":\"\",\"key\":\"0123456789abcdef0123" \
	"456789abcdef0123456789abcdef0123456789abcdef\"}"

/* Who asks what cannot be asked hears so, and no more. */
static void refuses(const char *words, enum wire_what what, const void *body,
		    size_t size, bool greets)
{
	auto_buf questions = BUF_INIT, answer = BUF_INIT;

	if (greets)
		said(&questions, WIRE_HELLO, HELLO);
	frame(&questions, what, body, size);
	said(&questions, WIRE_OPEN, "{}");
	check(!ask(&questions, questions.size, &answer));
	check(answer.size > 5 && strstr(err.text, words));
	error_clear(&err);
	/* nothing follows the fault */
	for (size_t i = 0; i < answer.size;) {
		const uint8_t *head = (uint8_t *)answer.data + i;

		i += 5 + get32(head);
		check(head[4] == WIRE_HELLO || i == answer.size);
		check(head[4] == WIRE_HELLO || head[4] == WIRE_FAULT);
	}
}

#define REFUSES(words, what, text) \
	refuses(words, what, text, strlen(text), true)

static void test_serving(void)
{
	auto_buf questions = BUF_INIT, answer = BUF_INIT;
	uint8_t blocks[65 * 8] = { 0 };

	said(&questions, WIRE_HELLO, HELLO);
	said(&questions, WIRE_SNAPSHOT,
	     "{\"account\":\"" ACCOUNT "\",\"id\":\"" SNAP "\"}");
	good(ask(&questions, questions.size, &answer));
	check(memmem(answer.data, answer.size, "snapshot-not-found", 18));
	for (size_t size = 1; size < questions.size; size++)
		if (ask(&questions, size, &answer))
			check(size == 5 + strlen(HELLO));
		else
			error_clear(&err);
	refuses("hello", WIRE_SNAPSHOT, "{}", 2, false);
	refuses("no such block", WIRE_BLOCK, blocks, 8, false);
	refuses("version", WIRE_HELLO, "{\"qami-copy\":2}", 15, false);
	refuses("no key", WIRE_HELLO, "{\"qami-copy\":1}", 15, false);
	REFUSES("hello", WIRE_HELLO, HELLO);
	REFUSES("no account", WIRE_SNAPSHOT, "{\"id\":\"" SNAP "\"}");
	REFUSES("no account", WIRE_IMAGE, "{\"account\":\"bob\"}");
	REFUSES("JSON", WIRE_OPEN, "[");
	REFUSES("no question", WIRE_LIST, "");
	REFUSES("no disk is open", WIRE_SINCE, "{\"older\":\"a\"}");
	REFUSES("no question", WIRE_FAULT, "{}");
	refuses("no such block", WIRE_BLOCK, blocks, 8, true);
	refuses("one block", WIRE_BLOCK, blocks, 16, true);
	refuses("so many", WIRE_COMPARE, blocks, sizeof(blocks), true);
	refuses("so many", WIRE_COMPARE, blocks, 7, true);
	refuses("no such block", WIRE_COMPARE, blocks, 8, true);
}

int main(void)
{
	memset(block[0], 0x11, BLOCK_SIZE);
	for (size_t i = 0; i < BLOCK_SIZE; i++)
		block[1][i] = (uint8_t)(i >> 9);
	test_cuts();
	test_rows();
	test_frames();
	test_lists();
	test_blocks();
	test_keyed();
	store_new();
	test_serving();
	store_close(call.store);
	return 0;
}
