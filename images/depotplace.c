/* depotplace.c - regions that are buckets
 *
 * The key's file is durable before anything is sealed under it, and the row
 * comes last: whoever dies in between has left a key and an empty region, and
 * does the same once more.
 */
#include "images/depotplace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "bundle/server.h"
#include "images/base/file.h"
#include "images/base/hex.h"
#include "images/base/id.h"
#include "images/bucket.h"
#include "images/masterkey.h"
#include "images/region.h"
#include "images/registry/regiondepot.h"

#define KEY_TEXT (2 * SECRET_SIZE)

struct depot_place {
	struct bucket *bucket;
	struct depot *depot;
	char *region;
	char *prefix; /* of keys: "", or with a '/' at its end */
	bool cancel;
};

static char *key_of(const struct depot_place *place, const char *name)
{
	return format_text("%s%s", place->prefix, name);
}

static bool place_put(void *data, const char *name, const void *bytes,
		      size_t size, struct error *err)
{
	struct depot_place *place = data;
	auto_free char *key = key_of(place, name);
	auto_close int fd = memfd_create("object", MFD_CLOEXEC);

	if (!key)
		return fail_memory(err);
	if (fd < 0)
		return fail_errno(err, "cannot make room for an object");
	return write_all(fd, bytes, size, "an object", err) &&
	       bucket_put(place->bucket, key, fd, NULL, err);
}

static bool place_get(void *data, const char *name, size_t most,
		      struct buf *ret_bytes, struct error *err)
{
	struct depot_place *place = data;
	auto_free char *key = key_of(place, name);
	auto_close int fd = memfd_create("object", MFD_CLOEXEC);

	if (!key)
		return fail_memory(err);
	if (fd < 0)
		return fail_errno(err, "cannot make room for an object");
	if (!bucket_get(place->bucket, key, most, fd, err))
		return false;
	if (lseek(fd, 0, SEEK_SET) != 0)
		return fail_errno(err, "cannot read an object");
	return file_read_fd(fd, name, most, ret_bytes, err);
}

static bool place_has(void *data, const char *name, bool *ret_has,
		      struct error *err)
{
	struct depot_place *place = data;
	auto_free char *key = key_of(place, name);
	struct bucket_object object;

	if (!key)
		return fail_memory(err);
	*ret_has = bucket_head(place->bucket, key, &object, err);
	if (*ret_has)
		return true;
	if (err->fault != FAULT_KEY_NOT_FOUND)
		return false;
	error_clear(err);
	return true;
}

static bool place_remove(void *data, const char *name, struct error *err)
{
	struct depot_place *place = data;
	auto_free char *key = key_of(place, name);

	return key ? bucket_remove(place->bucket, key, err) : fail_memory(err);
}

/* A listing, whose names lose the region's prefix. */
struct place_listing {
	size_t skip;
	bool (*each)(void *data, const char *name, uint64_t size);
	void *data;
};

static bool tell_object(void *data, const struct bucket_object *object)
{
	const struct place_listing *listing = data;

	return listing->each(listing->data, object->key + listing->skip,
			     object->size);
}

static bool place_list(void *data, const char *prefix,
		       bool (*each)(void *data, const char *name,
				    uint64_t size),
		       void *each_data, struct error *err)
{
	struct depot_place *place = data;
	auto_free char *key = key_of(place, prefix);
	struct place_listing listing = { strlen(place->prefix), each,
					 each_data };

	return key ? bucket_list(place->bucket, key, tell_object, &listing,
				 err) :
		     fail_memory(err);
}

static const struct depot_ops place_ops = {
	.put = place_put,
	.get = place_get,
	.has = place_has,
	.remove = place_remove,
	.list = place_list,
};

/* The name that a region's own server is kept under. */
static char *server_name(const char *region)
{
	return format_text("region-%s", region);
}

/* A bucket that is a directory, by its whole path. */
static bool open_directory(const char *path, bool make,
			   struct depot_place *place, struct error *err)
{
	const char *slash = strrchr(path, '/');
	auto_free char *parent = strndup(path, (size_t)(slash - path));

	place->prefix = strdup("");
	if (!parent || !place->prefix)
		return fail_memory(err);
	return bucket_open_directory(*parent ? parent : "/", slash + 1, make,
				     &place->bucket, err);
}

/* On the region's own server if it has one, else where the account's are. */
static bool open_location(const struct call *call, const char *text,
			  const char *region, bool make,
			  struct depot_place *place, struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_free char *whose = server_name(region);
	struct bucket_server server;
	struct location location;
	bool own = false;

	if (!arena || !whose)
		return fail_memory(err);
	if (!location_split(text, arena, &location, err))
		return false;
	place->prefix =
		format_text("%s%s", location.key, *location.key ? "/" : "");
	if (!place->prefix)
		return fail_memory(err);
	if (location.server &&
	    !bucket_server_get(call, whose, arena, &server, &own, err))
		return false;
	return own ? bucket_open_server(&server, location.bucket, make,
					&place->bucket, err) :
		     bucket_find(call, &location, make, &place->bucket, err);
}

/* Opens the bucket, not yet what is in it, as the account whose it is. */
static bool open_bucket(const struct call *call, const struct region_depot *at,
			bool make, struct depot_place **ret_place,
			struct error *err)
{
	auto_of(depot_place) place = calloc(1, sizeof(*place));
	struct call owner = *call;

	if (!place)
		return fail_memory(err);
	place->region = strdup(at->region);
	if (!place->region)
		return fail_memory(err);
	snprintf(owner.account, sizeof(owner.account), "%s", at->account);
	if (!(at->place[0] == '/' ?
		      open_directory(at->place, make, place, err) :
		      open_location(&owner, at->place, at->region, make, place,
				    err)))
		return false;
	bucket_cancel(place->bucket, &place->cancel);
	*ret_place = take(place);
	return true;
}

void depot_place_close(struct depot_place *place)
{
	if (!place)
		return;
	depot_close(place->depot);
	bucket_close(place->bucket);
	free(place->region);
	free(place->prefix);
	free(place);
}

struct depot *depot_place_depot(const struct depot_place *place)
{
	return place->depot;
}

const char *depot_place_region(const struct depot_place *place)
{
	return place->region;
}

void depot_place_cancel(struct depot_place *place)
{
	__atomic_store_n(&place->cancel, true, __ATOMIC_RELAXED);
}

/* What a region's key is sealed for. */
static char *about_of(const char *region)
{
	return format_text("region %s", region);
}

static bool unseal(const struct call *call, const struct region_depot *at,
		   struct secret *ret_key, struct error *err)
{
	auto_free char *about = about_of(at->region);
	auto_secret master;

	if (!about)
		return fail_memory(err);
	if (!master_key(call, false, &master, err))
		return false;
	secret_guard(ret_key, sizeof(*ret_key));
	return cipher_open(&master, &at->sealed, about, ret_key) ||
	       fail(err, FAULT_INTERNAL,
		    "the key of the region %s is damaged: what is sealed in "
		    "its row does not open",
		    at->region);
}

bool depot_place_open(const struct call *call, const char *region,
		      struct depot_place **ret_place, struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_of(depot_place) place = NULL;
	struct region_depot at;
	auto_secret key = { .bytes = { 0 } };
	bool found;

	*ret_place = NULL;
	if (!arena)
		return fail_memory(err);
	if (!region_depot_get(call->store->db, region, arena, &at, &found, err))
		return false;
	if (!found)
		return true;
	if (!unseal(call, &at, &key, err) ||
	    !open_bucket(call, &at, false, &place, err) ||
	    !depot_open(&place_ops, place, &key, false, &place->depot, err))
		return false;
	*ret_place = take(place);
	return true;
}

static bool check_key_file(int fd, const char *path, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return fail_errno(err, "cannot look at %s", path);
	if (!S_ISREG(st.st_mode))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "%.150s is no file with a key", path);
	return !(st.st_mode & 077) ||
	       fail(err, FAULT_INVALID_PARAMETER,
		    "others can read the region's key: chmod 600 %.150s", path);
}

static bool read_key_file(const char *path, struct secret *ret_key,
			  struct error *err)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	char text[KEY_TEXT + 3] = "";
	ssize_t got;
	bool ok;

	if (fd < 0)
		return fail_path(err, "cannot open %s", path);
	if (!check_key_file(fd, path, err))
		return false;
	secret_guard(ret_key, sizeof(*ret_key));
	secret_guard(text, sizeof(text));
	got = read(fd, text, sizeof(text) - 1);
	while (got > 0 && strchr("\r\n", text[got - 1]))
		text[--got] = 0;
	ok = got == KEY_TEXT && hex_ok(text) &&
	     hex_read(text, ret_key->bytes, SECRET_SIZE);
	secret_forget(text, sizeof(text));
	return ok || fail(err, FAULT_INVALID_PARAMETER,
			  "%.150s is no region's key: that has %d digits", path,
			  KEY_TEXT);
}

/* Draws a key and writes it down. */
static bool make_key_file(const struct call *call, const char *path,
			  struct secret *ret_key, struct error *err)
{
	auto_free char *directory = store_path(call->store, "keys");
	char text[KEY_TEXT + 2];
	bool ok;

	if (!directory)
		return fail_memory(err);
	secret_guard(ret_key, sizeof(*ret_key));
	secret_guard(text, sizeof(text));
	random_bytes(ret_key->bytes, SECRET_SIZE);
	hex_write(ret_key->bytes, SECRET_SIZE, text);
	text[KEY_TEXT] = '\n';
	ok = dir_make(directory, 0700, err) && parent_sync(directory, err) &&
	     file_write(path, text, KEY_TEXT + 1, 0600, err);
	secret_forget(text, sizeof(text));
	return ok;
}

/* The key: from the file that was named, from the one of a call that died, or a
 * new one, for a place that no region is in. */
static bool find_key(const struct call *call,
		     const struct depot_request *request,
		     struct depot_place *place, const char *own_file,
		     struct secret *ret_key, struct error *err)
{
	bool exists;

	if (request->key_file)
		return read_key_file(request->key_file, ret_key, err);
	if (access(own_file, F_OK) == 0)
		return read_key_file(own_file, ret_key, err);
	if (!depot_exists(&place_ops, place, &exists, err))
		return false;
	if (exists)
		return fail(err, FAULT_AUTH_FAILURE,
			    "there is a region in %.100s already: its key is "
			    "needed, as whoever made it has it in a file "
			    "(--key)",
			    request->place);
	return make_key_file(call, own_file, ret_key, err);
}

static bool write_rows(struct call *call, const struct depot_request *request,
		       const struct secret *key, struct error *err)
{
	auto_free char *about = about_of(request->name);
	struct region region = { request->name, request->place, call->now };
	struct region_depot at = { request->name, request->place, call->account,
				   { { 0 } } };
	struct db *db = call->store->db;
	auto_tx tx = TX_INIT;
	auto_secret master;

	if (!about)
		return fail_memory(err);
	return master_key(call, true, &master, err) &&
	       cipher_seal(&master, key, about, &at.sealed, err) &&
	       tx_begin(&tx, db, err) &&
	       region_name_check(call, request->name, err) &&
	       region_insert(db, &region, err) &&
	       region_depot_insert(db, &at, err) && tx_commit(&tx, err);
}

static bool check_place(const struct depot_request *request, struct error *err)
{
	const char *last = strrchr(request->place, '/');
	bool server = strncmp(request->place, "s3://", 5) == 0;

	if (request->endpoint && !server)
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "an endpoint is where a bucket s3://… is");
	return request->place[0] != '/' || bucket_name_check(last + 1, err);
}

/* Writes down the region's own server, with the keys of the environment. */
static bool keep_server(const struct call *call,
			const struct depot_request *request, struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_free char *whose = server_name(request->name);
	const struct bucket_server given = { .url = request->endpoint };
	struct bucket_server server;

	if (!arena || !whose)
		return fail_memory(err);
	if (!request->endpoint)
		return bucket_server_unset(call, whose, err);
	return bucket_server_environment(&given, arena, &server, err) &&
	       bucket_server_set(call, whose, &server, err);
}

int region_lock(const struct call *call, struct error *err)
{
	auto_free char *path = store_path(call->store, "run/regions.lock");
	int lock = path ? file_lock(path, true) : -1;

	if (!path)
		fail_memory(err);
	else if (lock < 0)
		fail_errno(err, "cannot lock the names of regions");
	return lock;
}

bool depot_place_forget(const struct call *call, const char *region,
			struct error *err)
{
	auto_free char *whose = server_name(region);

	return whose ? bucket_server_unset(call, whose, err) : fail_memory(err);
}

/* Regions that are looked at. */
struct checking {
	const struct call *call;
	void (*found)(void *data, const char *id, const char *why);
	void *data;
};

static bool check_key(void *data, const struct region_depot *at,
		      struct error *err)
{
	const struct checking *checking = data;
	struct error failed = { 0 };
	auto_secret key = { .bytes = { 0 } };

	(void)err;
	if (!unseal(checking->call, at, &key, &failed))
		checking->found(checking->data, at->region, failed.text);
	return true;
}

bool depot_place_check(const struct call *call,
		       void (*found)(void *data, const char *id,
				     const char *why),
		       void *data, struct error *err)
{
	struct checking checking = { call, found, data };

	return region_depot_list(call->store->db, check_key, &checking, err);
}

/* Makes it one, or finds that it is. */
static bool make_region(struct call *call, const struct depot_request *request,
			const char *own_file, struct error *err)
{
	const struct region_depot at = { request->name, request->place,
					 call->account, { { 0 } } };
	auto_of(depot_place) place = NULL;
	auto_secret key = { .bytes = { 0 } };

	return keep_server(call, request, err) &&
	       open_bucket(call, &at, true, &place, err) &&
	       find_key(call, request, place, own_file, &key, err) &&
	       depot_open(&place_ops, place, &key, true, &place->depot, err) &&
	       write_rows(call, request, &key, err);
}

bool region_add_depot(struct call *call, const struct depot_request *request,
		      struct arena *arena, const char **ret_key_file,
		      struct error *err)
{
	auto_free char *own_file =
		store_path(call->store, "keys/region-%s", request->name);
	auto_close int lock = -1;
	struct error late = { 0 };

	if (!own_file)
		return fail_memory(err);
	*ret_key_file = NULL;
	if (!request->key_file) {
		*ret_key_file = arena_str(arena, own_file);
		if (!*ret_key_file)
			return fail_memory(err);
	}
	lock = region_lock(call, err);
	if (lock < 0 || !region_name_check(call, request->name, err) ||
	    !check_place(request, err))
		return false;
	if (make_region(call, request, own_file, err))
		return true;
	/* of two failures the first is told */
	(void)!depot_place_forget(call, request->name, &late);
	return false;
}
