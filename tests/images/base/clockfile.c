/* clockfile.c - a store's clock: what it shows, and that nobody finds it half
 * changed
 */
#include "images/base/clockfile.h"

#include <assert.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define DAY (86400 * USEC_PER_SEC)
#define SLACK (60 * USEC_PER_SEC) /* a test may be held up */

static char path[4096];

static void change(enum clock_change what, int64_t value)
{
	struct clock_setting setting;
	struct error err = { FAULT_NONE };

	assert(clock_file_change(path, what, value, &setting, &err));
}

static void refused(enum clock_change what, int64_t value)
{
	struct clock_setting setting;
	struct error err = { FAULT_NONE };

	assert(!clock_file_change(path, what, value, &setting, &err));
	assert(err.fault == FAULT_INVALID_PARAMETER);
}

static struct clock_setting setting(void)
{
	struct clock_setting got;
	struct error err = { FAULT_NONE };

	assert(clock_file_read(path, &got, &err));
	return got;
}

static bool near(usec_t time, usec_t wanted)
{
	return time >= wanted && time < wanted + SLACK;
}

static bool is_real(void)
{
	usec_t before = clock_wall(), now = clock_now(), after = clock_wall();

	return before <= now && now <= after;
}

static void test_settings(void)
{
	usec_t start;

	assert(setting().real);
	assert(!clock_enter(path, false)); /* there is none to read */
	assert(is_real());
	assert(clock_enter(path, true));
	assert(is_real());

	change(CLOCK_FORWARD, 30 * DAY);
	assert(near(clock_now(), clock_wall() + 30 * DAY - SLACK / 2));
	change(CLOCK_SET, 1000 * DAY);
	assert(near(clock_now(), 1000 * DAY));
	change(CLOCK_RATE, 0);
	start = clock_now();
	usleep(2000);
	assert(clock_now() == start && near(start, 1000 * DAY));
	change(CLOCK_FORWARD, 7);
	assert(clock_now() == start + 7);
	change(CLOCK_SET, 5 * DAY); /* back, and still it stands */
	assert(clock_now() == 5 * DAY);
	assert(!setting().real && setting().rate == 0);

	change(CLOCK_RATE, 3600 * RATE_ONE);
	usleep(100000);
	assert(clock_now() >= 5 * DAY + 360 * USEC_PER_SEC);
	change(CLOCK_RATE, RATE_ONE);
	assert(setting().rate == RATE_ONE && clock_now() < 400 * DAY);
	change(CLOCK_REAL, 0);
	assert(setting().real && is_real());
	clock_leave();
}

static void test_limits(void)
{
	assert(clock_enter(path, false));
	refused(CLOCK_SET, CLOCK_MOST + 1);
	refused(CLOCK_SET, -1);
	refused(CLOCK_FORWARD, CLOCK_MOST);
	refused(CLOCK_FORWARD, INT64_MAX);
	refused(CLOCK_RATE, -1);
	refused(CLOCK_RATE, RATE_MOST + 1);
	assert(setting().real && is_real());
	change(CLOCK_SET, CLOCK_MOST - 1);
	change(CLOCK_RATE, RATE_MOST);
	usleep(1000);
	assert(clock_now() == CLOCK_MOST); /* and there it stays */
	change(CLOCK_REAL, 0);
	clock_leave();
}

/* A process has one; it may have it several times. */
static void test_users(void)
{
	char other[4200];

	snprintf(other, sizeof(other), "%s.other", path);
	assert(clock_enter(path, true) && clock_enter(path, true));
	assert(!clock_enter(other, true));
	change(CLOCK_SET, DAY);
	clock_leave();
	assert(near(clock_now(), DAY));
	clock_leave();
	assert(is_real());
	assert(clock_enter(other, true) && is_real());
	clock_leave();
	assert(clock_enter(path, true) && near(clock_now(), DAY));
	change(CLOCK_REAL, 0);
	clock_leave();
}

/* One that was cut short, as a full disk or a kill leaves it, is the host's;
 * and one that is damaged is, which is said. */
static void test_damaged(void)
{
	struct clock_setting got;
	struct error err = { FAULT_NONE };
	struct stat st;
	int fd;

	assert(truncate(path, 0) == 0);
	assert(setting().real && !clock_enter(path, false));
	assert(clock_enter(path, true) && is_real());
	assert(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
	change(CLOCK_SET, DAY);
	fd = open(path, O_WRONLY);
	assert(fd >= 0 && pwrite(fd, "damage", 6, 64) == 6 &&
	       pwrite(fd, "damage", 6, 104) == 6);
	assert(is_real());
	assert(!clock_file_read(path, &got, &err) &&
	       err.fault == FAULT_INTERNAL && strstr(err.text, path));
	close(fd);
	assert(unlink(path) == 0);
	clock_leave();
}

/* Writers that set it to round times and are killed at any moment, and readers
 * who never see any other. */
static _Atomic bool over;

static void *look(void *data)
{
	(void)data;
	while (!atomic_load(&over)) {
		usec_t now = clock_now();

		assert(now % DAY == 0 && now >= DAY && now <= 51 * DAY);
	}
	return NULL;
}

static void write_on(unsigned seed)
{
	struct clock_setting got;
	struct error err = { FAULT_NONE };

	for (;;)
		if (!clock_file_change(path, CLOCK_SET,
				       (1 + rand_r(&seed) % 50) * DAY, &got,
				       &err))
			_exit(1);
}

static void test_kills(void)
{
	unsigned seed = 8;
	pthread_t thread;

	assert(clock_enter(path, true));
	change(CLOCK_RATE, 0);
	change(CLOCK_SET, DAY);
	assert(pthread_create(&thread, NULL, look, NULL) == 0);
	for (unsigned i = 0; i < 40; i++) {
		pid_t pids[2];
		int status;

		for (int j = 0; j < 2; j++) {
			pids[j] = fork();
			assert(pids[j] >= 0);
			if (!pids[j])
				write_on(2 * i + (unsigned)j);
		}
		usleep((useconds_t)(rand_r(&seed) % 20000));
		for (int j = 0; j < 2; j++) {
			assert(kill(pids[j], SIGKILL) == 0);
			assert(waitpid(pids[j], &status, 0) == pids[j]);
			assert(WIFSIGNALED(status));
		}
		/* whole, on the disk as in memory, and writable */
		assert(setting().store == clock_now());
		change(CLOCK_FORWARD, DAY);
		change(CLOCK_SET, 50 * DAY);
	}
	atomic_store(&over, true);
	assert(pthread_join(thread, NULL) == 0);
	clock_leave();
}

int main(void)
{
	snprintf(path, sizeof(path), "%s/clock", getenv("TMPDIR"));
	test_settings();
	test_limits();
	test_users();
	test_damaged();
	test_kills();
	return 0;
}
