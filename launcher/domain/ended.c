/* ended.c - why a machine that is gone has ended
 *
 * libvirt's daemon forgets a transient domain with its end, but its log of
 * that domain keeps the reason. No log, no evidence.
 */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "images/base/auto.h"
#include "images/base/buf.h"
#include "launcher/domain/domain.h"
#include "launcher/domain/embed.h"

#define TAIL 4096

/* Under the embedded driver QEMU stays when its guest has powered off, and
 * machine_state() says MACHINE_OFF; unless a driver was awake that moment, to
 * change the machine's disks. It wrote its log in the machine's home, which is
 * named after the UUID. */
static char *embedded_log(const char *uri, const char *id)
{
	auto_free char *root = embed_root(uri);
	DIR *dir = root ? opendir(root) : NULL;
	struct dirent *entry;
	char *found = NULL;

	while (dir && !found && (entry = readdir(dir))) {
		auto_free char *path = format_text("%s/%s/log/qemu/%s.log",
						   root, entry->d_name, id);

		if (path && access(path, F_OK) == 0)
			found = take(path);
	}
	if (dir)
		closedir(dir);
	return found;
}

/* Where the libvirt behind a URI writes its log of a domain. */
static char *log_path(const char *uri, const char *id)
{
	const char *home = getenv("HOME");
	const char *cache = getenv("XDG_CACHE_HOME");

	if (strncmp(uri, "qemu:///embed", 13) == 0)
		return embedded_log(uri, id);
	if (strcmp(uri, "qemu:///system") == 0)
		return format_text("/var/log/libvirt/qemu/%s.log", id);
	if (cache && *cache)
		return format_text("%s/libvirt/qemu/log/%s.log", cache, id);
	return home ? format_text("%s/.cache/libvirt/qemu/log/%s.log", home,
				  id) :
		      NULL;
}

/* The last place of a word in a text; NULL when it is not there. */
static const char *last_of(const char *text, const char *word)
{
	const char *last = NULL;

	for (const char *at = text; (at = strstr(at, word)); at++)
		last = at;
	return last;
}

/* What is said about a machine's last run; NULL when nothing is: it goes on, or
 * libvirt has not written it yet. */
static const char *reason(const char *text)
{
	const char *last = last_of(text, "shutting down, reason=");
	const char *started = last_of(text, "starting up libvirt version");

	/* an earlier run's end is none of this one */
	return last && started && last < started ? NULL : last;
}

/* Reads the end of libvirt's log of a machine. */
static void read_tail(const char *uri, const char *id, char ret_text[TAIL + 1])
{
	auto_free char *path = log_path(uri, id);
	auto_close int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	struct stat st;
	ssize_t got = -1;

	if (fd >= 0 && fstat(fd, &st) == 0)
		got = pread(fd, ret_text, TAIL,
			    st.st_size > TAIL ? st.st_size - TAIL : 0);
	ret_text[got > 0 ? got : 0] = 0;
}

bool machine_end_told(const char *uri, const char *id)
{
	char text[TAIL + 1];

	read_tail(uri, id, text);
	return reason(text);
}

bool machine_shut_down(const char *uri, const char *id)
{
	static const char mark[] = "shutting down, reason=shutdown";
	char text[TAIL + 1];
	const char *last, *signalled, *started;

	read_tail(uri, id, text);
	last = reason(text);
	if (!last || strncmp(last, mark, sizeof(mark) - 1) != 0)
		return false;
	/* a QEMU that somebody ended by a signal shuts down, too, but says so
	 */
	signalled = last_of(text, "terminating on signal");
	started = last_of(text, "starting up libvirt version");
	return !signalled || (started && signalled < started);
}
