/* bucket.c - an account's buckets: its own only, made and erased, what killed
 * calls left, and those on the server that was configured for it */
#include "images/bucket.h"

#include "images/registry/bucket.h"
#include "tests/bundle/s3.h"
#include "tests/images/testing.h"

#define STRANGER "222222222222"

static struct call stranger = { .account = STRANGER, .action = "Test" };
static struct arena *arena;

static struct location at(const char *text)
{
	struct location location;

	good(location_split(text, arena, &location, &err));
	return location;
}

static void split(void)
{
	static const struct {
		const char *text, *bucket, *key;
		bool server;
	} right[] = {
		{ "images", "images", "", false },
		{ "images/", "images", "", false },
		{ "images/a.manifest.xml", "images", "a.manifest.xml", false },
		{ "/images/a/b.manifest.xml", "images", "a/b.manifest.xml",
		  false },
		{ "images//a/b/", "images", "a/b", false },
		{ "s3://images/a/b", "images", "a/b", true },
		{ "s3://images", "images", "", true },
	};
	static const char *const wrong[] = { "", "/", "s3://", "s3:///a",
		"Images/a", "a/b", "images/../b", "images/a//b", "images/a\nb",
		"http://images/a", "../images", "s3:/images/a", "images/./a" };
	struct location location;

	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		location = at(right[i].text);
		check(strcmp(location.bucket, right[i].bucket) == 0);
		check(strcmp(location.key, right[i].key) == 0);
		check(location.server == right[i].server);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		bad(INVALID_PARAMETER, "cannot be",
		    location_split(wrong[i], arena, &location, &err));
}

static bool find(struct call *who, const char *text, bool make)
{
	auto_of(bucket) bucket = NULL;
	struct location location = at(text);

	return bucket_find(who, &location, make, &bucket, &err);
}

static bool erase(struct call *who, const char *text)
{
	struct location location = at(text);

	return bucket_erase(who, &location, &err);
}

static void put(const char *text, const char *key)
{
	auto_of(bucket) bucket = NULL;
	struct location location = at(text);
	auto_close int fd = reading("/dev/null");

	good(bucket_find(&call, &location, true, &bucket, &err));
	good(bucket_put(bucket, key, fd, NULL, &err));
}

static void local(void)
{
	struct error first;
	const struct bucket_row *rows;
	const char *owner;
	size_t count;
	struct stat st;

	bad(BUCKET_NOT_FOUND, "no bucket 'images'",
	    find(&call, "images", false));
	good(find(&call, "images", true));
	good(find(&call, "images", true));
	good(find(&call, "images/some/key", false));
	check(stat(in_dir("store/buckets"), &st) == 0 &&
	      (st.st_mode & 07777) == 0700);

	/* a stranger's question is answered as if there were none */
	check(!find(&stranger, "images", false));
	first = err;
	error_clear(&err);
	check(!find(&stranger, "imagos", false));
	check(err.fault == first.fault && !strncmp(err.text, first.text, 20));
	error_clear(&err);
	bad(BUCKET_NOT_FOUND, "no bucket", erase(&stranger, "images"));
	bad(BUCKET_EXISTS, "taken by another", find(&stranger, "images", true));
	good(find(&stranger, "theirs", true));
	good(find(&call, "another", true));
	good(bucket_rows(call.store->db, ACCOUNT, arena, &rows, &count, &err));
	check(count == 2 && strcmp(rows[0].name, "another") == 0 &&
	      strcmp(rows[1].name, "images") == 0 && rows[0].created);

	put("images", "a/b");
	bad(BUCKET_NOT_EMPTY, "not empty", erase(&call, "images"));
	good(find(&call, "images", false));
	run("rm", "-r", in_dir("store/buckets/images/a"));
	good(erase(&call, "images"));
	check(access(in_dir("store/buckets/images"), F_OK) != 0);
	bad(BUCKET_NOT_FOUND, "no bucket", find(&call, "images", false));
	good(find(&stranger, "images", true));
	good(erase(&stranger, "images"));

	/* killed between the directory and the row, either way */
	check(mkdir(in_dir("store/buckets/halfmade"), 0700) == 0);
	bad(BUCKET_NOT_FOUND, "no bucket", find(&call, "halfmade", false));
	good(find(&stranger, "halfmade", true));
	check(rmdir(in_dir("store/buckets/halfmade")) == 0);
	good(find(&stranger, "halfmade", false));
	good(erase(&stranger, "halfmade"));
	good(bucket_row_owner(call.store->db, "halfmade", arena, &owner, &err));
	check(!owner);
}

static void on_server(void)
{
	struct bucket_server server;
	struct s3_test s3;
	bool found;

	bad(BUCKET_NOT_FOUND, "no S3 server",
	    find(&call, "s3://bundles", true));
	s3_begin(&s3);
	good(bucket_server_set(&call, call.account, &s3.direct, &err));
	good(bucket_server_get(&call, call.account, arena, &server, &found,
			       &err));
	check(found && strcmp(server.url, s3.direct.url) == 0 &&
	      strcmp(server.secret, S3_SECRET) == 0);
	good(bucket_server_get(&stranger, stranger.account, arena, &server,
			       &found, &err));
	check(!found);
	good(find(&call, "s3://bundles", true));
	put("s3://bundles", "a/b");
	bad(BUCKET_NOT_EMPTY, "BucketNotEmpty", erase(&call, "s3://bundles"));
	bad(BUCKET_NOT_FOUND, "no S3 server",
	    find(&stranger, "s3://bundles", false));
	bad(BUCKET_NOT_FOUND, "no bucket 'bundles'",
	    find(&call, "bundles", false));
	good(bucket_server_unset(&call, call.account, &err));
	good(bucket_server_unset(&call, call.account, &err));
	bad(BUCKET_NOT_FOUND, "no S3 server",
	    find(&call, "s3://bundles", false));
}

int main(void)
{
	arena = arena_new();
	store_new();
	stranger.store = call.store;
	stranger.now = call.now;
	good(account_ensure(call.store->db, STRANGER, &err));
	split();
	local();
	on_server();
	store_close(call.store);
	arena_free(arena);
	return 0;
}
