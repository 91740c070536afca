/* home.c - turns, and what a home must survive */
#include "tests/launcher/domain/testing.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "launcher/domain/home.h"

#define UUID "ec2e1916-9099-4caf-8a21-0123456789ab"
#define OTHER "0123456789ac"

static void put(const char *dir, const char *name, const char *text)
{
	auto_free char *path = format_text("%s/%s", dir, name);
	struct error err = { FAULT_NONE };

	must(file_write(path, text, strlen(text), 0600, &err), &err);
}

static bool there(const char *dir, const char *name)
{
	auto_free char *path = format_text("%s/%s", dir, name);

	return access(path, F_OK) == 0;
}

static void check_turn(const char *root)
{
	auto_home first = HOME_INIT, second = HOME_INIT;
	struct error err = { FAULT_NONE };

	must(home_open(root, UUID, 0, &first, &err), &err);
	assert(!home_open(root, UUID, 50, &second, &err));
	assert(err.fault == FAULT_UNAVAILABLE);
	error_clear(&err);
	/* another machine is another turn */
	must(home_open(root, "other-0123456789ac", 0, &second, &err), &err);
	home_remove(&second);
	home_done(&second);
	/* a turn outlives its home's removal, the next one gets a new home */
	home_remove(&first);
	assert(!there(root, "0123456789ab"));
	home_done(&first);
	must(home_open(root, UUID, 0, &second, &err), &err);
	assert(there(root, "0123456789ab"));
	home_remove(&second);
}

/* A turn dies with its holder, however that ends. */
static void check_death(const char *root)
{
	auto_home home = HOME_INIT;
	struct error err = { FAULT_NONE };
	pid_t pid = fork();

	if (pid == 0) {
		must(home_open(root, UUID, 0, &home, &err), &err);
		kill(getpid(), 9);
	}
	waitpid(pid, NULL, 0);
	must(home_open(root, UUID, 0, &home, &err), &err);
	home_remove(&home);
}

/* Removing a home follows no link out of it. */
static void check_links(const char *store, const char *root)
{
	auto_free char *dir = format_text("%s/precious", store);
	auto_free char *link = NULL;
	auto_home home = HOME_INIT;
	struct error err = { FAULT_NONE };

	must(dir_make(dir, 0700, &err), &err);
	put(dir, "file", "kept");
	must(home_open(root, UUID, 0, &home, &err), &err);
	must(home_prepare(&home, &err), &err);
	link = format_text("%s/lib/link", home.path);
	assert(symlink(dir, link) == 0);
	home_remove(&home);
	assert(!there(root, "0123456789ab"));
	assert(there(dir, "file"));
}

/* What pid the home's status names. */
static int status_pid(const struct home *home)
{
	xmlDocPtr doc = home_status(home->path);
	xmlNodePtr root = xmlDocGetRootElement(doc);
	xmlChar *pid = xmlGetProp(root, BAD_CAST "pid");
	int number = atoi((char *)pid);

	xmlFree(pid);
	xmlFreeDoc(doc);
	return number;
}

/* libvirt must never see the number of a process that is not the machine. */
static void check_disarm(const char *root)
{
	auto_home home = HOME_INIT;
	auto_free char *dir = NULL, *text = NULL;
	struct error err = { FAULT_NONE };

	must(home_open(root, UUID, 0, &home, &err), &err);
	dir = format_text("%s/run/qemu", home.path);
	must(dir_make(dir, 0711, &err), &err);
	text = format_text("<!-- pid='1' -->\n<domstatus state='running' "
			   "pid='%d'>\n<domain><uuid>" UUID
			   "</uuid></domain></domstatus>",
			   (int)getpid());
	put(dir, "i-1.xml", text);
	assert(status_pid(&home) == (int)getpid());
	must(home_prepare(&home, &err), &err);
	assert(status_pid(&home) == 4194305);
	assert(kill(status_pid(&home), 0) != 0);
	/* and nothing that is no status file at all */
	put(dir, "i-1.xml", "<domstatus pid='");
	must(home_prepare(&home, &err), &err);
	assert(!home_has_status(home.path));
	home_remove(&home);
}

/* A root too long for sockets is reached by a short way to the same place. */
static void check_long(const char *store)
{
	auto_free char *root = NULL, *path = NULL, *again = NULL;
	auto_home home = HOME_INIT, other = HOME_INIT;
	struct error err = { FAULT_NONE };
	char byte;

	root = format_text("%s/%0120d", store, 0);
	must(dir_make(root, 0711, &err), &err);
	path = home_path(root, UUID);
	again = home_path(root, UUID);
	assert(path && strlen(path) < 56 && strcmp(path, again) == 0);
	must(home_open(root, UUID, 0, &home, &err), &err);
	assert(there(root, "0123456789ab"));
	/* the short way goes with the last home there, and comes back */
	must(home_open(root, "other-" OTHER, 0, &other, &err), &err);
	home_remove(&home);
	home_done(&home);
	assert(!there(root, "0123456789ab") && there(other.path, "turn"));
	home_remove(&other);
	home_done(&other);
	assert(!there(root, OTHER));
	*strrchr(path, '/') = 0;
	assert(readlink(path, &byte, 1) < 0);
	must(home_open(root, UUID, 0, &home, &err), &err);
	assert(readlink(path, &byte, 1) == 1);
	home_remove(&home);
	assert(readlink(path, &byte, 1) < 0);
	assert(!home_exists(root, UUID) && readlink(path, &byte, 1) < 0);
}

/* Who begins while another ends the last machine keeps the short way. */
static void check_long_race(const char *store)
{
	auto_free char *root = format_text("%s/%0120d", store, 0);
	const char *const uuids[] = { UUID, OTHER };
	struct error err = { FAULT_NONE };
	int status;

	for (size_t i = 0; i < 2; i++) {
		if (fork() != 0)
			continue;
		for (unsigned n = 0; n < 150; n++) {
			auto_home home = HOME_INIT;

			must(home_open(root, uuids[i], WAIT_MS, &home, &err),
			     &err);
			assert(there(home.path, "turn"));
			usleep(n % 7 * 50);
			assert(there(home.path, "turn"));
			home_remove(&home);
		}
		_exit(0);
	}
	for (size_t i = 0; i < 2; i++)
		assert(wait(&status) > 0 && status == 0);
}

int main(void)
{
	auto_free char *store = store_make("h");
	auto_free char *root = format_text("%s/embed", store);
	struct error err = { FAULT_NONE };
	struct stat st;

	umask(077);
	must(dir_make(root, 0711, &err), &err);
	check_turn(root);
	check_death(root);
	check_links(store, root);
	check_disarm(root);
	check_long(store);
	check_long_race(store);
	assert(stat(root, &st) == 0 && (st.st_mode & 0777) == 0711);
	return 0;
}
