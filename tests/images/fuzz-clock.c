/* fuzz-clock.c - libFuzzer upon a store's clock file
 *
 *   clang -std=gnu11 -D_GNU_SOURCE -I. -g -O1 \
 *     -fsanitize=fuzzer,address,undefined tests/images/fuzz-clock.c \
 *     images/base/clock.c images/base/clockfile.c images/base/error.c \
 *     images/base/file.c images/base/buf.c -no-pie \
 *     -Wl,--unresolved-symbols=ignore-all -pthread -o fuzz-clock
 *   ./fuzz-clock -max_len=256 -timeout=5 -rss_limit_mb=512 CORPUS
 *
 * The first nine bytes are a change, the rest is the file. The sums of both
 * slots are put right if the change's third bit says so, for what the sum does
 * not hold off. A clock that can be read shows a year that it has, and one that
 * was changed what it was set to.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/base/clock-private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool right)
{
	if (!right)
		abort();
}

static const char *file(void)
{
	static char path[64];

	if (!*path)
		snprintf(path, sizeof(path), "/dev/shm/fuzz-clock.%d",
			 (int)getpid());
	return path;
}

static void write_file(const uint8_t *data, size_t size, bool right)
{
	auto_close int fd = open(file(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	struct clock_page page = { .slot = 0 };

	if (size < sizeof(page)) {
		must(write(fd, data, size) == (ssize_t)size);
		return;
	}
	memcpy(&page, data, sizeof(page));
	for (int i = 0; right && i < 2; i++)
		page.slots[i].sum = clock_slot_sum(&page.slots[i]);
	must(write(fd, &page, sizeof(page)) == sizeof(page));
}

static bool has_year(usec_t time)
{
	return time >= CLOCK_LEAST && time <= CLOCK_MOST;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct clock_setting setting, now;
	struct error err = { 0 };
	enum clock_change change;
	int64_t value;
	bool entered;

	if (size < 9)
		return 0;
	change = (enum clock_change)(data[0] & 3);
	memcpy(&value, data + 1, sizeof(value));
	write_file(data + 9, size - 9, data[0] & 4);
	entered = clock_enter(file(), data[0] & 8);
	must(has_year(clock_now()));
	if (!clock_file_change(file(), change, value, &setting, &err)) {
		must(err.fault != FAULT_NONE && *err.text);
	} else {
		error_clear(&err);
		must(clock_file_read(file(), &now, &err) &&
		     now.real == setting.real && now.store == setting.store &&
		     now.wall == setting.wall && now.rate == setting.rate);
		must(setting.real == (change == CLOCK_REAL));
		must(change != CLOCK_SET || setting.store == value);
		must(has_year(setting.store) && setting.rate >= 0);
	}
	must(has_year(clock_now()));
	if (entered)
		clock_leave();
	unlink(file());
	return 0;
}
