/* ownkey.c - the public key of whoever types
 *
 * A file that is no key is as good as none: nobody asked for it by its name.
 */
#include "launcher/cli/ownkey.h"

#include "images/base/buf.h"
#include "images/base/file.h"
#include "images/sshkey.h"

#define KEY_MOST 16384

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
	return key;
}
