/* session.h - a user's own daemon, which libvirt starts
 *
 * With nothing but a home directory: no systemd, no XDG_RUNTIME_DIR. Under
 * root the test becomes nobody first, for root has no session daemon. The
 * home lies directly in /tmp: libvirt's sockets below it must stay short.
 */
#ifndef QAMI_TESTS_DOMAIN_SESSION_H
#define QAMI_TESTS_DOMAIN_SESSION_H

#include <grp.h>
#include <signal.h>

#include "tests/launcher/domain/testing.h"

#define NOBODY 65534

static char home[] = "/tmp/qs-XXXXXX";

/* The number that a daemon left; 0 if none runs. */
static pid_t daemon_pid(const char *name)
{
	auto_free char *path =
		format_text("%s/.cache/libvirt/%s.pid", home, name);
	auto_buf text = BUF_INIT;
	struct error err = { FAULT_NONE };

	return file_read(path, 64, &text, &err) && atoi(buf_text(&text)) > 1 ?
		       atoi(buf_text(&text)) :
		       0;
}

static void end_daemon(const char *name)
{
	pid_t pid = daemon_pid(name);

	if (pid)
		kill(pid, SIGTERM);
}

static void settle_down(void)
{
	const char *const argv[] = { "rm", "-rf", home, NULL };
	struct error err = { FAULT_NONE };

	end_daemon("libvirtd");
	end_daemon("virtlogd");
	if (!process_run(&(struct process){ .argv = argv }, NULL, &err))
		fprintf(stderr, "%s\n", err.text);
}

/* The test goes on as a user whose home is new; skips where there is no
 * libvirtd. */
static void become_user(void)
{
	if (access("/usr/sbin/libvirtd", X_OK) != 0) {
		fprintf(stderr, "no libvirtd (libvirt-daemon)\n");
		exit(77);
	}
	assert(mkdtemp(home));
	if (geteuid() == 0) {
		assert(chown(home, NOBODY, NOBODY) == 0);
		assert(setgroups(0, NULL) == 0 && setgid(NOBODY) == 0 &&
		       setuid(NOBODY) == 0);
	}
	setenv("HOME", home, 1);
	setenv("TMPDIR", home, 1);
	unsetenv("XDG_RUNTIME_DIR");
	unsetenv("XDG_CACHE_HOME");
	unsetenv("XDG_CONFIG_HOME");
	assert(chdir(home) == 0);
	atexit(settle_down);
}

#endif
