/* fuzz-farask.c - libFuzzer upon what a region elsewhere says
 *
 *   clang -std=gnu11 -D_GNU_SOURCE -I. -g -O1 \
 *     -fsanitize=fuzzer,address,undefined tests/images/fuzz-farask.c \
 *     images/base/?*.c images/farask.c images/farrow.c images/farwire.c \
 *     images/blockmap.c images/stored.c images/device.c images/limits.c
 * images/tags.c \
 *     images/type.c images/registry/account.c \
 *     -no-pie -Wl,--unresolved-symbols=ignore-all \
 *     -ljansson -lcrypto -ldl -pthread -o fuzz-farask
 *   ./fuzz-farask -max_len=8192 -timeout=5 -rss_limit_mb=512 CORPUS
 *
 * The first byte says how much of a conversation went well before the rest of
 * the input is what is said. Nothing of a registry is linked: nothing that is
 * heard may lead there.
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "images/base/buf.h"
#include "images/base/bytes.h"
#include "images/chain/digests.h"
#include "images/farask.h"

#define ACCOUNT "123456789012"
#define SNAP "snap-0123456789abcdef0"
#define AMI "ami-0123456789abcdef0"
#define BLOCKS 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

const uint8_t digest_of_zeros[BLOCK_DIGEST_SIZE] = { 0x07 };

static void must(bool right)
{
	if (!right)
		abort();
}

static void said(struct buf *to, enum wire_what what, const char *json)
{
	uint8_t head[5];

	put32(head, (uint32_t)strlen(json));
	head[4] = (uint8_t)what;
	buf_add(to, head, sizeof(head));
	buf_str(to, json);
}

static void begin(struct buf *to, unsigned parts)
{
	/* block 1, and an end */
	static const char list[] = {
		0, 0, 0, 8, WIRE_LIST, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0,
		WIRE_LIST,
	};

	if (parts > 0)
		said(to, WIRE_HELLO, "{\"qami-copy\":1}");
	if (parts > 1)
		said(to, WIRE_SNAPSHOT,
		     "{\"owner\":\"" ACCOUNT "\",\"content\":\"a\","
		     "\"volume\":\"vol-ffffffff\",\"size\":1}");
	if (parts > 2)
		said(to, WIRE_IMAGE,
		     "{\"owner\":\"" ACCOUNT "\",\"state\":\"pending\","
		     "\"kind\":\"machine\"}");
	if (parts > 3)
		said(to, WIRE_OPEN,
		     "{\"there\":true,\"size\":4194304,\"lineage\":[\"a\",\"b\"]}");
	if (parts > 4)
		buf_add(to, list, sizeof(list));
}

static void hang_up(void *data, struct wire *wire)
{
	(void)wire;
	close(*(int *)data);
}

/* Reads what a disk says that it has. */
static bool read_disk(struct far_disk *disk, struct error *err)
{
	static uint8_t block[BLOCK_SIZE];
	uint64_t blocks = (disk->size + BLOCK_SIZE - 1) / BLOCK_SIZE;

	auto_of(blockmap) map = NULL;
	bool known = false;

	block[0] = 1;
	must(blocks && disk->lineage_count <= 4096);
	must(blockmap_new(blocks, &map, err));
	if (disk->lineage_count > 1 &&
	    !disk->ops->since(disk, 1, map, &known, err))
		return false;
	must(known || blockmap_next(map, 0) == BLOCK_NONE);
	for (uint64_t i = 0; i < BLOCKS && i < blocks; i++) {
		if (!disk->ops->has(disk, i) ||
		    disk->ops->matches(disk, i, block))
			continue;
		if (!disk->ops->want(disk, i, err) ||
		    !disk->ops->read(disk, i, block, err))
			return false;
	}
	return true;
}

static bool converse(struct far *far, struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_of(far_disk) disk = NULL;
	struct snapshot row;
	struct far_image image;

	if (!far->ops->snapshot(far, ACCOUNT, SNAP, arena, &row, err) ||
	    !far->ops->image(far, ACCOUNT, AMI, arena, &image, err) ||
	    !far->ops->open(far, SNAP, row.layer, &disk, err))
		return false;
	must(row.size >= 1 && strlen(row.owner) == 12);
	for (size_t i = 0; i < image.mapping_count; i++)
		must(image.mappings[i].device != NULL);
	return !disk || read_disk(disk, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire wire = WIRE_INIT;
	auto_of(far) far = NULL;
	auto_buf all = BUF_INIT;
	struct error err = { 0 };
	int fds[2];

	if (size < 1 || socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
		return 0;
	begin(&all, data[0] % 6);
	buf_add(&all, data + 1, size - 1);
	must(!all.broken && write(fds[1], all.data ? all.data : "", all.size) ==
				    (ssize_t)all.size);
	shutdown(fds[1], SHUT_WR);
	wire.in = wire.out = fds[0];
	wire.seconds = 60;
	if (!far_ask(&wire, "", hang_up, fds, &far, &err) ||
	    !converse(far, &err))
		must(err.fault != FAULT_NONE && *err.text);
	far_close(take(far));
	close(fds[1]);
	return 0;
}
