/* console.c - what a guest says about itself on its console */
#include "launcher/instance/console.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "images/base/digest.h"
#include "images/base/file.h"
#include "launcher/instance/lines.h"
#include "launcher/instance/machine.h"

/* Of a log what is kept of its beginning and its end, and how much there is
 * behind the beginning before it is worth the trouble. Filesystems free whole
 * blocks. */
#define HEAD ((off_t)1 << 20)
#define TAIL ((off_t)2 << 20)
#define TRIM_FROM (2 * TAIL)
#define BLOCK ((off_t)64 << 10)

#define KEYS_MOST 16
#define KNOWN_MOST (KEYS_MOST * (LINE_MOST + ID_SIZE))

/* What an SSH server may have for a host key. */
static const char *const key_types[] = {
	"ssh-ed25519",
	"ssh-rsa",
	"ecdsa-sha2-nistp256",
	"ecdsa-sha2-nistp384",
	"ecdsa-sha2-nistp521",
};
#define KEY_TYPES (sizeof(key_types) / sizeof(key_types[0]))

/* A log on its way into what was said. However much that is, no more than two
 * lists are kept. */
struct hearing {
	struct spoken *spoken;
	bool listing;	  /* between the marks */
	struct buf list;  /* known_hosts' lines */
	struct buf whole; /* the last that had both marks */
	size_t count;
	const char *id;
};

/* The type that a key's own bytes begin with must be the one before them. */
static bool is_blob_of(const uint8_t *blob, size_t size, const char *type)
{
	size_t named = strlen(type);

	return size > 4 + named && !blob[0] && !blob[1] && !blob[2] &&
	       blob[3] == named && memcmp(blob + 4, type, named) == 0;
}

/* "TYPE BASE64 [comment]", written anew; NULL when it is no key. */
static char *read_key(const char *line)
{
	size_t size = strcspn(line, " "), blob_size;
	auto_free void *blob = NULL;
	auto_free char *field = NULL, *again = NULL;
	const char *type = NULL;

	for (size_t i = 0; i < KEY_TYPES; i++)
		if (strlen(key_types[i]) == size &&
		    strncmp(line, key_types[i], size) == 0)
			type = key_types[i];
	if (!type || line[size] != ' ')
		return NULL;
	line += size + 1;
	field = strndup(line, strcspn(line, " "));
	blob = field ? base64_decode(field, &blob_size) : NULL;
	if (!blob || !is_blob_of(blob, blob_size, type))
		return NULL;
	again = base64_encode(blob, blob_size);
	return again ? format_text("%s %s", type, again) : NULL;
}

static void begin_list(struct hearing *hearing)
{
	buf_done(&hearing->list);
	hearing->count = 0;
	hearing->listing = true;
}

static void end_list(struct hearing *hearing)
{
	if (hearing->listing && hearing->count) {
		buf_done(&hearing->whole);
		hearing->whole = hearing->list;
		hearing->list = (struct buf)BUF_INIT;
	}
	hearing->listing = false;
}

/* A line between the marks: a key, or something that came between. */
static void hear_key(struct hearing *hearing, const char *line)
{
	auto_free char *key = read_key(line);

	if (!key || hearing->count == KEYS_MOST)
		return;
	buf_printf(&hearing->list, "%s %s\n", hearing->id, key);
	hearing->count++;
}

/* A name that is one on every system, and no option of a program's. */
static bool is_user(const char *name, size_t size)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyz_";
	static const char rest[] = "abcdefghijklmnopqrstuvwxyz_0123456789-.";

	return size && size <= USER_MOST && strchr(first, name[0]) &&
	       strspn(name, rest) >= size;
}

/* "ci-info: +++Authorized keys from FILE for user NAME+++" */
static void hear_user(struct hearing *hearing, const char *line)
{
	const char *at = strstr(line, "ci-info: ");
	size_t size;

	at = at ? strstr(at, "Authorized keys from ") : NULL;
	at = at ? strstr(at, " for user ") : NULL;
	if (!at)
		return;
	at += strlen(" for user ");
	size = strcspn(at, "+ ");
	if (is_user(at, size))
		snprintf(hearing->spoken->user, sizeof(hearing->spoken->user),
			 "%.*s", (int)size, at);
}

static void hear(void *data, const char *line, bool whole)
{
	struct hearing *hearing = data;

	if (!whole)
		return;
	/* a logger may have put its name before a mark */
	if (strstr(line, CONSOLE_KEYS_BEGIN)) {
		begin_list(hearing);
	} else if (strstr(line, CONSOLE_KEYS_END)) {
		end_list(hearing);
	} else if (hearing->listing) {
		hear_key(hearing, line);
	}
	hear_user(hearing, line);
}

bool console_spoken(const struct call *call, const char *id,
		    struct arena *arena, struct spoken *ret_spoken,
		    struct error *err)
{
	auto_free char *path = machine_log_path(call, id);
	auto_close int fd =
		path ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
	struct lines lines = { .fd = fd };
	struct hearing hearing = { .spoken = ret_spoken, .id = id };
	bool ok;

	if (!path)
		return fail_memory(err);
	memset(ret_spoken, 0, sizeof(*ret_spoken));
	if (fd < 0)
		return errno == ENOENT ||
		       fail_errno(err, "cannot read the console of %s", id);
	ok = lines_read(&lines, false, hear, &hearing, err);
	if (ok && hearing.whole.size)
		ret_spoken->known_hosts =
			arena_str(arena, buf_text(&hearing.whole));
	if (ok && (hearing.whole.broken ||
		   (hearing.whole.size && !ret_spoken->known_hosts)))
		ok = fail_memory(err);
	buf_done(&hearing.list);
	buf_done(&hearing.whole);
	return ok;
}

bool console_trim(const struct call *call, const char *id, struct error *err)
{
	auto_free char *path = machine_log_path(call, id);
	auto_close int fd = path ? open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW) :
				   -1;
	struct stat st;
	off_t data, to;

	if (!path)
		return fail_memory(err);
	if (fd < 0)
		return errno == ENOENT ||
		       fail_errno(err, "cannot open the console of %s", id);
	if (fstat(fd, &st) != 0)
		return fail_errno(err, "cannot look at %s", path);
	data = lseek(fd, HEAD, SEEK_DATA);
	if (data < 0 || st.st_size - data < TRIM_FROM)
		return true;
	to = (st.st_size - TAIL) / BLOCK * BLOCK;
	return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, HEAD,
			 to - HEAD) == 0 ||
	       errno == EOPNOTSUPP || errno == ENOSYS ||
	       fail_errno(err, "cannot free the middle of %s", path);
}

int console_open_boot(const struct call *call, const char *id)
{
	auto_free char *path = machine_log_path(call, id);
	auto_free char *mark =
		store_path(call->store, "instances/%s/console.boot", id);
	auto_close int fd =
		path ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
	auto_close int from =
		mark ? open(mark, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
	char text[24] = "";
	ssize_t got = from < 0 ? 0 : read(from, text, sizeof(text) - 1);
	off_t at = got > 0 ? strtoll(text, NULL, 10) : 0;
	struct stat st;

	if (fd < 0)
		return -1;
	/* a log that was rotated begins again */
	if (fstat(fd, &st) != 0 || at < 0 || at > st.st_size)
		at = 0;
	return lseek(fd, at, SEEK_SET) < 0 ? -1 : take_fd(fd);
}

/* The mark need not outlive a crash of the host: its machines do not. */
bool console_mark_boot(const struct call *call, const char *id,
		       struct error *err)
{
	auto_free char *path = machine_log_path(call, id);
	auto_free char *mark =
		store_path(call->store, "instances/%s/console.boot", id);
	auto_close int fd = -1;
	char text[24];
	struct stat st;

	if (!path || !mark)
		return fail_memory(err);
	if (stat(path, &st) != 0 || st.st_size == 0)
		return true; /* it is the first */
	fd = open(mark, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		  0600);
	if (fd < 0)
		return fail_errno(err, "cannot make %s", mark);
	snprintf(text, sizeof(text), "%lld\n", (long long)st.st_size);
	return write_all(fd, text, strlen(text), mark, err);
}

char *console_known_hosts(const struct call *call, const char *id)
{
	return store_path(call->store, "instances/%s/known_hosts", id);
}

static bool is_written(const char *path, const char *text)
{
	auto_buf old = BUF_INIT;
	struct error err = { 0 };

	return access(path, F_OK) == 0 &&
	       file_read(path, KNOWN_MOST, &old, &err) &&
	       strcmp(buf_text(&old), text) == 0;
}

bool console_know_host(const struct call *call, const char *id,
		       const struct spoken *spoken, struct error *err)
{
	auto_free char *path = console_known_hosts(call, id);
	const char *text = spoken->known_hosts;

	if (!path)
		return fail_memory(err);
	return is_written(path, text) ||
	       file_write(path, text, strlen(text), 0600, err);
}
