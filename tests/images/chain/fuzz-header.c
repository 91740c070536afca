/* fuzz-header.c - libFuzzer upon the parser of foreign headers and tables
 *
 *   clang -std=gnu11 -D_GNU_SOURCE -I. -g -O1 \
 *     -fsanitize=fuzzer,address,undefined tests/images/chain/fuzz-header.c \
 *     images/base/?*.c images/chain/?*.c -lcrypto -ljansson -ldl \
 *     -pthread -o fuzz-header
 *   ./fuzz-header -max_len=8192 -timeout=1 -rss_limit_mb=256 CORPUS
 *
 * The first byte says how much of the file is a hole behind the input and what
 * the image was declared as, so that sizes no input has are reached too. Good
 * seeds are qcow2 files with clusters of 512 bytes, with that byte before.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/base/error.h"
#include "images/chain/chain.h"
#include "images/chain/table.h"

#define MOST (1ULL << 40)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const declared[] = { NULL, "qcow2", "raw", NULL };
	auto_close int fd = memfd_create("image", MFD_CLOEXEC);
	struct disk_header header;
	struct error err = { 0 };
	uint64_t bytes;

	if (size < 1 || fd < 0)
		return 0;
	if (write(fd, data + 1, size - 1) != (ssize_t)(size - 1) ||
	    ftruncate(fd, (off_t)(size - 1) << (data[0] >> 2) % 24) != 0)
		return 0;
	if (!disk_header_read(fd, declared[data[0] & 3], MOST, &header, &err)) {
		if (err.fault != FAULT_IMPORT_FORMAT)
			abort();
		return 0;
	}
	if (header.virtual_size % 512 || header.virtual_size == 0 ||
	    header.virtual_size > MOST + 511)
		abort();
	if (header.format == LAYER_RAW)
		return 0;
	if (tables_check(fd, &header, &bytes, &err)) {
		if (bytes > header.virtual_size)
			abort();
	} else if (err.fault != FAULT_IMPORT_FORMAT) {
		abort();
	}
	return 0;
}
