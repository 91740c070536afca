/* progress.c - stages and the bar on a terminal, silence elsewhere */
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "launcher/cli/progress.h"

/* Makes stderr that descriptor and returns what it was. */
static int redirect(int fd)
{
	int saved = dup(STDERR_FILENO);

	fflush(stderr);
	assert(saved >= 0 && dup2(fd, STDERR_FILENO) >= 0);
	return saved;
}

static void restore(int saved)
{
	fflush(stderr);
	assert(dup2(saved, STDERR_FILENO) >= 0);
	close(saved);
}

/* Returns how long it took. */
static usec_t act(int color)
{
	usec_t start = clock_monotonic();
	struct call call = { .account = "123456789012" };
	struct progress progress;

	progress_attach(&progress, &call, color);
	call.stage(call.watch_data, "began \033[31m");
	call.progress(call.watch_data, 1 << 20, 4 << 20);
	call.progress(call.watch_data, 2 << 20, 4 << 20); /* too soon */
	call.progress(call.watch_data, 4 << 20, 4 << 20); /* the last one */
	call.waiting(call.watch_data, "ssh");
	progress_stage(&progress, "ended %d", 7);
	progress_detach(&progress, &call);
	assert(!call.stage && !call.progress && !call.waiting);
	return clock_monotonic() - start;
}

static void test_pipe(void)
{
	int ends[2];
	int saved;
	char text[64];

	assert(pipe2(ends, O_NONBLOCK) == 0);
	saved = redirect(ends[1]);
	act(0);
	restore(saved);
	assert(read(ends[0], text, sizeof(text)) < 0);
	close(ends[0]);
	close(ends[1]);
}

static void test_terminal(int columns, int color)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	struct winsize size = { .ws_row = 24,
				.ws_col = (unsigned short)columns };
	char text[8192];
	int slave, saved;
	size_t size_read = 0;
	ssize_t got;
	usec_t took;

	assert(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	assert(slave >= 0 && ioctl(master, TIOCSWINSZ, &size) == 0);
	saved = redirect(slave);
	took = act(color);
	restore(saved);
	do {
		/* it arrives in pieces */
		got = read(master, text + size_read,
			   sizeof(text) - 1 - size_read);
		assert(got > 0);
		size_read += (size_t)got;
		text[size_read] = 0;
	} while (!strstr(text, "ended 7\r\n"));
	assert(strstr(text, "[ 0."));
	assert(!strstr(text, "\033[2m[") == (color < 0));
	assert(strstr(text, "began \\x1b[31m\r\n"));
	assert(strstr(text, " 25%"));
	/* unless the machine is too busy to tell */
	assert(took > USEC_PER_SEC / 20 || !strstr(text, " 50%"));
	assert(strstr(text, "100%"));
	assert(strstr(text, "] waiting for ssh\r\033[K"));
	for (char *bar = strchr(text, '\r'); bar; bar = strchr(bar + 1, '\r'))
		assert(strcspn(bar + 1, "\r\n\033") < (size_t)columns);
	close(slave);
	close(master);
}

static void test_size(void)
{
	char text[SIZE_TEXT_SIZE];

	size_text(17, text);
	assert(strcmp(text, "17 B") == 0);
	size_text(1 << 30, text);
	assert(strcmp(text, "1.0 GiB") == 0);
	size_text(312ull << 20, text);
	assert(strcmp(text, "312 MiB") == 0);
	size_text(UINT64_MAX, text);
	assert(strcmp(text, "16 EiB") == 0);
}

int main(void)
{
	test_pipe();
	test_terminal(80, 0);
	test_terminal(30, -1);
	test_terminal(200, -1);
	test_size();
	return 0;
}
