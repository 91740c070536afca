/* ownkey.c - the keys of whoever types
 *
 * A file that is no key is as good as none: nobody asked for it by its name.
 */
#include "launcher/cli/ownkey.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "images/base/buf.h"
#include "images/base/file.h"
#include "images/sshkey.h"

#define KEY_MOST 16384
#define MADE_NAME "id_ed25519"

static char *read_key(const char *path)
{
	auto_of(arena) arena = arena_new();
	auto_buf text = BUF_INIT;
	struct error err = { 0 };
	struct sshkey key;

	if (!arena || access(path, R_OK) != 0 ||
	    !file_read(path, KEY_MOST, &text, &err) ||
	    !sshkey_read(buf_text(&text), text.size, arena, &key, &err))
		return NULL;
	return buf_take(&text);
}

/* A path where keys are kept that were made here; NULL without a home. */
static char *made_path(const char *name)
{
	const char *data = getenv("XDG_DATA_HOME");
	const char *home = getenv("HOME");

	if (data && data[0] == '/')
		return format_text("%s/qami/ssh%s", data, name);
	return home && home[0] == '/' ?
		       format_text("%s/.local/share/qami/ssh%s", home, name) :
		       NULL;
}

/* The public half of what was made here; NULL when there is none, or when it
 * lacks the private half. */
static char *read_made(void)
{
	auto_free char *path = made_path("/" MADE_NAME);
	auto_free char *public_path = made_path("/" MADE_NAME ".pub");

	return path && public_path && access(path, R_OK) == 0 ?
		       read_key(public_path) :
		       NULL;
}

char *own_key_read(void)
{
	static const char *const names[] = { "id_ed25519", "id_rsa" };
	const char *home = getenv("HOME");
	char *key = NULL;

	for (size_t i = 0; home && !key && i < 2; i++) {
		auto_free char *path =
			format_text("%s/.ssh/%s.pub", home, names[i]);

		key = path ? read_key(path) : NULL;
	}
	return key ? key : read_made();
}

/* The private half first: a public one says that both are there. */
static bool write_pair(const char *path, const char *public_path,
		       const struct sshkey *key,
		       const struct sshkey_secret *secret, struct error *err)
{
	auto_free char *line = format_text("%s qami\n", key->line);

	return line ? file_write(path, secret->text, strlen(secret->text), 0600,
				 err) &&
			       file_write(public_path, line, strlen(line), 0644,
					  err) :
		      fail_memory(err);
}

bool own_key_make(char **ret_public, char **ret_path, struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_free char *path = made_path("/" MADE_NAME);
	auto_free char *public_path = made_path("/" MADE_NAME ".pub");
	auto_free char *dir = made_path("");
	auto_sshkey_secret secret = { NULL };
	struct sshkey key;

	if (!path || !public_path || !dir)
		return fail(err, FAULT_HOST,
			    "no place for a key: HOME is not set");
	if (!arena)
		return fail_memory(err);
	*ret_public = read_made();
	if (!*ret_public) {
		if (!sshkey_make("ed25519", arena, &key, &secret, err) ||
		    !dir_make(dir, 0700, err) ||
		    !write_pair(path, public_path, &key, &secret, err))
			return false;
		*ret_public = strdup(key.line);
	}
	*ret_path = take(path);
	return *ret_public || fail_memory(err);
}

/* Whether two public keys are the same, whatever their comments. */
static bool same_key(const char *left, const char *right)
{
	size_t type = strcspn(left, " ");
	size_t size = type + !!left[type];

	size += strcspn(left + size, " \n");
	return strncmp(left, right, size) == 0 &&
	       (!right[size] || strchr(" \n", right[size]));
}

char *own_key_identity(const char *public_key)
{
	auto_free char *made = read_made();

	return made && same_key(public_key, made) ? made_path("/" MADE_NAME) :
						    NULL;
}

char *own_known_hosts(const char *id, const char *keys, struct error *err)
{
	auto_free char *dir = made_path("/known_hosts");
	auto_free char *path = dir ? format_text("%s/%s", dir, id) : NULL;

	if (!path) {
		fail(err, FAULT_HOST,
		     "no place for the guest's host keys: HOME is not set");
		return NULL;
	}
	if (!keys)
		keys = "";
	return dir_make(dir, 0700, err) &&
			       file_write(path, keys, strlen(keys), 0600, err) ?
		       take(path) :
		       NULL;
}
