/* confine.c - how long the process that libguestfs runs in may take: of
 * processors so much, on the clock more, for a busy host is not its fault */
#include <assert.h>
#include <string.h>
#include <unistd.h>

#include "launcher/domain/confine.c"

/* The library itself has no part in this. */
guestfs_h *guestfs_create_flags(unsigned flags, ...)
{
	(void)flags;
	return NULL;
}

void guestfs_close(guestfs_h *g)
{
	(void)g;
}

void guestfs_set_error_handler(guestfs_h *g, guestfs_error_handler_cb callback,
			       void *data)
{
	(void)g;
	(void)callback;
	(void)data;
}

#define STUB(NAME, ...)                \
	int NAME(guestfs_h *g, __VA_ARGS__) \
	{                              \
		(void)g;               \
		return -1;             \
	}
#pragma GCC diagnostic ignored "-Wunused-parameter"
STUB(guestfs_set_autosync, int wanted)
STUB(guestfs_set_tmpdir, const char *path)
STUB(guestfs_set_backend, const char *name)
STUB(guestfs_set_backend_setting, const char *name, const char *value)
STUB(guestfs_set_network, int wanted)

/* Longer on the clock than it may take of a processor. */
static void wait_long(void *data, int out)
{
	(void)data;
	sleep(2);
	assert(write(out, "done", 4) == 4);
}

/* A child's child, as the appliance is, never ends by itself. */
static void spin(void *data, int out)
{
	volatile unsigned turns = 0;

	(void)data;
	(void)out;
	if (fork() == 0)
		for (;;)
			turns++;
	pause();
}

/* Several do that for as long as each of them may, and something is said all
 * the time. */
static void spin_and_tell(void *data, int out)
{
	volatile unsigned turns = 0;

	(void)data;
	for (int i = 0; i < 4; i++)
		if (fork() == 0)
			for (;;)
				turns++;
	while (waitpid(-1, NULL, WNOHANG) >= 0)
		usleep(write(out, ".", 1) == 1 ? 10000 : 0);
}

static bool in_time(void (*work)(void *data, int out), struct buf *ret_said)
{
	const struct confined confined = {
		.work = work,
		.cpu_seconds = 1,
		.file_bytes = 4096,
	};
	struct error err = { FAULT_NONE };
	bool ended;

	assert(confine_run(&confined, ret_said, &ended, &err));
	return ended;
}

int main(void)
{
	auto_buf said = BUF_INIT, nothing = BUF_INIT;

	assert(in_time(wait_long, &said));
	assert(strcmp(buf_text(&said), "done") == 0);
	assert(!in_time(spin, &nothing));
	assert(!in_time(spin_and_tell, &nothing));
	assert(nothing.size > 0);
	return 0;
}
