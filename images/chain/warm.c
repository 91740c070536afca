/* warm.c - having a layer's file in memory before somebody reads it */
#include "images/chain/warm.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/chain/chain-private.h"

#define STEP (1ULL << 20) /* a request at a time: more of one is dropped */

bool layer_warm(const struct chain *chain, const char *name, uint64_t most,
		uint64_t *ret_bytes, struct error *err)
{
	auto_close int fd = -1;
	struct stat st;
	off_t data, end = 0;

	*ret_bytes = 0;
	if (!layer_exists(chain, name))
		return true;
	fd = layer_open(chain, name, &st, err);
	if (fd < 0)
		return false;
	while (*ret_bytes < most && (data = lseek(fd, end, SEEK_DATA)) >= 0) {
		end = lseek(fd, data, SEEK_HOLE);
		while (data < end && *ret_bytes < most) {
			uint64_t left = (uint64_t)(end - data);
			uint64_t room = most - *ret_bytes;
			uint64_t size = left < STEP ? left : STEP;

			if (size > room)
				size = room;
			/* advice: what is not taken costs nothing */
			(void)posix_fadvise(fd, data, (off_t)size,
					    POSIX_FADV_WILLNEED);
			data += (off_t)size;
			*ret_bytes += size;
		}
	}
	return true;
}
