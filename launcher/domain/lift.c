/* lift.c - a home's run directory in memory, while the disk is full
 *
 * The link to the place in memory is made when the home is, and its name drawn
 * then: on a full disk there may be no room for a link, and a place whose name
 * nobody wrote down before it was made would be left behind by a kill.
 */
#include "launcher/domain/lift.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/base/buf.h"
#include "images/base/file.h"
#include "images/base/id.h"
#include "images/base/log.h"
#include "launcher/domain/tree.h"

#define MEMORY "/dev/shm"
#define PLACE MEMORY "/qami-"
#define PLACE_SIZE 64

/* More than guests write while a driver is awake. */
#define PLENTY (1ULL << 30)
/* What a driver writes at most, many times over. A quota does not show in the
 * file system's figures, but when so much is asked for. */
#define ENOUGH (16ULL << 20)

/* The two names of a home. */
struct names {
	char *run;
	char *lifted;
};

static void names_done(struct names *names)
{
	free(names->run);
	free(names->lifted);
}

#define auto_names __attribute__((cleanup(names_done))) struct names

static bool names_init(struct names *names, const char *home)
{
	names->run = format_text("%s/run", home);
	names->lifted = format_text("%s/lifted", home);
	return names->run && names->lifted;
}

/* Where a link leads; false if it is none of ours. */
static bool read_place(const char *link, char ret_place[PLACE_SIZE])
{
	char place[PLACE_SIZE];
	ssize_t size = readlink(link, place, sizeof(place) - 1);

	if (size < 0)
		return false;
	place[size] = 0;
	memcpy(ret_place, place, (size_t)size + 1);
	return strncmp(place, PLACE, strlen(PLACE)) == 0 &&
	       !strchr(place + strlen(PLACE), '/');
}

static bool is_lifted(const struct names *names, char ret_place[PLACE_SIZE])
{
	return read_place(names->run, ret_place);
}

static bool exchange(const struct names *names)
{
	return renameat2(AT_FDCWD, names->run, AT_FDCWD, names->lifted,
			 RENAME_EXCHANGE) == 0;
}

static bool link_new(const char *path)
{
	char place[PLACE_SIZE];
	uint64_t number;

	random_bytes(&number, sizeof(number));
	snprintf(place, sizeof(place), PLACE "%016" PRIx64, number);
	return symlink(place, path) == 0;
}

bool lift_prepare(const char *home)
{
	auto_names names = { NULL };
	struct stat st;

	return names_init(&names, home) &&
	       (lstat(names.lifted, &st) == 0 || link_new(names.lifted));
}

/* Whether somebody who knows no turn (virsh by hand) has the driver awake. */
static bool is_awake(const struct names *names)
{
	auto_free char *path = format_text("%s/driver.pid", names->run);
	auto_close int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fd >= 0 && fcntl(fd, F_OFD_GETLK, &lock) == 0 &&
	       lock.l_type != F_UNLCK;
}

/* Whether so much may be written beside a path. */
static bool can_grow(const char *beside)
{
	auto_free char *path = format_text("%s.room", beside);
	auto_close int fd = -1;

	if (!path)
		return false;
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	return fd >= 0 && unlink(path) == 0 &&
	       (fallocate(fd, 0, 0, ENOUGH) == 0 || errno == EOPNOTSUPP);
}

static bool has_room(const char *path, uint64_t least)
{
	struct statvfs fs;

	return statvfs(path, &fs) == 0 &&
	       (geteuid() == 0 ? fs.f_bfree : fs.f_bavail) * fs.f_frsize >=
		       least &&
	       can_grow(path);
}

static bool memory_has_room(void)
{
	struct statfs fs;

	return statfs(MEMORY, &fs) == 0 && fs.f_type == TMPFS_MAGIC &&
	       /* 0 blocks: as many as there is memory */
	       (!fs.f_blocks || fs.f_bavail * (uint64_t)fs.f_bsize >= ENOUGH);
}

/* Makes the place that the link names; one that is somebody else's is left to
 * him, and the link made anew. */
static bool make_place(const char *link, char ret_place[PLACE_SIZE])
{
	for (int tries = 0; tries < 2; tries++) {
		if (read_place(link, ret_place) && mkdir(ret_place, 0711) == 0)
			return chmod(ret_place, 0711) == 0;
		if (unlink(link) != 0 || !link_new(link))
			return false;
	}
	return false;
}

/* From the disk to memory. */
static bool bring_up(const struct names *names)
{
	struct error err = { FAULT_NONE };
	char place[PLACE_SIZE];

	if (!memory_has_room() || is_awake(names) ||
	    !make_place(names->lifted, place))
		return false;
	if (tree_mirror(names->run, place, &err) && exchange(names))
		return true;
	log_debug("%s cannot be lifted: %s", names->run,
		  err.fault ? err.text : strerror(errno));
	tree_remove(place);
	return false;
}

bool lift(const char *home)
{
	auto_names names = { NULL };
	char place[PLACE_SIZE];

	if (!names_init(&names, home))
		return false;
	if (is_lifted(&names, place))
		return memory_has_room();
	return has_room(names.run, PLENTY) || bring_up(&names) ||
	       has_room(names.run, 2 * ENOUGH);
}

/* From memory to the disk. */
static bool bring_back(const struct names *names, const char *place)
{
	struct error err = { FAULT_NONE };

	if (dir_is_private(place) && !tree_mirror(place, names->lifted, &err)) {
		log_debug("%s stays lifted: %s", names->run, err.text);
		return false;
	}
	return exchange(names);
}

void lift_settle(const char *home)
{
	auto_names names = { NULL };
	char place[PLACE_SIZE];

	if (!names_init(&names, home))
		return;
	if (is_lifted(&names, place)) {
		if (is_awake(&names) || !bring_back(&names, place))
			return;
	} else if (!read_place(names.lifted, place)) {
		return;
	}
	if (dir_is_private(place))
		tree_remove(place);
}

void lift_drop(const char *home)
{
	auto_names names = { NULL };
	char place[PLACE_SIZE];

	if (names_init(&names, home) &&
	    (is_lifted(&names, place) || read_place(names.lifted, place)) &&
	    dir_is_private(place))
		tree_remove(place);
}
