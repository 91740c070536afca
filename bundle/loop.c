/* loop.c - loop devices by the kernel's calls, with the flag that ends them */
#include "bundle/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/blkpg.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "images/base/auto.h"
#include "images/base/file.h"
#include "images/base/process.h"

#define LOOP_MAJOR 7
#define TRIES 16 /* others take free devices, too */

/* Opens the device that knows which ones are free. */
static bool open_control(const char *directory, int *ret_fd, struct error *err)
{
	const char *const argv[] = { "modprobe", "loop", NULL };
	auto_free char *path = format_text("%s/loop-control", directory);
	struct error ignored = { FAULT_NONE };

	if (!path)
		return fail_memory(err);
	if (mknod(path, S_IFCHR | 0600, makedev(10, 237)) != 0 &&
	    errno != EEXIST)
		return fail_errno(err, "cannot make a device node");
	*ret_fd = open(path, O_RDWR | O_CLOEXEC);
	if (*ret_fd < 0 &&
	    process_run(&(struct process){ .argv = argv }, NULL, &ignored))
		*ret_fd = open(path, O_RDWR | O_CLOEXEC);
	return *ret_fd >= 0 ||
	       fail(err, FAULT_UNSUPPORTED,
		    "this kernel has no loop devices, which a disk is made by");
}

/* Gives a device its file by one call: who is killed between two would leave it
 * without the flag that ends it. Kernels before 5.8 have but the two. */
static bool configure(int loop, int fd, const struct loop_info64 *info)
{
	const struct loop_config config = { .fd = (unsigned)fd, .info = *info };
	int saved;

	if (ioctl(loop, LOOP_CONFIGURE, &config) == 0)
		return true;
	if ((errno != EINVAL && errno != ENOTTY) ||
	    ioctl(loop, LOOP_SET_FD, fd) != 0)
		return false;
	if (ioctl(loop, LOOP_SET_STATUS64, info) == 0)
		return true;
	saved = errno;
	ioctl(loop, LOOP_CLR_FD, 0);
	errno = saved == EAGAIN ? EBUSY : saved;
	return false;
}

/* Takes a free device; false with errno EBUSY when somebody else was faster. */
static bool take_device(int fd, const char *path, unsigned number,
			const struct loop_info64 *info, int *ret_fd)
{
	auto_close int loop = -1;

	if (mknod(path, S_IFBLK | 0600, makedev(LOOP_MAJOR, number)) != 0 &&
	    errno != EEXIST)
		return false;
	loop = open(path, O_RDWR | O_CLOEXEC);
	if (loop < 0 || !configure(loop, fd, info))
		return false;
	*ret_fd = take_fd(loop);
	return true;
}

static bool attach(int fd, const struct loop_info64 *info,
		   const char *directory, char **ret_path, int *ret_fd,
		   struct error *err)
{
	auto_close int control = -1;

	if (!open_control(directory, &control, err))
		return false;
	for (int i = 0; i < TRIES; i++) {
		int number = ioctl(control, LOOP_CTL_GET_FREE);
		auto_free char *path =
			format_text("%s/loop%d", directory, number);

		if (number < 0)
			break;
		if (!path)
			return fail_memory(err);
		if (take_device(fd, path, (unsigned)number, info, ret_fd)) {
			*ret_path = take(path);
			return true;
		}
		if (errno != EBUSY)
			break;
	}
	return fail_errno(err, "cannot get a loop device");
}

bool loop_attach(int fd, uint64_t offset, uint64_t size, const char *directory,
		 char **ret_path, int *ret_fd, struct error *err)
{
	const struct loop_info64 info = {
		.lo_offset = offset,
		.lo_sizelimit = size,
		.lo_flags = LO_FLAGS_AUTOCLEAR,
	};

	return attach(fd, &info, directory, ret_path, ret_fd, err);
}

/* Makes a partition's node. A kernel that cannot read its table, or has not
 * yet, is told of it. */
static bool add_partition(int loop, unsigned partition, uint64_t offset,
			  uint64_t size, const char *node, const char *name,
			  struct error *err)
{
	struct blkpg_partition part = {
		.start = (long long)offset,
		.length = (long long)size,
		.pno = (int)partition,
	};
	struct blkpg_ioctl_arg arg = {
		.op = BLKPG_ADD_PARTITION,
		.datalen = sizeof(part),
		.data = &part,
	};
	auto_free char *sys =
		format_text("/sys/block/%s/%sp%u/dev", name, name, partition);
	unsigned first, second;
	auto_buf text = BUF_INIT;

	if (!sys)
		return fail_memory(err);
	if (ioctl(loop, BLKPG, &arg) != 0 && errno != EBUSY)
		return fail_errno(err, "cannot add a partition");
	if (!file_read(sys, 64, &text, err))
		return false;
	if (sscanf(buf_text(&text), "%u:%u", &first, &second) != 2)
		return fail(err, FAULT_INTERNAL, "%s cannot be read", sys);
	return mknod(node, S_IFBLK | 0600, makedev(first, second)) == 0 ||
	       fail_errno(err, "cannot make a device node");
}

bool loop_attach_disk(int fd, unsigned partition, uint64_t offset,
		      uint64_t size, const char *directory, char **ret_disk,
		      char **ret_path, int *ret_fd, struct error *err)
{
	const struct loop_info64 info = {
		.lo_flags = LO_FLAGS_AUTOCLEAR | LO_FLAGS_PARTSCAN,
	};
	auto_free char *disk = NULL, *path = NULL;
	auto_close int loop = -1;

	if (!attach(fd, &info, directory, &disk, &loop, err))
		return false;
	path = format_text("%sp%u", disk, partition);
	if (!path)
		return fail_memory(err);
	if (!add_partition(loop, partition, offset, size, path,
			   strrchr(disk, '/') + 1, err))
		return false;
	*ret_disk = take(disk);
	*ret_path = take(path);
	*ret_fd = take_fd(loop);
	return true;
}
