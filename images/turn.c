/* turn.c - turns are locks on single bytes of run/turns
 *
 * The byte's number is made of the id's own random digits. Open file
 * description locks: they die with the process, and two openings by one
 * process exclude each other as two processes do.
 */
#include "images/turn.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "images/base/auto.h"
#include "images/base/buf.h"
#include "images/base/log.h"

#define STEP_USEC 2000
#define DIGITS 15	       /* of 4 bits: what an off_t holds */
#define PINS ((off_t)1 << 62)  /* no id's byte */
#define WANTS ((off_t)1 << 61) /* beside an id's byte: it is waited for */

static off_t turn_byte(const char *id)
{
	const char *digits = strrchr(id, '-');
	off_t byte = 0;

	digits = digits ? digits + 1 : id;
	for (size_t i = 0; i < DIGITS && digits[i]; i++)
		byte = byte * 16 + (digits[i] <= '9' ? digits[i] - '0' :
						       digits[i] - 'a' + 10);
	return byte;
}

static int turn_order(const void *left, const void *right)
{
	const off_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

static struct flock one_byte(short type, off_t byte)
{
	return (struct flock){
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = byte,
		.l_len = 1,
	};
}

/* Says, or no longer says, that a byte is waited for. */
static void turn_want(int fd, short type, off_t byte)
{
	struct flock lock = one_byte(type, byte | WANTS);

	/* who has it does not see us then, and keeps us waiting: no harm */
	if (fcntl(fd, F_OFD_SETLK, &lock) != 0)
		log_debug("turns: %s", strerror(errno));
}

static bool turn_lock(int fd, short type, off_t byte, usec_t end,
		      struct error *err)
{
	struct flock lock = one_byte(type, byte);
	bool waits = false;

	while (fcntl(fd, F_OFD_SETLK, &lock) != 0) {
		if (errno != EAGAIN && errno != EACCES)
			return fail_errno(err, "cannot take a turn");
		if (clock_monotonic() >= end)
			return fail(err, FAULT_UNAVAILABLE,
				    "Another operation on the volume is still "
				    "at work. Please try again later.");
		if (!waits)
			turn_want(fd, F_RDLCK, byte);
		waits = true;
		usleep(STEP_USEC);
	}
	if (waits)
		turn_want(fd, F_UNLCK, byte);
	return true;
}

static int turn_open(struct call *call, struct error *err)
{
	auto_free char *path = store_path(call->store, "run/turns");
	int fd;

	if (!path) {
		fail_memory(err);
		return -1;
	}
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		fail_errno(err, "cannot open %s", path);
	return fd;
}

bool turn_take(struct call *call, const char *const *ids, size_t count,
	       unsigned wait_ms, struct turn *ret_turn, struct error *err)
{
	auto_free off_t *bytes = calloc(count + 1, sizeof(*bytes));
	usec_t end = clock_monotonic() + wait_ms * 1000LL;
	auto_close int fd = -1;

	if (!bytes)
		return fail_memory(err);
	fd = turn_open(call, err);
	if (fd < 0)
		return false;
	for (size_t i = 0; i < count; i++)
		bytes[i] = turn_byte(ids[i]);
	qsort(bytes, count, sizeof(*bytes), turn_order);
	for (size_t i = 0; i < count; i++)
		if (!turn_lock(fd, F_WRLCK, bytes[i], end, err))
			return false;
	ret_turn->fd = take_fd(fd);
	return true;
}

bool turn_wanted(const struct turn *turn, const char *id)
{
	struct flock lock = one_byte(F_WRLCK, turn_byte(id) | WANTS);

	return fcntl(turn->fd, F_OFD_GETLK, &lock) == 0 &&
	       lock.l_type != F_UNLCK;
}

static bool turn_pins(struct call *call, short type, unsigned wait_ms,
		      struct turn *ret_turn, struct error *err)
{
	usec_t end = clock_monotonic() + wait_ms * 1000LL;
	auto_close int fd = turn_open(call, err);

	if (fd < 0 || !turn_lock(fd, type, PINS, end, err))
		return false;
	ret_turn->fd = take_fd(fd);
	return true;
}

bool turn_pin(struct call *call, struct turn *ret_turn, struct error *err)
{
	return turn_pins(call, F_RDLCK, TURN_WAIT_MS, ret_turn, err);
}

bool turn_unpinned(struct call *call, unsigned wait_ms, struct turn *ret_turn,
		   struct error *err)
{
	return turn_pins(call, F_WRLCK, wait_ms, ret_turn, err);
}
