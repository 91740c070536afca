/* clockfile.c - opening and changing a store's clock
 *
 * The file is mapped at one place that stays for as long as the process lives,
 * over a page of zeros, which is the host's clock: no reader ever finds nothing
 * there, and needs no lock. It is written through a descriptor: memory of a
 * file that cannot be written to the disk would be a signal.
 */
#include "images/base/clockfile.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/base/clock-private.h"
#include "images/base/file.h"

/* Which file is mapped, and how often it was asked for. */
static struct {
	pthread_mutex_t lock;
	void *place;
	dev_t device;
	ino_t inode;
	unsigned users;
} mapped = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* Opens the file whole; who finds it too short was before its maker, or is
 * after one that was killed. */
static int open_whole(const char *path, bool make)
{
	auto_close int fd = open(path,
				 (make ? O_RDWR | O_CREAT : O_RDONLY) |
					 O_CLOEXEC | O_NOFOLLOW,
				 0600);
	static const struct clock_page zeros;
	auto_close int lock = -1;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		return -1;
	if (st.st_size >= (off_t)sizeof(zeros))
		return take_fd(fd);
	if (!make)
		return -1;
	lock = file_lock(path, true);
	if (lock < 0 || fstat(lock, &st) != 0 ||
	    (st.st_size < (off_t)sizeof(zeros) &&
	     pwrite(lock, &zeros, sizeof(zeros), 0) != sizeof(zeros)))
		return -1;
	return take_fd(fd);
}

static bool map(int fd)
{
	int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;

	if (!mapped.place) {
		void *place = mmap(NULL, sizeof(struct clock_page), PROT_READ,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (place == MAP_FAILED)
			return false;
		mapped.place = place;
	}
	if (mmap(mapped.place, sizeof(struct clock_page), PROT_READ,
		 flags | MAP_FIXED, fd, 0) == MAP_FAILED)
		return false;
	__atomic_store_n(&clock_page, mapped.place, __ATOMIC_RELEASE);
	return true;
}

static bool enter(int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return false;
	if (mapped.users)
		return st.st_dev == mapped.device && st.st_ino == mapped.inode;
	mapped.device = st.st_dev;
	mapped.inode = st.st_ino;
	return map(fd);
}

bool clock_enter(const char *path, bool make)
{
	auto_close int fd = open_whole(path, make);
	bool entered;

	if (fd < 0)
		return false;
	pthread_mutex_lock(&mapped.lock);
	entered = enter(fd);
	mapped.users += entered;
	pthread_mutex_unlock(&mapped.lock);
	return entered;
}

void clock_leave(void)
{
	pthread_mutex_lock(&mapped.lock);
	if (--mapped.users == 0)
		(void)map(-1);
	pthread_mutex_unlock(&mapped.lock);
}

static bool read_page(int fd, const char *path, struct clock_page *ret_page,
		      struct error *err)
{
	ssize_t got = pread(fd, ret_page, sizeof(*ret_page), 0);

	if (got < 0)
		return fail_errno(err, "cannot read %s", path);
	if (got < (ssize_t)sizeof(*ret_page))
		*ret_page = (struct clock_page){ .slot = 0 };
	return true;
}

static struct clock_setting setting_of(const struct clock_slot *slot)
{
	return (struct clock_setting){ !slot->set, slot->wall, slot->store,
				       slot->rate };
}

/* With the lock, or read anew until what was read is whole. */
static bool read_slot(int fd, const char *path, struct clock_page *ret_page,
		      struct clock_slot *ret_slot, struct error *err)
{
	for (int tries = 0; tries < SLOT_TRIES; tries++) {
		if (!read_page(fd, path, ret_page, err))
			return false;
		*ret_slot = ret_page->slots[ret_page->slot & 1];
		if (ret_slot->sum == clock_slot_sum(ret_slot))
			return true;
	}
	return fail(err, FAULT_INTERNAL,
		    "%s is damaged: remove it to have the host's clock", path);
}

bool clock_file_read(const char *path, struct clock_setting *ret_setting,
		     struct error *err)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct clock_page page;
	struct clock_slot slot;

	*ret_setting = (struct clock_setting){ .real = true };
	if (fd < 0 && errno == ENOENT)
		return true;
	if (fd < 0)
		return fail_errno(err, "cannot open %s", path);
	if (!read_slot(fd, path, &page, &slot, err))
		return false;
	*ret_setting = setting_of(&slot);
	return true;
}

/* What a slot becomes by a change; its sum is not made yet. */
static bool slot_change(struct clock_slot *slot, enum clock_change change,
			int64_t value, struct error *err)
{
	usec_t wall = clock_wall();
	__int128 store = clock_slot_time(slot, wall);

	if (!slot->set)
		slot->rate = RATE_ONE;
	if (change == CLOCK_SET)
		store = value;
	else if (change == CLOCK_FORWARD)
		store += value;
	else if (change == CLOCK_RATE)
		slot->rate = value;
	if (store < CLOCK_LEAST || store > CLOCK_MOST)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "The clock has the years 1970 to 9999.");
	if (slot->rate < 0 || slot->rate > RATE_MOST)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "The clock runs at 0 to %lld times the host's "
			    "rate.",
			    RATE_MOST / RATE_ONE);
	slot->set = 1;
	slot->wall = wall;
	slot->store = (usec_t)store;
	if (change == CLOCK_REAL)
		*slot = (struct clock_slot){ .set = 0 };
	return true;
}

/* The slot that does not count, then that it does; each is on the disk before
 * what follows. */
static bool write_slot(int fd, const char *path, struct clock_page *page,
		       const struct clock_slot *slot, struct error *err)
{
	uint8_t other = !(page->slot & 1);

	if (pwrite(fd, slot, sizeof(*slot),
		   (off_t)(offsetof(struct clock_page, slots) +
			   other * sizeof(*slot))) != sizeof(*slot) ||
	    fdatasync(fd) != 0 || pwrite(fd, &other, 1, 0) != 1 ||
	    fdatasync(fd) != 0)
		return fail_errno(err, "cannot write %s", path);
	return parent_sync(path, err);
}

bool clock_file_change(const char *path, enum clock_change change,
		       int64_t value, struct clock_setting *ret_setting,
		       struct error *err)
{
	auto_close int whole = open_whole(path, true);
	auto_close int fd = whole < 0 ? -1 : file_lock(path, true);
	struct clock_page page;
	struct clock_slot slot;

	if (fd < 0)
		return fail_errno(err, "cannot open %s", path);
	if (!read_slot(fd, path, &page, &slot, err) ||
	    !slot_change(&slot, change, value, err))
		return false;
	slot.sum = clock_slot_sum(&slot);
	if (!write_slot(fd, path, &page, &slot, err))
		return false;
	*ret_setting = setting_of(&slot);
	return true;
}
