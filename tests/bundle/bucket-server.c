/* bucket-server.c - a real S3 server's bucket: objects, odd keys, pages,
 * regions, wrong keys; failures that pass, and those that do not; a server
 * that lies, redirects and never ends */
#include "bundle/bucket.h"

#include <pthread.h>
#include <sys/resource.h>

#include "images/base/clock.h"
#include "tests/bundle/s3.h"

/* What would be waited for without us: ten minutes of silence, or for ever. */
#define SOON (300 * USEC_PER_SEC)

static struct error err;
static struct s3_test s3;
static struct bucket *bucket; /* through the one that fails */
static struct bucket *hasty;  /* the same, without much patience */

static int text_file(const char *text, size_t size)
{
	int fd = open(getenv("TMPDIR"), O_TMPFILE | O_RDWR, 0600);

	check(fd >= 0 && write(fd, text, size) == (ssize_t)size);
	return fd;
}

static bool put(const char *key, const char *text)
{
	auto_close int fd = text_file(text, strlen(text));

	return bucket_put(bucket, key, fd, "aws-exec-read", &err);
}

static bool get(const char *key, uint64_t most, char got[100])
{
	auto_close int fd = text_file("old content that is longer", 26);

	memset(got, 0, 100);
	return bucket_get(bucket, key, most, fd, &err) &&
	       pread(fd, got, 99, 0) >= 0;
}

static void holds(const char *key, const char *text)
{
	char got[100];

	good(get(key, 99, got));
	check(strcmp(got, text) == 0);
}

static struct buf listed;

static bool each(void *data, const struct bucket_object *object)
{
	size_t *most = data;

	buf_printf(&listed, "%s:%llu ", object->key,
		   (unsigned long long)object->size);
	return !most || --*most;
}

static void lists(const char *prefix, const char *wanted)
{
	buf_done(&listed);
	good(bucket_list(bucket, prefix, each, NULL, &err));
	if (strcmp(buf_text(&listed), wanted) != 0)
		fprintf(stderr, "'%s' is not '%s'\n", buf_text(&listed),
			wanted);
	check(strcmp(buf_text(&listed), wanted) == 0);
}

static void begin(void)
{
	struct bucket_server wrong;
	struct bucket *other;
	char got[100];

	good(bucket_open_server(&s3.server, "images", false, &bucket, &err));
	bad(BUCKET_NOT_FOUND, "NoSuchBucket", put("a", "x"));
	bucket_close(bucket);
	good(bucket_open_server(&s3.server, "images", true, &bucket, &err));
	good(bucket_open_server(&s3.server, "images", true, &other, &err));
	bucket_close(other);
	bad(KEY_NOT_FOUND, "no 'a' in the bucket 'images'", get("a", 9, got));

	wrong = s3.server;
	wrong.secret = "not-the-secret";
	good(bucket_open_server(&wrong, "images", false, &other, &err));
	bad(AUTH_FAILURE, "SignatureDoesNotMatch",
	    bucket_remove(other, "a", &err));
	bucket_close(other);
	wrong.tries = 2;
	wrong.url = "http://127.0.0.1:1";
	good(bucket_open_server(&wrong, "images", false, &other, &err));
	bad(UNAVAILABLE,
	    "the S3 server 127.0.0.1:1: ", bucket_remove(other, "a", &err));
	bucket_close(other);
}

static void objects(void)
{
	static const char *const odd[] = { "a b", "a+b=c&d", "100%", "%41",
		"~x", "\xc3\xa9/\xe2\x82\xac", "...", "a/b/c.part.00",
		"!*'();:@$,?#[]", "a\"<>^`{|}\\" };
	const char *requests;
	struct bucket_object object;
	char got[100];

	asked(&s3);
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		good(put(odd[i], odd[i]));
		holds(odd[i], odd[i]);
		good(bucket_head(bucket, odd[i], &object, &err));
		check(object.size == strlen(odd[i]));
		check(strlen(object.etag) == 32);
	}
	requests = asked(&s3);
	check(strstr(requests, "PUT /images/a%20b aws-exec-read md5 "));
	bad(INVALID_PARAMETER, "more than 4 bytes",
	    get("a/b/c.part.00", 4, got));
	good(get("a/b/c.part.00", 13, got));
	lists("a", "a b:3 a\"<>^`{|}\\:10 a+b=c&d:7 a/b/c.part.00:13 ");
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		good(bucket_remove(bucket, odd[i], &err));
	good(bucket_remove(bucket, odd[0], &err));
	bad(KEY_NOT_FOUND, "no 'a b'",
	    bucket_head(bucket, "a b", &object, &err));
	lists("", "");
}

static void large(void)
{
	enum { SIZE = 5 << 20 };
	char *data = malloc(SIZE), *back = malloc(SIZE);
	auto_close int from = -1, to = -1;

	for (size_t i = 0; i < SIZE; i++)
		data[i] = (char)(i * 2654435761U >> 13);
	from = text_file(data, SIZE);
	plan(&s3, "early\nafter\ntruncate\npass\ntruncate");
	good(bucket_put(bucket, "large", from, NULL, &err));
	good(bucket_open_object(bucket, "large", SIZE, getenv("TMPDIR"), &to,
				&err));
	check(pread(to, back, SIZE, 0) == SIZE &&
	      memcmp(data, back, SIZE) == 0);
	good(bucket_remove(bucket, "large", &err));
	free(data);
	free(back);
}

/* Whether a piece of what large() put is what was put there. */
static bool piece(struct bucket_reader *reader, size_t size, uint64_t offset,
		  const char *data)
{
	auto_free char *got = malloc(size + 1);
	bool ok;

	check(got);
	got[size] = '~';
	ok = bucket_reader_read(reader, got, size, offset, &err);
	check(!ok || memcmp(got, data + offset, size) == 0);
	check(got[size] == '~');
	return ok;
}

/* What is no answer to the piece that was asked for, and none of the object
 * that was opened. */
static void lies(struct bucket_reader *reader, const char *data)
{
	static const struct {
		const char *mode, *words;
		enum fault fault;
	} modes[] = {
		{ "part-other", "another piece", FAULT_UNAVAILABLE },
		{ "part-short", "another piece", FAULT_UNAVAILABLE },
		{ "part-less", "another piece", FAULT_UNAVAILABLE },
		{ "part-untold", "another piece", FAULT_UNAVAILABLE },
		{ "part-long", "more than 1000 bytes",
		  FAULT_INVALID_PARAMETER },
		{ "part-more", "more than 1000 bytes",
		  FAULT_INVALID_PARAMETER },
		{ "endless-part", "more than 1000 bytes",
		  FAULT_INVALID_PARAMETER },
		{ "part-grown", "took the place", FAULT_INVALID_PARAMETER },
		{ "part-etag", "took the place", FAULT_INVALID_PARAMETER },
		{ "part-no-etag", "took the place", FAULT_INVALID_PARAMETER },
		{ "part-whole", "not answer pieces", FAULT_UNSUPPORTED },
		{ "endless", "not answer pieces", FAULT_UNSUPPORTED },
		{ "garbage", "HTTP/0.9", FAULT_UNAVAILABLE },
		{ "403", "AccessDenied", FAULT_AUTH_FAILURE },
	};

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		plan(&s3, keep(format_text("%s\n", modes[i].mode)));
		refused(__FILE__, __LINE__, modes[i].mode,
			piece(reader, 1000, 70000, data), modes[i].fault,
			modes[i].words, &err);
	}
	good(piece(reader, 1000, 70000, data));
}

/* Pieces of an object, which stays the one that it was, however often it takes
 * to get them. */
static void pieces(void)
{
	enum { SIZE = (4 << 20) + (600 << 10) };
	static const char *const passing_[] = { "503", "reset", "nothing",
						"truncate" };
	char *data = malloc(SIZE);
	auto_of(bucket_reader) reader = NULL;
	auto_close int from = -1;
	struct bucket_reader *none;

	for (size_t i = 0; i < SIZE; i++)
		data[i] = (char)(i * 2246822519U >> 11);
	from = text_file(data, SIZE);
	bad(KEY_NOT_FOUND, "no 'pieces' in the bucket 'images'",
	    bucket_open_reader(bucket, "pieces", &none, &err));
	good(bucket_put(bucket, "pieces", from, NULL, &err));
	plan(&s3, "pass\npart-whole\n");
	bad(UNSUPPORTED, "does not answer pieces",
	    bucket_open_reader(bucket, "pieces", &none, &err));
	good(bucket_open_reader(bucket, "pieces", &reader, &err));
	check(bucket_reader_size(reader) == SIZE);
	asked(&s3);
	good(piece(reader, 1, 0, data));
	good(piece(reader, 3000, 1 << 20, data));
	good(piece(reader, 1, SIZE - 1, data));
	check(strstr(asked(&s3), " bytes=1048576-1051575\n"));
	good(piece(reader, SIZE, 0, data));
	for (size_t i = 0; i < sizeof(passing_) / sizeof(*passing_); i++) {
		plan(&s3, keep(format_text("%s\n", passing_[i])));
		good(piece(reader, 100000, 5, data));
	}
	lies(reader, data);
	data[9] ^= 1;
	close(from);
	from = text_file(data, SIZE);
	good(bucket_put(bucket, "pieces", from, NULL, &err));
	bad(INVALID_PARAMETER, "another object took the place of 'pieces'",
	    piece(reader, 100, 0, data));
	good(put("pieces", "short"));
	bad(INVALID_PARAMETER, "HTTP 416", piece(reader, 100, 10, data));
	good(bucket_remove(bucket, "pieces", &err));
	bad(KEY_NOT_FOUND, "no 'pieces' in the bucket 'images'",
	    piece(reader, 100, 0, data));
	free(data);
}

/* Of an object's start no more is fetched than is wanted, and all of that. */
static void starts(void)
{
	enum { SIZE = 300 << 10 };
	char *data = calloc(1, SIZE);
	auto_buf start = BUF_INIT, all = BUF_INIT;
	auto_close int from = -1;

	memset(data, 'a', SIZE);
	from = text_file(data, SIZE);
	good(bucket_put(bucket, "start", from, NULL, &err));
	good(bucket_start(bucket, "start", 200 << 10, &start, &err));
	check(start.size == 200 << 10);
	good(bucket_start(bucket, "start", 1 << 20, &all, &err));
	check(all.size == SIZE && memcmp(all.data, data, SIZE) == 0);
	good(bucket_remove(bucket, "start", &err));
	free(data);
}

static void pages(void)
{
	char key[20];
	size_t most = 3;

	for (int i = 0; i < 120; i++) {
		snprintf(key, sizeof(key), "p/%04d", i);
		good(put(key, ""));
	}
	buf_done(&listed);
	asked(&s3);
	good(bucket_list(bucket, "p/", each, NULL, &err));
	check(strstr(asked(&s3), "continuation-token="));
	check(listed.size == 120 * strlen("p/0000:0 "));
	check(strstr(listed.data, "p/0049:0 p/0050:0 p/0051:0 "));
	buf_done(&listed);
	good(bucket_list(bucket, "p/", each, &most, &err));
	check(strcmp(listed.data, "p/0000:0 p/0001:0 p/0002:0 ") == 0);
	bad(BUCKET_NOT_EMPTY, "BucketNotEmpty", bucket_drop(bucket, &err));
	for (int i = 0; i < 120; i++) {
		snprintf(key, sizeof(key), "p/%04d", i);
		good(bucket_remove(bucket, key, &err));
	}
}

/* What passes is tried again, and how often is the caller's word. */
static void passing(void)
{
	static const char *const modes[] = { "500", "503", "429", "timeout",
					     "reset", "nothing", "after",
					     "truncate" };
	struct bucket_object object;
	struct bucket_server once = s3.server;
	struct bucket *other;

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		plan(&s3, keep(format_text("%s\n%s", modes[i], modes[i])));
		good(put("again", modes[i]));
		plan(&s3, keep(format_text("%s\n", modes[i])));
		holds("again", modes[i]);
		if (strcmp(modes[i], "timeout") == 0)
			continue; /* which only the body would say */
		plan(&s3, keep(format_text("%s\n", modes[i])));
		good(bucket_head(bucket, "again", &object, &err));
	}
	plan(&s3, "always 503");
	bad(UNAVAILABLE, "answered SlowDown: slow down (HTTP 503)",
	    put("again", "x"));
	asked(&s3);
	once.tries = 2;
	good(bucket_open_server(&once, "images", false, &other, &err));
	bad(UNAVAILABLE, "SlowDown", bucket_remove(other, "again", &err));
	check(strlen(asked(&s3)) / 2 > 20); /* two lines */
	plan(&s3, "500\n500\n");
	bad(UNAVAILABLE, "InternalError", bucket_remove(other, "again", &err));
	plan(&s3, "403\n");
	asked(&s3);
	bad(AUTH_FAILURE, "answered AccessDenied: Access Denied (HTTP 403)",
	    bucket_remove(other, "again", &err));
	check(strncmp(asked(&s3), "403 DELETE", 10) == 0);
	plan(&s3, "501\n");
	bad(UNSUPPORTED, "NotImplemented: a header (HTTP 501)",
	    bucket_remove(other, "again", &err));
	bucket_close(other);
	plan(&s3, "");
	good(put("again", "truncate"));
}

/* A redirect is signed anew; the region is learnt, from Swift itself and from
 * a header. */
static void redirects(void)
{
	static const struct {
		const char *to, *words;
	} lost_ways[] = {
		{ "below", "redirects for ever" },
		{ "itself", "without saying where" },
		{ "nowhere", "without saying where" },
		{ "bad-region", "without saying where" },
		{ "file", "no address of its kind" },
		{ "gopher", "no address of its kind" },
		{ "path", "no address of its kind" },
		{ "user", "no address of its kind" },
		{ "endpoint", "which is no host" },
		{ "backslash", "which is no host" },
		{ "other", "169.254.169.254, which is another one" },
		{ "port", "localhost:22, which is another one" },
	};
	struct bucket_server far = s3.server;
	struct bucket_object object;
	struct arena *arena = arena_new();
	const char *region;
	struct bucket *other;
	char got[100];

	far.region = "eu-west-1";
	good(bucket_open_server(&far, "images", false, &other, &err));
	good(bucket_region(other, arena, &region, &err));
	check(strcmp(region, "us-east-1") == 0);
	asked(&s3);
	good(bucket_head(other, "again", &object, &err));
	check(strstr(asked(&s3), "['us-east-1']"));
	bucket_close(other);

	good(bucket_open_server(&far, "images", false, &other, &err));
	plan(&s3, "to-region\n");
	asked(&s3);
	good(bucket_head(other, "again", &object, &err));
	check(strstr(asked(&s3), "to-region HEAD /images/again - - localhost"));
	bucket_close(other);

	plan(&s3, "to-below\n");
	holds("again", "truncate");
	check(strstr(asked(&s3), "pass GET /images/again - - below.localhost"));
	plan(&s3, "");
	holds("again", "truncate"); /* that one was temporary */
	check(!strstr(asked(&s3), "below.localhost"));

	for (size_t i = 0; i < sizeof(lost_ways) / sizeof(*lost_ways); i++) {
		plan(&s3, keep(format_text("always to-%s", lost_ways[i].to)));
		refused(__FILE__, __LINE__, lost_ways[i].to,
			get("again", 99, got), FAULT_UNAVAILABLE,
			lost_ways[i].words, &err);
	}
	plan(&s3, "");
	arena_free(arena);
}

/* Whom to ask where a server does that: a slow host is not to be taken for a
 * server that says nothing. */
static struct bucket *asks(const char *mode)
{
	return strcmp(mode, "drip") == 0 || strcmp(mode, "silence") == 0 ?
		       hasty :
		       bucket;
}

/* Each ends in one error, long before the server ends it, and in little memory.
 */
static void hostile_gets(void)
{
	static const struct {
		const char *mode, *words;
		enum fault fault;
	} gets[] = {
		{ "418", "a failure (HTTP 418)", FAULT_INVALID_PARAMETER },
		{ "control", "answered Access Denied: a b  [31mxxx",
		  FAULT_AUTH_FAILURE },
		{ "bomb", "a failure (HTTP 400)", FAULT_INVALID_PARAMETER },
		{ "endless-error", "a failure (HTTP 400)",
		  FAULT_INVALID_PARAMETER },
		{ "deep-error", "a failure (HTTP 400)",
		  FAULT_INVALID_PARAMETER },
		{ "long-size", "more than 99 bytes", FAULT_INVALID_PARAMETER },
		{ "endless", "more than 99 bytes", FAULT_INVALID_PARAMETER },
		{ "endless-chunks", "more than 99 bytes",
		  FAULT_INVALID_PARAMETER },
		{ "endless-head", "of headers", FAULT_UNAVAILABLE },
		{ "endless-100", "of headers", FAULT_UNAVAILABLE },
		{ "garbage", "HTTP/0.9", FAULT_UNAVAILABLE },
		{ "drip", "S3 server", FAULT_UNAVAILABLE },
		{ "silence", "S3 server", FAULT_UNAVAILABLE },
	};
	usec_t start;

	for (size_t i = 0; i < sizeof(gets) / sizeof(gets[0]); i++) {
		struct bucket *patient = bucket;
		char got[100];

		start = clock_monotonic();
		plan(&s3, keep(format_text("always %s", gets[i].mode)));
		bucket = asks(gets[i].mode);
		refused(__FILE__, __LINE__, gets[i].mode, get("again", 99, got),
			gets[i].fault, gets[i].words, &err);
		bucket = patient;
		check(clock_monotonic() - start < SOON);
	}
}

static void hostile_lists(void)
{
	static const struct {
		const char *mode, *words;
	} answers[] = {
		{ "list-again", "out of order" },
		{ "list-down", "out of order" },
		{ "list-empty", "does not end" },
		{ "list-no-token", "does not end" },
		{ "list-endless", "does not end" },
		{ "list-bomb", "document type" },
		{ "list-tags", "made of tags" },
		{ "list-attributes", "too long" },
		{ "list-cut", "no XML" },
		{ "list-no-size", "what is no object" },
		{ "list-bad-size", "what is no object" },
		{ "418", "a failure (HTTP 418)" },
		{ "endless-list", "bytes" },
		{ "drip", "S3 server" },
	};
	usec_t start;

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		start = clock_monotonic();
		plan(&s3, keep(format_text("always %s", answers[i].mode)));
		buf_done(&listed);
		if (bucket_list(asks(answers[i].mode), "", each, NULL, &err) ||
		    !strstr(err.text, answers[i].words))
			lost(__FILE__, __LINE__, answers[i].mode, &err);
		error_clear(&err);
		check(clock_monotonic() - start < SOON);
	}
	plan(&s3, "always list-traversal");
	lists("", "good:1 ");
	plan(&s3, "always list-foreign");
	bad(UNAVAILABLE, "out of order",
	    bucket_list(bucket, "key", each, NULL, &err));
}

static void hostile(void)
{
	struct bucket_server once = s3.server;
	struct bucket *before = bucket;

	once.tries = 1;
	good(bucket_open_server(&once, "images", false, &bucket, &err));
	once.stall = 3;
	good(bucket_open_server(&once, "images", false, &hasty, &err));
	hostile_gets();
	hostile_lists();
	bucket_close(hasty);
	bucket_close(bucket);
	bucket = before;
	plan(&s3, "");
}

/* A secret that a server says back is not repeated. */
static void secrets(void)
{
	struct bucket_server temporary = s3.server;
	struct bucket *other;

	temporary.token = "a-token-that-nobody-may-see";
	good(bucket_open_server(&temporary, "images", false, &other, &err));
	plan(&s3, "echo");
	check(!bucket_remove(other, "x", &err));
	check(strstr(err.text, "AccessDenied") && !strstr(err.text, "a-token"));
	error_clear(&err);
	bucket_close(other);
}

static void *cancel_soon(void *data)
{
	usleep(300000);
	__atomic_store_n((bool *)data, true, __ATOMIC_RELAXED);
	return NULL;
}

static void cancelled(void)
{
	usec_t start = clock_monotonic();
	bool cancel = false;
	pthread_t id;
	char got[100];

	plan(&s3, "always silence");
	bucket_cancel(bucket, &cancel);
	check(pthread_create(&id, NULL, cancel_soon, &cancel) == 0);
	bad(UNAVAILABLE, "cancelled", get("again", 99, got));
	pthread_join(id, NULL);
	check(clock_monotonic() - start < SOON);
	bucket_cancel(bucket, NULL);
	plan(&s3, "");
}

/* The bucket's name before the host's; Swift answers under that domain. */
static void hosted(void)
{
	struct bucket_server server = s3.direct;
	struct bucket *before = bucket;

	server.url = keep(format_text("http://hosted.localhost:%s", s3.port));
	server.hosted = true;
	good(bucket_open_server(&server, "images", false, &bucket, &err));
	good(put("a b/c", "by its host"));
	holds("a b/c", "by its host");
	lists("a b", "a b/c:11 ");
	bucket_close(bucket);
	bucket = before;
	holds("a b/c", "by its host");
	good(bucket_remove(bucket, "a b/c", &err));
	/* a name with dots is no host's: it goes into the path */
	server.url = s3.server.url;
	good(bucket_open_server(&server, "with.dots", true, &bucket, &err));
	good(put("a", "by its path"));
	holds("a", "by its path");
	good(bucket_remove(bucket, "a", &err));
	good(bucket_drop(bucket, &err));
	bucket_close(bucket);
	bucket = before;
}

/* https is only with somebody whose certificate is known. */
static void certificates(void)
{
	char *directory = in_dir("tls"), *pem = in_dir("tls/server.pem");
	struct bucket_server server = s3.server;
	struct bucket_object object;
	struct bucket *other;
	const char *port;

	check(mkdir(directory, 0700) == 0);
	run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
	    "2", "-subj", "/CN=localhost", "-addext",
	    "subjectAltName=DNS:localhost", "-keyout", pem, "-out",
	    in_dir("tls/certificate.pem"));
	run("sh", "-c", "cat \"$0\" >>\"$1\"", in_dir("tls/certificate.pem"),
	    pem);
	port = s3_start("tests/s3-faults", directory, s3.port, pem,
			"faults-port");
	server.tries = 1;
	server.url = keep(format_text("https://localhost:%s", port));
	good(bucket_open_server(&server, "images", false, &other, &err));
	bad(UNAVAILABLE, "certificate",
	    bucket_head(other, "again", &object, &err));
	check(setenv("AWS_CA_BUNDLE", in_dir("tls/certificate.pem"), 1) == 0);
	good(bucket_head(other, "again", &object, &err));
	bucket_close(other);
	server.url = keep(format_text("https://127.0.0.1:%s", port));
	good(bucket_open_server(&server, "images", false, &other, &err));
	check(!bucket_head(other, "again", &object, &err));
	error_clear(&err);
	bucket_close(other);
}

int main(void)
{
	struct rusage used;

	/* plain http goes through no proxy, and a .netrc is not read */
	check(setenv("http_proxy", "http://127.0.0.1:1", 1) == 0);
	make_file(in_dir(".netrc"), "default login a password b\n", 27, 27);
	s3_begin(&s3);
	begin();
	objects();
	large();
	pieces();
	starts();
	pages();
	passing();
	redirects();
	hosted();
	certificates();
	hostile();
	secrets();
	cancelled();
	good(bucket_remove(bucket, "again", &err));
	good(bucket_drop(bucket, &err));
	bucket_close(bucket);
	check(getrusage(RUSAGE_SELF, &used) == 0);
	printf("%ld KiB at most\n", used.ru_maxrss);
#ifndef __SANITIZE_ADDRESS__
	check(used.ru_maxrss < 100 << 10);
#endif
	return 0;
}
