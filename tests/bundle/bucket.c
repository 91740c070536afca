/* bucket.c - names and keys; a directory's bucket: objects whole or not at all,
 * keys that try to lead out, order, cancelled and killed writers */
#include "bundle/bucket.h"

#include <dirent.h>
#include <pthread.h>
#include <sys/resource.h>

#include "images/base/digest.h"
#include "tests/images/chain/testing.h"

static struct error err;

static void names(void)
{
	static const char *const ok[] = { "abc", "a-b", "a.b.c", "0bucket9",
		"a--b", "images-2026",
		"a23456789012345678901234567890123456789012345678901234567890123" };
	static const char *const wrong[] = { "", "ab", "Abc", "-ab", "ab-",
		".ab", "ab.", "a..b", "a_b", "a/b", "1.2.3.4", "a b", "../x",
		"\xc3\xa9xx", "a\nb",
		"a234567890123456789012345678901234567890123456789012345678901234" };

	for (size_t i = 0; i < sizeof(ok) / sizeof(ok[0]); i++)
		check(bucket_name_ok(ok[i]));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		check(!bucket_name_ok(wrong[i]));
}

static void keys(void)
{
	static const char *const ok[] = { "a", "a/b", "a b+c=%~", "...", "..a",
		"a/.hidden", "\xc3\xa9/\xe2\x82\xac/\xf0\x9f\x98\x80",
		"image.part.00", "-" };
	static const char *const wrong[] = { "", "/", "/a", "a/", "a//b", ".",
		"..", "../a", "a/..", "a/../b", "a/./b", "a\nb", "a\x7f",
		"\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80",
		"a\xc2\x80", "\x80", "\xe0\x80\xaf", "\xf4\x90\x80\x80" };
	char long_key[1100];

	for (size_t i = 0; i < sizeof(ok) / sizeof(ok[0]); i++)
		check(bucket_key_ok(ok[i]));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		check(!bucket_key_ok(wrong[i]));
	memset(long_key, 'a', sizeof(long_key));
	long_key[1024] = 0;
	check(bucket_key_ok(long_key));
	long_key[1024] = 'a';
	long_key[1025] = 0;
	check(!bucket_key_ok(long_key));
}

/* An unnamed file with a text. */
static int text_file(const char *text)
{
	int fd = open(getenv("TMPDIR"), O_TMPFILE | O_RDWR, 0600);

	check(fd >= 0 &&
	      write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	return fd;
}

static bool put(struct bucket *bucket, const char *key, const char *text)
{
	auto_close int fd = text_file(text);

	return bucket_put(bucket, key, fd, NULL, &err);
}

static void holds(struct bucket *bucket, const char *key, const char *text)
{
	auto_close int fd = text_file("");
	struct bucket_object object;
	char got[100] = "";

	good(bucket_get(bucket, key, 99, fd, &err));
	check(pread(fd, got, sizeof(got) - 1, 0) == (ssize_t)strlen(text));
	check(strcmp(got, text) == 0);
	good(bucket_head(bucket, key, &object, &err));
	check(object.size == strlen(text) && strcmp(object.key, key) == 0);
}

static struct buf listed;

static bool each(void *data, const struct bucket_object *object)
{
	size_t *most = data;

	buf_printf(&listed, "%s:%llu ", object->key,
		   (unsigned long long)object->size);
	return !most || --*most;
}

static void lists(struct bucket *bucket, const char *prefix, size_t most,
		  const char *wanted)
{
	good(bucket_list(bucket, prefix, each, most ? &most : NULL, &err));
	if (strcmp(buf_text(&listed), wanted) != 0)
		fprintf(stderr, "'%s' is not '%s'\n", buf_text(&listed),
			wanted);
	check(strcmp(buf_text(&listed), wanted) == 0);
	buf_done(&listed);
}

static size_t entries(const char *path)
{
	DIR *list = opendir(path);
	size_t count = 0;

	check(list);
	while (readdir(list))
		count++;
	closedir(list);
	return count - 2;
}

static void objects(void)
{
	const char *directory = in_dir("buckets");
	auto_of(bucket) bucket = NULL;
	auto_close int fd = text_file("");
	struct bucket_object object;
	struct stat st;

	bad(BUCKET_NOT_FOUND, "no bucket 'images'",
	    bucket_open_directory(directory, "images", false, &bucket, &err));
	bad(INVALID_PARAMETER, "name of a bucket",
	    bucket_open_directory(directory, "../x", true, &bucket, &err));
	good(bucket_open_directory(directory, "images", true, &bucket, &err));
	good(put(bucket, "a/b/image.part.0", "part"));
	good(put(bucket, "a/b/image.part.0", "other part"));
	holds(bucket, "a/b/image.part.0", "other part");
	good(put(bucket, "empty", ""));
	holds(bucket, "empty", "");
	check(stat(in_dir("buckets/images/a/b/image.part.0"), &st) == 0 &&
	      (st.st_mode & 07777) == 0600);
	check(stat(in_dir("buckets/images/a"), &st) == 0 &&
	      (st.st_mode & 07777) == 0700);

	bad(KEY_NOT_FOUND, "no 'a/b/none'",
	    bucket_get(bucket, "a/b/none", 9, fd, &err));
	bad(KEY_NOT_FOUND, "no 'a/b'",
	    bucket_head(bucket, "a/b", &object, &err));
	bad(KEY_NOT_FOUND, "no 'empty/x'",
	    bucket_head(bucket, "empty/x", &object, &err));
	bad(INVALID_PARAMETER, "larger than 4 bytes",
	    bucket_get(bucket, "a/b/image.part.0", 4, fd, &err));
	bad(INVALID_PARAMETER, "another object's name",
	    put(bucket, "empty/x", "x"));
	bad(INVALID_PARAMETER, "another object's name",
	    put(bucket, "a/b", "x"));
	bad(INVALID_PARAMETER, "cannot be the key", put(bucket, "../x", "x"));
	bad(INVALID_PARAMETER, "cannot be the key",
	    bucket_remove(bucket, "a/../../x", &err));

	bad(BUCKET_NOT_EMPTY, "not empty", bucket_drop(bucket, &err));
	good(bucket_remove(bucket, "a/b/none", &err));
	good(bucket_remove(bucket, "a/b", &err));
	holds(bucket, "a/b/image.part.0", "other part");
	good(bucket_remove(bucket, "a/b/image.part.0", &err));
	good(bucket_remove(bucket, "empty", &err));
	check(entries(in_dir("buckets/images")) == 0);
	check(entries(in_dir("buckets/.new")) == 0);
	good(bucket_drop(bucket, &err));
	bad(BUCKET_NOT_FOUND, "was removed", put(bucket, "a", "x"));
	bad(BUCKET_NOT_FOUND, "was removed", put(bucket, "a/b", "x"));
	check(entries(in_dir("buckets/.new")) == 0);
}

/* What was opened is read to its end, whatever takes its place. */
static void pieces(void)
{
	const char *path = in_dir("buckets/pieces/a/b");
	auto_of(bucket) bucket = NULL;
	auto_of(bucket_reader) reader = NULL;
	struct bucket_reader *none;
	char got[8] = "";

	good(bucket_open_directory(in_dir("buckets"), "pieces", true, &bucket,
				   &err));
	bad(KEY_NOT_FOUND, "no 'a/b'",
	    bucket_open_reader(bucket, "a/b", &none, &err));
	bad(INVALID_PARAMETER, "cannot be the key",
	    bucket_open_reader(bucket, "../pieces", &none, &err));
	good(put(bucket, "a/b", "0123456789"));
	good(bucket_open_reader(bucket, "a/b", &reader, &err));
	check(bucket_reader_size(reader) == 10);
	good(bucket_reader_read(reader, got, 4, 6, &err));
	check(strcmp(got, "6789") == 0);
	check(truncate(path, 8) == 0);
	bad(INVALID_PARAMETER, "cut short",
	    bucket_reader_read(reader, got, 4, 6, &err));
	good(put(bucket, "a/b", "another one"));
	good(bucket_reader_read(reader, got, 4, 2, &err));
	check(strcmp(got, "2345") == 0);
	good(bucket_remove(bucket, "a/b", &err));
	good(bucket_reader_read(reader, got, 4, 0, &err));
	check(strcmp(got, "0123") == 0);
}

static void long_component(void)
{
	auto_of(bucket) bucket = NULL;
	char key[300];

	good(bucket_open_directory(in_dir("buckets"), "long", true, &bucket,
				   &err));
	memset(key, 'x', sizeof(key));
	key[256] = 0;
	bad(INVALID_PARAMETER, "too long", put(bucket, key, "x"));
	good(bucket_remove(bucket, key, &err));
	key[255] = 0;
	good(put(bucket, key, "x"));
	holds(bucket, key, "x");
}

static void order(void)
{
	auto_of(bucket) bucket = NULL;

	good(bucket_open_directory(in_dir("buckets"), "order", true, &bucket,
				   &err));
	good(put(bucket, "a/x", "1"));
	good(put(bucket, "a-b", "22"));
	good(put(bucket, "a.b", "333"));
	good(put(bucket, "a0", ""));
	good(put(bucket, "a/b/c", ""));
	good(put(bucket, "B", ""));
	good(put(bucket, "\xc3\xa9", ""));
	lists(bucket, "", 0, "B:0 a-b:2 a.b:3 a/b/c:0 a/x:1 a0:0 \xc3\xa9:0 ");
	lists(bucket, "a", 0, "a-b:2 a.b:3 a/b/c:0 a/x:1 a0:0 ");
	lists(bucket, "a/", 0, "a/b/c:0 a/x:1 ");
	lists(bucket, "a/b", 0, "a/b/c:0 ");
	lists(bucket, "a/b/c/d", 0, "");
	lists(bucket, "../", 0, "");
	lists(bucket, "a", 2, "a-b:2 a.b:3 ");
}

static void many(void)
{
	auto_of(bucket) bucket = NULL;
	char key[40];
	size_t most = 2000;

	good(bucket_open_directory(in_dir("buckets"), "many", true, &bucket,
				   &err));
	for (size_t i = 0; i < most; i++) {
		snprintf(key, sizeof(key), "image.part.%04zu", i * 7919 % most);
		good(put(bucket, key, ""));
	}
	good(bucket_list(bucket, "image", each, NULL, &err));
	for (size_t i = 0; i < most; i++) {
		snprintf(key, sizeof(key), "image.part.%04zu:0 ", i);
		check(strncmp(listed.data + i * strlen(key), key,
			      strlen(key)) == 0);
	}
	check(listed.size == most * strlen("image.part.0000:0 "));
	buf_done(&listed);
}

/* Links that somebody laid into a bucket lead nowhere. */
static void links(void)
{
	auto_of(bucket) bucket = NULL;
	auto_close int fd = text_file("");
	struct bucket_object object;

	good(bucket_open_directory(in_dir("buckets"), "links", true, &bucket,
				   &err));
	make_file(in_dir("outside"), "secret", 6, 6);
	check(symlink(in_dir("outside"), in_dir("buckets/links/file")) == 0);
	check(symlink(getenv("TMPDIR"), in_dir("buckets/links/dir")) == 0);
	check(mkfifo(in_dir("buckets/links/pipe"), 0600) == 0);
	bad(KEY_NOT_FOUND, "no 'file'",
	    bucket_get(bucket, "file", 99, fd, &err));
	bad(KEY_NOT_FOUND, "no 'dir/outside'",
	    bucket_get(bucket, "dir/outside", 99, fd, &err));
	bad(KEY_NOT_FOUND, "no 'pipe'",
	    bucket_head(bucket, "pipe", &object, &err));
	/* by its name: where it lies is not for everybody who puts */
	bad(INVALID_PARAMETER, "cannot be stored in the bucket links:",
	    put(bucket, "dir/outside", "x"));
	good(bucket_remove(bucket, "dir/outside", &err));
	check(access(in_dir("outside"), F_OK) == 0);
	lists(bucket, "", 0, "");
	/* writing over a link replaces it, not what it leads to */
	good(put(bucket, "file", "mine"));
	holds(bucket, "file", "mine");
	check(unlink(in_dir("buckets/links/pipe")) == 0);
	check(symlink("links", in_dir("buckets/linked")) == 0);
	bucket_close(take(bucket));
	bad(BUCKET_NOT_FOUND, "no bucket",
	    bucket_open_directory(in_dir("buckets"), "linked", false, &bucket,
				  &err));
}

/* A write that fails in its middle leaves nothing, neither object nor draft. */
static void too_long(void)
{
	const struct rlimit small = { 4096, RLIM_INFINITY };
	const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };
	auto_of(bucket) bucket = NULL;
	struct bucket_object object;

	good(bucket_open_directory(in_dir("buckets"), "toolong", true, &bucket,
				   &err));
	make_file(in_dir("long"), "long", 4, 8192);
	auto_close int fd = reading(in_dir("long"));

	signal(SIGXFSZ, SIG_IGN);
	check(setrlimit(RLIMIT_FSIZE, &small) == 0);
	bad(INTERNAL, "cannot copy a/b",
	    bucket_put(bucket, "a/b", fd, NULL, &err));
	check(setrlimit(RLIMIT_FSIZE, &none) == 0);
	bad(KEY_NOT_FOUND, "no 'a/b'",
	    bucket_head(bucket, "a/b", &object, &err));
	check(entries(in_dir("buckets/.new")) == 0);
	check(entries(in_dir("buckets/toolong")) == 0);
	good(bucket_put(bucket, "a/b", fd, NULL, &err));
}

static void cancelled(void)
{
	auto_of(bucket) bucket = NULL;
	bool cancel = true;

	good(bucket_open_directory(in_dir("buckets"), "cancel", true, &bucket,
				   &err));
	bucket_cancel(bucket, &cancel);
	bad(UNAVAILABLE, "cancelled", put(bucket, "a", "x"));
	cancel = false;
	good(put(bucket, "a", "x"));
}

/* Threads that put into and remove from the same directory. */
static void *churn(void *data)
{
	struct bucket *bucket = data;
	struct error own = { 0 };
	auto_close int fd = text_file("churn");

	for (int i = 0; i < 300; i++) {
		char key[40];

		snprintf(key, sizeof(key), "d/e/%d", rand() % 8);
		if (!bucket_put(bucket, key, fd, NULL, &own) ||
		    !bucket_remove(bucket, key, &own))
			return format_text("%s", own.text);
	}
	return NULL;
}

static void threads(void)
{
	auto_of(bucket) bucket = NULL;
	pthread_t ids[4];

	good(bucket_open_directory(in_dir("buckets"), "threads", true, &bucket,
				   &err));
	for (size_t i = 0; i < 4; i++)
		check(pthread_create(&ids[i], NULL, churn, bucket) == 0);
	for (size_t i = 0; i < 4; i++) {
		void *why;

		pthread_join(ids[i], &why);
		if (why)
			fprintf(stderr, "%s\n", (char *)why);
		check(!why);
	}
	check(entries(in_dir("buckets/threads")) == 0);
}

#define OBJECT (4 << 20)

/* Puts objects of one byte repeated, over and over, until it is killed. */
__attribute__((noreturn)) static void put_forever(struct bucket *bucket)
{
	char *data = malloc(OBJECT);
	auto_close int fd = text_file("");

	for (unsigned round = 0;; round++) {
		memset(data, 'a' + (int)(round % 26), OBJECT);
		check(pwrite(fd, data, OBJECT, 0) == OBJECT);
		good(bucket_put(bucket, "deep/er/object", fd, NULL, &err));
	}
}

static void killed(void)
{
	auto_of(bucket) bucket = NULL;
	char *data = malloc(OBJECT);
	unsigned most = 40000, seen = 0;

	good(bucket_open_directory(in_dir("buckets"), "killed", true, &bucket,
				   &err));
	for (int round = 0; round < 60 || seen <= 10; round++) {
		struct bucket_object object;
		auto_close int fd = -1;
		pid_t child = fork();

		if (!child)
			put_forever(bucket);
		usleep((useconds_t)((unsigned)rand() % most));
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		if (!bucket_head(bucket, "deep/er/object", &object, &err)) {
			check(err.fault == FAULT_KEY_NOT_FOUND);
			error_clear(&err);
			most += most / 8; /* this host takes longer */
			continue;
		}
		seen++;
		check(object.size == OBJECT);
		good(bucket_open_object(bucket, "deep/er/object", OBJECT, NULL,
					&fd, &err));
		check(pread(fd, data, OBJECT, 0) == OBJECT);
		for (size_t i = 1; i < OBJECT; i++)
			check(data[i] == data[0]);
	}
	good(put(bucket, "last", "x"));
	check(entries(in_dir("buckets/.new")) == 0);
	lists(bucket, "", 0, "deep/er/object:4194304 last:1 ");
	free(data);
}

int main(void)
{
	names();
	keys();
	objects();
	pieces();
	long_component();
	order();
	many();
	links();
	too_long();
	cancelled();
	threads();
	killed();
	return 0;
}
