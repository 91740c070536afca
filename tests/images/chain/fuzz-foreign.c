/* fuzz-foreign.c - libFuzzer upon the readers of VMDK and VHD images
 *
 *   clang -std=gnu11 -D_GNU_SOURCE -I. -g -O1 \
 *     -fsanitize=fuzzer,address,undefined tests/images/chain/fuzz-foreign.c \
 *     images/base/?*.c images/chain/?*.c -lcrypto -ljansson -ldl \
 *     -pthread -o fuzz-foreign
 *   ./fuzz-foreign -max_len=8192 -timeout=5 -rss_limit_mb=256 CORPUS
 *
 * The first byte says what the image was declared as and how much of the file
 * is a hole between the input and its last three sectors, where both formats
 * have footers. Good seeds are small images of either, with that byte before.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/base/error.h"
#include "images/chain/foreign.h"

#define MOST (1ULL << 40)
#define FOOT 1536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool right)
{
	if (!right)
		abort();
}

/* Writes the input, torn apart before its last sectors. */
static bool write_image(int fd, const uint8_t *data, size_t size, uint64_t hole)
{
	size_t foot = size > FOOT ? FOOT : 0;
	size_t head = size - foot;

	return write(fd, data, head) == (ssize_t)head &&
	       pwrite(fd, data + head, foot, (off_t)(head + hole)) ==
		       (ssize_t)foot;
}

/* Wherever a parent's name may be read from, there is none. */
static void check_parent(const uint8_t *data, size_t size)
{
	static const char hint[] = "parentFileNameHint";
	size_t end = size < 21 * 512 ? size : 21 * 512;

	must(size < 512 || !memmem(data + 512, end - 512, hint, strlen(hint)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_close int fd = memfd_create("image", MFD_CLOEXEC);
	struct disk_header header;
	struct error err = { 0 };
	uint64_t bytes = 0;
	bool vmdk, ok;

	if (size < 1 || fd < 0)
		return 0;
	vmdk = data[0] & 1;
	if (!write_image(fd, data + 1, size - 1,
			 (UINT64_C(512) << (data[0] >> 1) % 24) - 512))
		return 0;
	ok = vmdk ? vmdk_read(fd, MOST, &header, &bytes, &err) :
		    vhd_read(fd, MOST, &header, &bytes, &err);
	if (!ok) {
		must(err.fault == FAULT_IMPORT_FORMAT && *err.text);
		return 0;
	}
	must(header.virtual_size && header.virtual_size % 512 == 0 &&
	     header.virtual_size <= MOST);
	must(strcmp(header.driver, vmdk ? "vmdk" : "vpc") == 0 ||
	     strcmp(header.driver, "raw") == 0);
	if (vmdk && data[0] < 2)
		check_parent(data + 1, size - 1);
	return 0;
}
