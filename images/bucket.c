/* bucket.c - an account's buckets
 *
 * The row says whose a directory is; a directory without one is empty, because
 * a bucket's row goes only after its directory went. So whoever makes a bucket
 * may take over what a killed call left of another.
 */
#include "images/bucket.h"

#include <string.h>
#include <unistd.h>

#include "bundle/server.h"
#include "images/base/file.h"
#include "images/registry/bucket.h"
#include "images/store.h"

#define CONFIGURATION_MOST 65536

static bool split(const char *text, struct arena *arena,
		  struct location *ret_location)
{
	size_t size = strcspn(text, "/"), key_size;
	const char *key = text + size;
	char *bucket = arena_format(arena, "%.*s", (int)size, text), *kept;

	key += strspn(key, "/");
	key_size = strlen(key);
	while (key_size && key[key_size - 1] == '/')
		key_size--;
	kept = arena_format(arena, "%.*s", (int)key_size, key);
	ret_location->bucket = bucket;
	ret_location->key = kept;
	return bucket && kept;
}

bool location_split(const char *text, struct arena *arena,
		    struct location *ret_location, struct error *err)
{
	static const char scheme[] = "s3://";
	bool server = strncmp(text, scheme, strlen(scheme)) == 0;
	struct location location = { .server = server };

	if (strlen(text) > 2048)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "a location is BUCKET/KEY, not that long");
	text += server ? strlen(scheme) : strspn(text, "/");
	if (!split(text, arena, &location))
		return fail_memory(err);
	if (!bucket_name_check(location.bucket, err))
		return false;
	if (*location.key && !bucket_key_ok(location.key))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "'%.100s' cannot be the key of an object",
			    location.key);
	*ret_location = location;
	return true;
}

static bool no_bucket(const char *name, struct error *err)
{
	return fail(err, FAULT_BUCKET_NOT_FOUND, "there is no bucket '%s'",
		    name);
}

/* Gives the caller a bucket that has no row yet. */
static bool make_local(const struct call *call, const char *buckets,
		       const char *name, struct bucket **ret_bucket,
		       struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_of(bucket) bucket = NULL;
	struct db *db = call->store->db;
	const char *owner;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!tx_begin(&tx, db, err) ||
	    !bucket_row_owner(db, name, arena, &owner, err))
		return false;
	if (owner && strcmp(owner, call->account) != 0)
		return fail(err, FAULT_BUCKET_EXISTS,
			    "the name '%s' is taken by another account", name);
	if (!bucket_open_directory(buckets, name, true, &bucket, err) ||
	    (!owner &&
	     !bucket_row_insert(db, name, call->account, call->now, err)) ||
	    !tx_commit(&tx, err))
		return false;
	*ret_bucket = take(bucket);
	return true;
}

static bool find_local(const struct call *call, const char *name, bool make,
		       struct bucket **ret_bucket, struct error *err)
{
	auto_free char *buckets = store_path(call->store, "buckets");
	auto_of(arena) arena = arena_new();
	const char *owner;

	if (!buckets || !arena)
		return fail_memory(err);
	if (!bucket_row_owner(call->store->db, name, arena, &owner, err))
		return false;
	/* the directory may have gone with a call that was killed before the
	 * row went, too: then it is made again */
	if (owner && strcmp(owner, call->account) == 0)
		return bucket_open_directory(buckets, name, true, ret_bucket,
					     err);
	if (make)
		return make_local(call, buckets, name, ret_bucket, err);
	return no_bucket(name, err);
}

static bool find_on_server(const struct call *call, const char *name, bool make,
			   struct bucket **ret_bucket, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct bucket_server server;
	bool found;

	if (!arena)
		return fail_memory(err);
	if (!bucket_server_get(call, call->account, arena, &server, &found,
			       err))
		return false;
	if (!found)
		return fail(err, FAULT_BUCKET_NOT_FOUND,
			    "there is no bucket 's3://%s': no S3 server is set "
			    "for the account (see: qami s3-server)",
			    name);
	return bucket_open_server(&server, name, make, ret_bucket, err);
}

bool bucket_find(const struct call *call, const struct location *location,
		 bool make, struct bucket **ret_bucket, struct error *err)
{
	if (location->server)
		return find_on_server(call, location->bucket, make, ret_bucket,
				      err);
	return find_local(call, location->bucket, make, ret_bucket, err);
}

bool bucket_erase(const struct call *call, const struct location *location,
		  struct error *err)
{
	auto_of(bucket) bucket = NULL;
	auto_tx tx = TX_INIT;

	if (location->server)
		return bucket_find(call, location, false, &bucket, err) &&
		       bucket_drop(bucket, err);
	return tx_begin(&tx, call->store->db, err) &&
	       bucket_find(call, location, false, &bucket, err) &&
	       bucket_drop(bucket, err) &&
	       bucket_row_delete(call->store->db, location->bucket, err) &&
	       tx_commit(&tx, err);
}

bool bucket_sweep(const struct call *call, unsigned *ret_files,
		  uint64_t *ret_bytes, struct error *err)
{
	auto_free char *buckets = store_path(call->store, "buckets");

	if (!buckets)
		return fail_memory(err);
	bucket_sweep_directory(buckets, ret_files, ret_bytes);
	return true;
}

static char *configuration(const struct call *call, const char *whose)
{
	return store_path(call->store, "s3/%s.conf", whose);
}

bool bucket_server_get(const struct call *call, const char *whose,
		       struct arena *arena, struct bucket_server *ret_server,
		       bool *ret_found, struct error *err)
{
	auto_free char *path = configuration(call, whose);
	auto_buf text = BUF_INIT;

	if (!path)
		return fail_memory(err);
	*ret_found = access(path, F_OK) == 0;
	if (!*ret_found)
		return true;
	if (!file_read(path, CONFIGURATION_MOST, &text, err))
		return false;
	if (!bucket_server_read(buf_text(&text), arena, ret_server))
		return fail(err, FAULT_INTERNAL, "%s has no keys in it", path);
	return bucket_server_check(ret_server, err);
}

bool bucket_server_set(const struct call *call, const char *whose,
		       const struct bucket_server *server, struct error *err)
{
	auto_free char *directory = store_path(call->store, "s3");
	auto_free char *path = configuration(call, whose);
	auto_buf text = BUF_INIT;

	if (!directory || !path)
		return fail_memory(err);
	if (!bucket_server_check(server, err))
		return false;
	bucket_server_write(server, &text);
	if (text.broken)
		return fail_memory(err);
	return dir_make(directory, 0700, err) &&
	       file_write(path, text.data, text.size, 0600, err);
}

bool bucket_server_unset(const struct call *call, const char *whose,
			 struct error *err)
{
	auto_free char *path = configuration(call, whose);

	return path ? file_remove(path, err) : fail_memory(err);
}
