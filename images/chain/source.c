/* source.c - disks as sources of their bytes
 *
 * A foreign image is read under the rules that it is imported by: only while
 * nobody can change it, by a server that sees nothing else.
 */
#include "images/chain/source.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "images/chain/blocks-private.h"
#include "images/chain/chain-private.h"
#include "images/chain/hold.h"
#include "images/chain/qemu.h"
#include "images/chain/table.h"

#define MEMORY_MOST (1024ULL << 20)
#define CPU_LEAST 60
#define CPU_BYTES_PER_SECOND (8ULL << 20)
#define DESCRIPTOR_LEAST 10 /* the server's own begin with 3 */

struct disk_source {
	struct source source;
	struct disk *disk;
};

static struct disk *disk_of(const struct source *source)
{
	return ((const struct disk_source *)source)->disk;
}

static bool next(struct source *source, uint64_t offset, uint64_t *ret_size,
		 bool *ret_data, struct error *err)
{
	struct disk *disk = disk_of(source);

	return disk_next(disk, offset, ret_size, ret_data, err) &&
	       disk_still(disk, err);
}

static bool read_at(struct source *source, void *ret_data, size_t size,
		    uint64_t offset, struct error *err)
{
	struct disk *disk = disk_of(source);

	return disk_read(disk, ret_data, size, offset, err) &&
	       disk_still(disk, err);
}

static void close_all(struct source *source)
{
	disk_close(disk_of(source));
	free(source);
}

static const struct source_ops ops = {
	.next = next,
	.read = read_at,
	.close = close_all,
};

bool source_open_disk(struct disk *disk, struct source **ret_source,
		      struct error *err)
{
	struct disk_source *own = malloc(sizeof(*own));

	if (!own) {
		disk_close(disk);
		return fail_memory(err);
	}
	*own = (struct disk_source){ { &ops, disk_size(disk) }, disk };
	*ret_source = &own->source;
	return true;
}

/* A descriptor that nobody can change the file of; *ret_held when that takes
 * the lease on it. */
static bool hold(struct chain *chain, int fd, const struct disk_header *header,
		 int *ret_fd, bool *ret_held, struct error *err)
{
	enum hold_state state = hold_still(fd);
	auto_close int copy = -1;

	if (state == HOLD_WRITTEN &&
	    (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "the image is open for writing in a process");
	if (state != HOLD_KEPT &&
	    !copy_private(chain, fd, header->file_size, &copy, err))
		return false;
	*ret_held = state == HOLD_KEPT;
	*ret_fd = fcntl(state == HOLD_KEPT ? fd : copy, F_DUPFD_CLOEXEC,
			DESCRIPTOR_LEAST);
	return *ret_fd >= 0 || fail_errno(err, "cannot hold the image");
}

static bool check(int fd, const struct disk_header *header, struct error *err)
{
	struct disk_header again;
	uint64_t bytes;

	if (!disk_header_read(fd, "qcow2", header->virtual_size, &again, err))
		return false;
	if (again.virtual_size != header->virtual_size)
		return fail(err, FAULT_IMPORT_FORMAT,
			    "the image changed after it was checked");
	return tables_check(fd, &again, &bytes, err);
}

bool disk_open_foreign(struct chain *chain, int fd,
		       const struct disk_header *header, struct disk **ret_disk,
		       struct error *err)
{
	static const char *const environment[] = { "LC_ALL=C",
						   "MALLOC_ARENA_MAX=2", NULL };
	auto_close int image = -1;
	bool held = false;
	char node[96];
	const char *const argv[] = { DISK_SERVER, "--read-only", "--image-opts",
				     node, NULL };
	struct process process = {
		.argv = argv,
		.keep = &image,
		.keep_count = 1,
		.memory_bytes = MEMORY_MOST,
		.cpu_seconds = CPU_LEAST +
			       header->virtual_size / CPU_BYTES_PER_SECOND,
		.untrusted = true,
		.environment = environment,
	};

	if (!hold(chain, fd, header, &image, &held, err) ||
	    !check(image, header, err))
		return false;
	snprintf(node, sizeof(node),
		 "driver=qcow2,file.driver=file,file.filename=/proc/self/fd/%d",
		 image);
	if (!disk_start("the image", &process, ret_disk, err))
		return false;
	if (held)
		disk_hold(*ret_disk, take_fd(image));
	return true;
}
