/* home.c - where a machine of the embedded driver lives
 *
 * The turn is a lock on a file in the home, and dies with its holder. A home
 * may be removed while somebody waits for its turn: who then gets the lock of
 * a file that is no longer there tries again.
 */
#include "launcher/domain/home.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "images/base/alias.h"
#include "images/base/buf.h"
#include "images/base/clock.h"
#include "images/base/file.h"
#include "images/base/log.h"
#include "launcher/domain/accel.h"
#include "launcher/domain/lift.h"
#include "launcher/domain/proc.h"
#include "launcher/domain/tree.h"
#include "launcher/domain/xml.h"

#define POLL_USEC 5000
#define NAME_DIGITS 12 /* of the UUID's end */

/* The longest path that libvirt binds a socket to, below a home. */
#define SOCKET_TAIL "/lib/qemu/domain-1-i-0123456789abcdef0/monitor.sock"

/* More than the largest pid_max of Linux. */
#define NO_PROCESS "4194305"

#define STATUS_MOST (16 << 20)
#define CONF_MOST 4096

/* No virtlogd runs beside an embedded driver: QEMU's console goes to the file
 * itself. Nobody would remove a cgroup, or give back an owner noted in xattrs,
 * when a machine ends while no driver is awake. */
static const char qemu_conf[] = "# written by qami; changes are lost\n"
				"stdio_handler = \"file\"\n"
				"cgroup_controllers = [ ]\n"
				"remember_owner = 0\n";

/* A home is named by the last digits of its machine's UUID. */
static const char *home_name(const char *uuid)
{
	size_t size = strlen(uuid);

	return uuid + (size > NAME_DIGITS ? size - NAME_DIGITS : 0);
}

char *home_path(const char *root, const char *uuid)
{
	static const size_t most =
		sizeof(((struct sockaddr_un *)NULL)->sun_path) -
		sizeof(SOCKET_TAIL) - NAME_DIGITS - 1;
	auto_free char *alias = NULL;

	if (strlen(root) <= most)
		return format_text("%s/%s", root, home_name(uuid));
	alias = alias_make(root);
	return alias ? format_text("%s/%s", alias, home_name(uuid)) : NULL;
}

bool home_exists(const char *root, const char *uuid)
{
	auto_free char *path = format_text("%s/%s", root, home_name(uuid));

	return path && access(path, F_OK) == 0;
}

/* Tries once; -1 with errno EAGAIN when it is somebody else's turn, or the
 * home went away meanwhile. */
static int turn_try(const char *home, bool *ret_fresh)
{
	auto_free char *path = format_text("%s/turn", home);
	auto_close int fd = -1;
	struct stat mine, there;

	if (!path)
		return -1;
	*ret_fresh = mkdir(home, 0711) == 0;
	if (*ret_fresh && chmod(home, 0711) != 0)
		return -1;
	if (!*ret_fresh && errno != EEXIST)
		return -1;
	fd = file_lock(path, false);
	if (fd < 0) {
		if (errno == ENOENT)
			errno = EAGAIN;
		return -1;
	}
	if (fstat(fd, &mine) == 0 && stat(path, &there) == 0 &&
	    mine.st_ino == there.st_ino)
		return take_fd(fd);
	errno = EAGAIN;
	return -1;
}

/* The same, by a path that stays when other machines end: -1 without a report
 * when it is worth another try. */
static int turn_at(const char *root, const char *uuid, char **ret_path,
		   bool *ret_fresh, struct error *err)
{
	auto_free char *path = home_path(root, uuid);
	auto_free char *again = NULL;
	auto_close int turn = path ? turn_try(path, ret_fresh) : -1;

	if (path && turn < 0) {
		/* or the link to the root has just been removed */
		if (errno != EAGAIN &&
		    (errno != ENOENT || access(root, F_OK) != 0))
			fail_errno(err, "cannot lock %s/turn", path);
		return -1;
	}
	again = path ? home_path(root, uuid) : NULL;
	if (!again) {
		fail(err, FAULT_INTERNAL,
		     "%s is too long a path for libvirt's sockets", root);
		return -1;
	}
	*ret_path = take(path);
	return take_fd(turn);
}

bool home_open(const char *root, const char *uuid, unsigned wait_ms,
	       struct home *ret_home, struct error *err)
{
	usec_t deadline = clock_monotonic() + wait_ms * 1000LL;
	char *path;
	bool fresh;
	int turn;

	while ((turn = turn_at(root, uuid, &path, &fresh, err)) < 0) {
		if (err->fault)
			return false;
		if (clock_monotonic() >= deadline)
			return fail(err, FAULT_UNAVAILABLE,
				    "another process is busy with the machine "
				    "%s",
				    uuid);
		usleep(POLL_USEC);
	}
	if (!fresh)
		lift_settle(path);
	ret_home->path = path;
	ret_home->turn = turn;
	ret_home->fresh = fresh;
	return true;
}

void home_done(struct home *home)
{
	if (home->turn >= 0)
		close(home->turn);
	free(home->path);
	*home = (struct home)HOME_INIT;
}

/* The link by which a home was reached goes with the last home there. */
static void drop_alias(const char *home)
{
	auto_free char *link =
		strndup(home, (size_t)(strrchr(home, '/') - home));
	char root[PATH_MAX];
	ssize_t size = link ? readlink(link, root, sizeof(root) - 1) : -1;

	if (size < 0)
		return;
	root[size] = 0;
	alias_remove_unused(root);
}

void home_remove(struct home *home)
{
	auto_free char *turn = format_text("%s/turn", home->path);

	if (!turn)
		return;
	lift_drop(home->path);
	/* the turn goes last: without it another would think it is his */
	tree_empty(home->path, "turn");
	unlink(turn);
	rmdir(home->path);
	drop_alias(home->path);
}

static bool is_xml(const char *name)
{
	size_t size = strlen(name);

	return size > 4 && strcmp(name + size - 4, ".xml") == 0;
}

char *home_status_path(const char *home)
{
	auto_free char *path = format_text("%s/run/qemu", home);
	DIR *dir = path ? opendir(path) : NULL;
	struct dirent *entry;
	char *found = NULL;

	while (dir && !found && (entry = readdir(dir)))
		if (is_xml(entry->d_name))
			found = format_text("%s/%s", path, entry->d_name);
	if (dir)
		closedir(dir);
	return found;
}

static xmlDocPtr read_status(const char *home)
{
	auto_free char *path = home_status_path(home);

	return path ? xmlReadFile(path, NULL, XML_OPTIONS) : NULL;
}

xmlDocPtr home_status(const char *home)
{
	xmlDocPtr doc = read_status(home);

	/* who has no turn may find it on its way from memory to the disk */
	return doc ? doc : read_status(home);
}

bool home_has_status(const char *home)
{
	auto_free char *path = home_status_path(home);

	return path;
}

void homes_each(const char *root, bool (*visit)(void *data, xmlNodePtr status),
		void *data)
{
	DIR *dir = opendir(root);
	struct dirent *entry;
	bool more = true;

	while (dir && more && (entry = readdir(dir))) {
		auto_free char *path = NULL;
		xmlDocPtr doc = NULL;

		if (strlen(entry->d_name) == NAME_DIGITS)
			path = format_text("%s/%s", root, entry->d_name);
		if (path)
			doc = home_status(path);
		if (doc)
			more = visit(data, xmlDocGetRootElement(doc));
		xmlFreeDoc(doc);
	}
	if (dir)
		closedir(dir);
}

/* Where libvirt keeps what it learnt about QEMU by running it for seconds:
 * one place for all stores of a user. NULL when there is none to use. */
static char *cache_dir(void)
{
	const char *base = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");
	auto_free char *top = NULL;
	auto_free char *path = NULL;
	struct error ignored = { FAULT_NONE };

	if (base && *base == '/')
		top = strdup(base);
	else if (geteuid() == 0)
		top = strdup("/var/cache");
	else if (home && *home == '/')
		top = format_text("%s/.cache", home);
	path = top ? format_text("%s/qami/libvirt", top) : NULL;
	if (!path || !dir_make(path, 0755, &ignored) || !dir_is_private(path))
		return NULL;
	return take(path);
}

/* Whether a file holds a text. */
static bool is_written(const char *path, const char *text)
{
	auto_buf there = BUF_INIT;
	struct error ignored = { FAULT_NONE };

	return access(path, F_OK) == 0 &&
	       file_read(path, CONF_MOST, &there, &ignored) &&
	       strcmp(buf_text(&there), text) == 0;
}

/* QEMU's memory has disks' keys in it. libvirt's own limit of cores, 0, does
 * not bind a host that pipes them to a program; 1 does, and can be set unless
 * the user may have none anyway. */
static const char *core_conf(void)
{
	struct rlimit core;

	return getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max ?
		       "max_core = 1\n" :
		       "";
}

/* Writes without flushing: what a power failure or a full disk spoils is
 * written again. */
static bool write_conf(const char *home, bool hide_kvm, struct error *err)
{
	auto_free char *path = format_text("%s/etc/qemu.conf", home);
	auto_free char *text =
		format_text("%s%s%s", qemu_conf, core_conf(),
			    hide_kvm ? "namespaces = [ ]\n" : "");
	auto_close int fd = -1;

	if (!path || !text)
		return fail_memory(err);
	if (is_written(path, text))
		return true;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return fail_errno(err, "cannot make %s", path);
	return write_all(fd, text, strlen(text), path, err);
}

/* libvirt probes QEMU as root, but asks whether QEMU's account may use KVM.
 * Where only root may (a container's device with the host's group, say) it
 * finds its knowledge outdated each time it looks, and probes for minutes. Then
 * the driver puts a file that nobody may open over /dev/kvm. (libvirt's own
 * way of giving QEMU a small /dev trips over that.) */
static bool prepare_kvm(const char *home, bool hide, struct error *err)
{
	auto_free char *cover = format_text("%s/" HOME_NO_KVM, home);
	auto_close int fd = -1;

	if (!cover)
		return fail_memory(err);
	if (!hide)
		return file_remove(cover, err);
	fd = open(cover, O_WRONLY | O_CREAT | O_CLOEXEC, 0);
	return fd >= 0 || access(cover, F_OK) == 0 ||
	       fail_errno(err, "cannot make %s", cover);
}

/* Whether the file's machine still runs, by its process. */
static bool is_alive(xmlNodePtr status)
{
	xmlNodePtr uuid = xml_child(xml_child(status, "domain"), "uuid");
	xmlChar *text = uuid ? xmlNodeGetContent(uuid) : NULL;
	xmlChar *pid = status ? xmlGetProp(status, BAD_CAST "pid") : NULL;
	bool alive = text && pid && proc_is(atoi((char *)pid), (char *)text);

	xmlFree(text);
	xmlFree(pid);
	return alive;
}

/* Puts another process number into a status file; false if it has none. */
static bool replace_pid(const char *path, const char *number)
{
	auto_buf text = BUF_INIT, changed = BUF_INIT;
	struct error ignored = { FAULT_NONE };
	auto_close int fd = -1;
	const char *pid, *rest;

	if (!file_read(path, STATUS_MOST, &text, &ignored))
		return false;
	pid = strstr(buf_text(&text), "<domstatus");
	pid = pid ? strstr(pid, " pid='") : NULL;
	rest = pid ? strchr(pid + 6, '\'') : NULL;
	if (!rest)
		return false;
	buf_add(&changed, text.data, (size_t)(pid + 6 - text.data));
	buf_str(&changed, number);
	buf_str(&changed, rest);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW);
	return fd >= 0 && !changed.broken &&
	       write_all(fd, changed.data, changed.size, path, &ignored);
}

/* When libvirt finds that a machine has ended it kills the process that the
 * status file names, and waits for it to be gone. But after a reboot of the
 * host the number may be somebody else's, and a zombie may be left lying for
 * seconds by a lazy init. So an ended machine gets a number that no process
 * can have; a file that cannot be read is of no use to libvirt either. */
static void disarm(const char *home)
{
	auto_free char *path = home_status_path(home);
	xmlDocPtr doc = path ? xmlReadFile(path, NULL, XML_OPTIONS) : NULL;
	bool alive = doc && is_alive(xmlDocGetRootElement(doc));

	xmlFreeDoc(doc);
	if (path && !alive && !replace_pid(path, NO_PROCESS))
		unlink(path);
}

/* Lets `link` lead to the cache that is in use. No link only makes libvirt
 * learn again what it knew; one to nowhere stops it. */
static bool link_cache(const char *link, struct error *err)
{
	auto_free char *cache = cache_dir();
	char target[PATH_MAX];
	ssize_t size = readlink(link, target, sizeof(target) - 1);

	target[size > 0 ? size : 0] = 0;
	if (cache && strcmp(target, cache) == 0)
		return true;
	unlink(link);
	return !cache || symlink(cache, link) == 0 || errno == EEXIST ||
	       fail_errno(err, "cannot make %s", link);
}

bool home_prepare(const struct home *home, struct error *err)
{
	/* 0711 whatever the umask: under root, QEMU runs as another user and
	 * finds its sockets and keys below lib/ */
	static const char *const dirs[] = { "cache", "lib", "log", "run",
					    "etc" };
	auto_free char *link = format_text("%s/cache/qemu", home->path);
	bool hide = kvm_is_roots_only();

	if (!link)
		return fail_memory(err);
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		auto_free char *dir = format_text("%s/%s", home->path, dirs[i]);

		if (!dir)
			return fail_memory(err);
		if (!dir_make(dir, 0711, err))
			return false;
	}
	if (chmod(home->path, 0711) != 0)
		return fail_errno(err, "cannot open %s to QEMU", home->path);
	disarm(home->path);
	/* later there may be no room for it */
	if (!lift_prepare(home->path))
		log_debug("%s: cannot prepare for a full disk", home->path);
	return link_cache(link, err) && prepare_kvm(home->path, hide, err) &&
	       write_conf(home->path, hide, err);
}

bool home_make_room(const struct home *home, struct error *err)
{
	xmlDocPtr doc;
	bool alive;

	if (lift(home->path))
		return true;
	doc = home_status(home->path);
	alive = doc && is_alive(xmlDocGetRootElement(doc));
	xmlFreeDoc(doc);
	return !alive || fail(err, FAULT_VOLUME_CAPACITY,
			      "the disk of %s is full: its machine is left "
			      "alone",
			      home->path);
}

void home_settle(const struct home *home)
{
	lift_settle(home->path);
}
