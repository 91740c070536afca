/* grow.c - making a layer larger
 *
 * qemu-img writes the new table of tables beside the old one, then the header
 * that points to it, then the size: killed in between, the layer is as large
 * as it was, or as it shall be, and what it holds is the same.
 */
#include <fcntl.h>
#include <inttypes.h>

#include "images/base/auto.h"
#include "images/chain/chain-private.h"
#include "images/chain/empty.h"
#include "images/chain/qemu.h"

/* What qemu-img wrote reaches the disk before anybody hears of it. */
static bool flush(const struct chain *chain, const char *name,
		  struct error *err)
{
	auto_close int fd =
		openat(chain->fd, name,
		       O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 || fsync(fd) != 0)
		return fail_errno(err, "cannot flush %s", name);
	return true;
}

bool layer_grow(struct chain *chain, const char *name, uint64_t size,
		struct error *err)
{
	const struct layer_ref layer = { name, LAYER_QCOW2 };
	uint64_t now;

	if (!layer_name_check(name, err) ||
	    !layer_size_read(chain->fd, &layer, &now, err))
		return false;
	if (size > EMPTY_SIZE_MOST)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "a disk of %" PRIu64 " bytes is too large", size);
	size = sectors_up(size);
	if (now >= size)
		return true;
	return qemu_resize(chain, name, size, err) && flush(chain, name, err);
}
