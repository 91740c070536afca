/* transfer.c - bundles to a directory and to a real S3 server and back:
 * complete, resumed, with failures, damaged, killed at any moment */
#include "bundle/transfer.h"

#include <dirent.h>
#include <pthread.h>

#include "bundle/sums.h"
#include "tests/bundle/s3.h"
#include "tests/sweep.h"

#define PARTS 25
#define PART (100 << 10)

static struct error err;
static struct s3_test s3;

static const char *part_name(size_t i)
{
	return keep(manifest_part_name("image", i, PARTS));
}

static const char *fresh(const char *name)
{
	static unsigned count;
	char *path = in_dir(keep(format_text("%s-%u", name, count++)));

	check(mkdir(path, 0700) == 0);
	return path;
}

/* Makes a directory with a bundle that nobody could open, but whose digests
 * are right. */
static const char *make_bundle(const char *name, unsigned seed)
{
	const char *directory = fresh(name);
	char *data = malloc(PART);
	struct manifest_part parts[PARTS] = { { 0 } };
	struct manifest manifest = {
		.architecture = "x86_64", .name = "image",
		.user = "123456789012",	  .type = "machine",
		.digest = "da39a3ee5e6b4b0d3255bfef95601890afd80709",
		.size = 1 << 20,	  .parts = parts,
		.part_count = PARTS,
		.ec2_key = "00",	  .user_key = "00",
		.ec2_iv = "00",		  .user_iv = "00",
	};
	auto_buf text = BUF_INIT;

	check(data);
	for (size_t i = 0; i < PARTS; i++) {
		size_t size = i + 1 < PARTS ? PART : 16 * 77;
		const char *path;
		struct sums sums;

		for (size_t j = 0; j < size; j++)
			data[j] = (char)((i * PART + j + seed) * 2654435761U >>
					 11);
		parts[i].name = part_name(i);
		path = keep(format_text("%s/%s", directory, parts[i].name));
		make_file(path, data, size, size);
		good(sum_file(reading(path), SUM_SHA1, &sums, &err));
		strcpy(parts[i].digest, sums.sha1);
		manifest.bundled_size += size;
	}
	good(manifest_write(&manifest, NULL, &text, &err));
	make_file(keep(format_text("%s/image.manifest.xml", directory)),
		  text.data, text.size, text.size);
	free(data);
	return directory;
}

static const char *manifest_of(const char *directory)
{
	return keep(format_text("%s/image.manifest.xml", directory));
}

static bool upload(struct bucket *bucket, const char *directory)
{
	struct transfer transfer = { .bucket = bucket, .prefix = "some/where" };

	return bundle_upload(&transfer, manifest_of(directory), &err);
}

static bool download(struct bucket *bucket, const char *directory)
{
	struct transfer transfer = { .bucket = bucket, .prefix = "some/where" };

	return bundle_download(&transfer, "image.manifest.xml", directory,
			       &err);
}

static bool erase(struct bucket *bucket)
{
	struct transfer transfer = { .bucket = bucket, .prefix = "some/where" };

	return bundle_delete(&transfer, "image.manifest.xml", &err);
}

static bool has(struct bucket *bucket, const char *name)
{
	struct bucket_object object;

	if (bucket_head(bucket, keep(format_text("some/where/%s", name)),
			&object, &err))
		return true;
	check(err.fault == FAULT_KEY_NOT_FOUND);
	error_clear(&err);
	return false;
}

static bool count_one(void *data, const struct bucket_object *object)
{
	(void)object;
	++*(unsigned *)data;
	return true;
}

static unsigned objects(struct bucket *bucket)
{
	unsigned count = 0;

	good(bucket_list(bucket, "", count_one, &count, &err));
	return count;
}

static unsigned times(const char *text, const char *words)
{
	unsigned count = 0;

	for (; (text = strstr(text, words)); text++)
		count++;
	return count;
}

static void same_files(const char *left, const char *right)
{
	run("diff", "-r", left, right);
}

static void there_and_back(struct bucket *bucket, const char *bundle)
{
	const char *to = fresh("to");

	good(upload(bucket, bundle));
	check(objects(bucket) == PARTS + 1);
	good(upload(bucket, bundle));
	good(download(bucket, to));
	same_files(bundle, to);
	good(download(bucket, to));
	good(erase(bucket));
	check(objects(bucket) == 0);
	bad(KEY_NOT_FOUND, "no bundle 'image.manifest.xml'", erase(bucket));
	bad(KEY_NOT_FOUND, "image.manifest.xml", download(bucket, to));
}

/* What is wrong here is found before it is sent. */
static void damaged_here(struct bucket *bucket)
{
	const char *bundle = make_bundle("damaged", 5);
	char *path = keep(format_text("%s/%s", bundle, part_name(7)));
	struct transfer part = { .bucket = bucket,
				 .prefix = "",
				 .first_part = PARTS };

	check(truncate(path, PART - 1) == 0);
	bad(INVALID_MANIFEST, "by the manifest", upload(bucket, bundle));
	check(objects(bucket) == 0);
	check(truncate(path, PART) == 0);
	make_file(path, "other bytes", 11, PART);
	bad(INVALID_MANIFEST, "image.part.07 is not what its manifest says",
	    upload(bucket, bundle));
	check(!has(bucket, "image.part.07") &&
	      !has(bucket, "image.manifest.xml"));
	check(unlink(path) == 0);
	bad(INVALID_MANIFEST, "image.part.07 is not beside",
	    upload(bucket, bundle));
	check(mkfifo(path, 0600) == 0);
	bad(INVALID_MANIFEST, "no regular file", upload(bucket, bundle));
	bad(INVALID_PARAMETER, "25 parts, so there is no 25",
	    bundle_upload(&part, manifest_of(bundle), &err));
	/* from the part behind it on it can be sent, as is wished */
	part.first_part = 8;
	part.no_manifest = true;
	part.prefix = "some/where";
	good(bundle_upload(&part, manifest_of(bundle), &err));
	check(has(bucket, "image.part.24") && !has(bucket, "image.part.07"));
	check(!has(bucket, "image.manifest.xml"));
	good(erase(bucket)); /* without a manifest, by their names */
	check(objects(bucket) == 0);
}

static void put_text(struct bucket *bucket, const char *key, const char *text)
{
	auto_close int fd = open(getenv("TMPDIR"), O_TMPFILE | O_RDWR, 0600);

	check(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	good(bucket_put(bucket, key, fd, NULL, &err));
}

static void damaged_there(struct bucket *bucket, const char *bundle)
{
	const char *to = fresh("damaged-to");

	good(upload(bucket, bundle));
	put_text(bucket, "some/where/image.part.03", "something else");
	bad(INVALID_MANIFEST, "image.part.03 is not what its manifest says",
	    download(bucket, to));
	check(access(manifest_of(to), F_OK) != 0);
	check(access(keep(format_text("%s/image.part.03", to)), F_OK) != 0);
	good(bucket_remove(bucket, "some/where/image.part.03", &err));
	bad(KEY_NOT_FOUND, "image.part.03", download(bucket, to));
	check(access(manifest_of(to), F_OK) != 0);
	good(upload(bucket, bundle)); /* only that one is sent */
	good(download(bucket, to));
	same_files(bundle, to);
	good(erase(bucket));
}

/* What a stranger's manifest may not do to the directory. */
static void strangers(struct bucket *bucket, const char *bundle)
{
	const char *to = fresh("strange");
	char *mine = keep(format_text("%s/image.part.05", to));
	auto_buf text = BUF_INIT;
	char *at;

	good(upload(bucket, bundle));
	make_file(mine, "mine", 4, 4);
	bad(INVALID_PARAMETER, "image.part.05 is in", download(bucket, to));
	check(strcmp(run("cat", mine), "mine") == 0);
	check(unlink(mine) == 0);
	check(symlink("/etc/passwd", mine) == 0);
	check(!download(bucket, to));
	error_clear(&err);
	check(unlink(mine) == 0);
	make_file(manifest_of(to), "mine", 4, 4);
	bad(INVALID_PARAMETER, "image.manifest.xml is in",
	    download(bucket, to));
	check(unlink(manifest_of(to)) == 0);

	good(file_read(manifest_of(bundle), 1 << 20, &text, &err));
	at = strstr(text.data, "image.part.05");
	memcpy(at, ".bashrc______", 13);
	put_text(bucket, "some/where/image.manifest.xml", text.data);
	put_text(bucket, "some/where/.bashrc______", "evil");
	bad(INVALID_MANIFEST, "will be named '.bashrc______'",
	    download(bucket, to));
	check(access(keep(format_text("%s/.bashrc______", to)), F_OK) != 0);
	memcpy(at, "../../escaped", 13);
	put_text(bucket, "some/where/image.manifest.xml", text.data);
	check(!download(bucket, to) && err.fault == FAULT_INVALID_MANIFEST);
	error_clear(&err);
	good(bucket_remove(bucket, "some/where/image.manifest.xml", &err));
	good(bucket_remove(bucket, "some/where/.bashrc______", &err));
	good(erase(bucket));
	check(objects(bucket) == 0);
}

static void opened(struct bucket *bucket, const char *bundle)
{
	struct arena *arena = arena_new();
	struct manifest manifest;
	struct parts parts;

	good(upload(bucket, bundle));
	for (size_t upto = 3; upto <= PARTS; upto += PARTS - 3) {
		good(bundle_open(bucket, "some/where/image.manifest.xml",
				 getenv("TMPDIR"), arena, &manifest, &parts,
				 &err));
		check(manifest.part_count == PARTS);
		for (size_t i = 0; i < upto; i++) {
			auto_close int fd = -1;
			struct sums sums;

			good(parts.open(parts.data, &manifest.parts[i], &fd,
					&err));
			check(lseek(fd, 0, SEEK_CUR) == 0);
			good(sum_file(fd, SUM_SHA1, &sums, &err));
			check(strcmp(sums.sha1, manifest.parts[i].digest) ==
			      0);
		}
		parts_close(&parts);
	}
	good(bucket_remove(bucket, "some/where/image.part.01", &err));
	good(bundle_open(bucket, "some/where/image.manifest.xml",
			 getenv("TMPDIR"), arena, &manifest, &parts, &err));
	auto_close int first = -1, second = -1;

	good(parts.open(parts.data, &manifest.parts[0], &first, &err));
	bad(KEY_NOT_FOUND, "image.part.01",
	    parts.open(parts.data, &manifest.parts[1], &second, &err));
	parts_close(&parts);
	good(erase(bucket));
	bad(KEY_NOT_FOUND, "image.manifest.xml",
	    bundle_open(bucket, "some/where/image.manifest.xml",
			getenv("TMPDIR"), arena, &manifest, &parts, &err));
	arena_free(arena);
}

/* Whether what is in the bucket is a whole bundle, or has no manifest. */
static bool whole(struct bucket *bucket)
{
	if (!has(bucket, "image.manifest.xml"))
		return false;
	for (size_t i = 0; i < PARTS; i++)
		check(has(bucket, part_name(i)));
	good(download(bucket, fresh("whole")));
	return true;
}

/* The call of a child that is killed after at most so many microseconds. */
static void kill_amid(bool (*call)(struct bucket *, const char *),
		      struct bucket *bucket, const char *directory,
		      unsigned most)
{
	pid_t child = fork();

	if (!child)
		_exit(!call(bucket, directory));
	usleep((useconds_t)((unsigned)rand() % most));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static void killed(struct bucket *bucket, const char *bundle, unsigned most,
		   unsigned rounds)
{
	unsigned complete = 0;
	const char *to;

	for (unsigned i = 0; i < rounds; i++) {
		kill_amid(upload, bucket, bundle, most);
		if (whole(bucket)) {
			complete++;
			good(erase(bucket));
		}
	}
	good(upload(bucket, bundle));
	check(whole(bucket) && objects(bucket) == PARTS + 1);
	to = fresh("killed");
	for (unsigned i = 0; i < rounds; i++) {
		kill_amid(download, bucket, to, most);
		if (access(manifest_of(to), F_OK) == 0) {
			same_files(bundle, to);
			complete++;
			to = fresh("killed");
		}
	}
	good(download(bucket, to));
	same_files(bundle, to);
	good(erase(bucket));
	printf("%u of %u were complete\n", complete, 2 * rounds);
	check(complete < 2 * rounds);
}

/* Parts first and the manifest last, whatever fails on the way; and what is
 * there is not sent again. */
static void failing(struct bucket *bucket, const char *bundle)
{
	const char *requests, *to = fresh("failing"), *other;
	struct bucket_server patient = s3.server;
	struct bucket *stubborn;

	patient.tries = 12;
	good(bucket_open_server(&patient, "bundles", true, &stubborn, &err));
	asked(&s3);
	plan(&s3, "always random 0.25");
	good(upload(stubborn, bundle));
	requests = asked(&s3);
	check(times(requests, "PUT /bundles/some/where/image.part.") >= PARTS);
	check(strstr(strstr(requests, "PUT /bundles/some/where/image.manifest"),
		     "PUT /bundles/some/where/image.part.") == NULL);
	good(download(stubborn, to));
	plan(&s3, "");
	same_files(bundle, to);
	bucket_close(stubborn);

	/* a second bundle of that name is cut short: none looks complete */
	other = make_bundle("other", 77);
	plan(&s3, "pass\npass\npass\npass\npass\npass\npass\npass\npass\npass\n"
		  "pass\npass\npass\npass\npass\nalways 403");
	bad(AUTH_FAILURE, "AccessDenied", upload(bucket, other));
	plan(&s3, "");
	check(!has(bucket, "image.manifest.xml"));
	asked(&s3);
	good(upload(bucket, other));
	requests = asked(&s3);
	check(times(requests, " PUT ") < PARTS && times(requests, " PUT ") > 1);
	check(whole(bucket));
	asked(&s3);
	good(upload(bucket, other));
	check(times(asked(&s3), " PUT ") == 0);
	good(erase(bucket));
}

static void *cancel_soon(void *data)
{
	usleep(20000);
	__atomic_store_n((bool *)data, true, __ATOMIC_RELAXED);
	return NULL;
}

static void watch(void *data, uint64_t done, uint64_t total)
{
	uint64_t *last = data;

	check(done > *last && done <= total);
	*last = done;
}

static void watched(struct bucket *bucket, const char *bundle)
{
	uint64_t last = 0;
	bool cancel = false;
	struct transfer transfer = { .bucket = bucket,
				     .prefix = "some/where",
				     .parallel = 3,
				     .progress = watch,
				     .watch_data = &last };
	pthread_t id;

	good(bundle_upload(&transfer, manifest_of(bundle), &err));
	check(last == (PARTS - 1) * PART + 16 * 77);
	good(erase(bucket));
	transfer.cancel = &cancel;
	last = 0;
	check(pthread_create(&id, NULL, cancel_soon, &cancel) == 0);
	plan(&s3, "always silence");
	bad(UNAVAILABLE, "cancelled",
	    bundle_upload(&transfer, manifest_of(bundle), &err));
	plan(&s3, "");
	pthread_join(id, NULL);
}

int main(void)
{
	const char *bundle = make_bundle("bundle", 1);
	auto_of(bucket) local = NULL;
	auto_of(bucket) remote = NULL;

	good(bucket_open_directory(in_dir("buckets"), "bundles", true, &local,
				   &err));
	there_and_back(local, bundle);
	damaged_here(local);
	damaged_there(local, bundle);
	strangers(local, bundle);
	opened(local, bundle);
	killed(local, bundle, 60000, sampled(6, 20));

	s3_begin(&s3);
	good(bucket_open_server(&s3.server, "bundles", true, &remote, &err));
	there_and_back(remote, bundle);
	damaged_here(remote);
	damaged_there(remote, bundle);
	strangers(remote, bundle);
	opened(remote, bundle);
	failing(remote, bundle);
	watched(remote, bundle);
	killed(remote, bundle, 700000, sampled(3, 8));
	return 0;
}
