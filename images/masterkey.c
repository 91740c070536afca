/* masterkey.c - the key that all keys of a store are sealed under
 *
 * The file is there, durably, before its digest is in the registry: one without
 * a digest has sealed nothing yet and is taken over.
 */
#include "images/masterkey.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "images/base/digest.h"
#include "images/base/file.h"
#include "images/base/id.h"

#define SETTING "master-key"

/* What the registry keeps of it. */
static void digest_of(const struct secret *key,
		      char ret_digest[SHA256_TEXT_SIZE])
{
	static const char label[] = "qami master key";
	uint8_t mac[SHA256_SIZE];

	hmac_sha256(key->bytes, label, sizeof(label) - 1, mac);
	sha256_text(mac, sizeof(mac), ret_digest);
}

static bool check_file(int fd, const char *path, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return fail_errno(err, "cannot look at %s", path);
	if (!S_ISREG(st.st_mode) || st.st_size != SECRET_SIZE)
		return fail(err, FAULT_INTERNAL,
			    "%s is damaged: a master key has %d bytes", path,
			    SECRET_SIZE);
	if (st.st_mode & 077)
		return fail(err, FAULT_INTERNAL,
			    "others can read the master key: chmod 600 %s",
			    path);
	return true;
}

/* *ret_found is false when there is no such file. */
static bool read_file(const char *path, struct secret *ret_key, bool *ret_found,
		      struct error *err)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	*ret_found = fd >= 0;
	if (fd < 0)
		return errno == ENOENT ||
		       fail_errno(err, "cannot read the master key %s", path);
	secret_guard(ret_key, sizeof(*ret_key));
	return check_file(fd, path, err) &&
	       (read(fd, ret_key->bytes, SECRET_SIZE) == SECRET_SIZE ||
		fail(err, FAULT_INTERNAL, "cannot read the master key %s",
		     path));
}

static bool write_file(const struct call *call, const char *path,
		       struct secret *ret_key, struct error *err)
{
	auto_free char *directory = store_path(call->store, "keys");

	if (!directory)
		return fail_memory(err);
	secret_guard(ret_key, sizeof(*ret_key));
	random_bytes(ret_key->bytes, SECRET_SIZE);
	return dir_make(directory, 0700, err) && parent_sync(directory, err) &&
	       file_write(path, ret_key->bytes, SECRET_SIZE, 0600, err);
}

/* In one transaction: who comes second finds the first one's. */
static bool make_key(const struct call *call, const char *path,
		     struct error *err)
{
	auto_of(arena) arena = arena_new();
	char digest[SHA256_TEXT_SIZE];
	const char *noted = NULL;
	auto_tx tx = TX_INIT;
	auto_secret key;
	bool found;

	if (!arena)
		return fail_memory(err);
	if (!tx_begin(&tx, call->store->db, err) ||
	    !setting_get(call->store->db, SETTING, arena, &noted, err))
		return false;
	if (noted)
		return true;
	if (!read_file(path, &key, &found, err) ||
	    (!found && !write_file(call, path, &key, err)))
		return false;
	digest_of(&key, digest);
	return setting_set(call->store->db, SETTING, digest, err) &&
	       tx_commit(&tx, err);
}

bool master_key(const struct call *call, bool make, struct secret *ret_key,
		struct error *err)
{
	auto_free char *path = store_path(call->store, "keys/master");
	auto_of(arena) arena = arena_new();
	char digest[SHA256_TEXT_SIZE];
	const char *noted = NULL;
	auto_secret key;
	bool found;

	if (!path || !arena)
		return fail_memory(err);
	if (!setting_get(call->store->db, SETTING, arena, &noted, err))
		return false;
	if (!noted && make &&
	    (!make_key(call, path, err) ||
	     !setting_get(call->store->db, SETTING, arena, &noted, err)))
		return false;
	if (!read_file(path, &key, &found, err))
		return false;
	if (!found || !noted)
		return fail(err, FAULT_INTERNAL,
			    "the store's master key is lost: what is encrypted "
			    "can be read again when %s is put back from a copy",
			    path);
	digest_of(&key, digest);
	if (strcmp(digest, noted) != 0)
		return fail(err, FAULT_INTERNAL,
			    "%s is not the key that this store's keys are "
			    "sealed under: put that back from a copy",
			    path);
	*ret_key = key;
	return true;
}
