/* object.c - buckets and objects, and what is refused of them */
#include "launcher/http/object.h"

#include "images/bucket.h"
#include "launcher/http/front.h"
#include "tests/launcher/http/testing.h"

#define ASK(status, ...) \
	ask(__LINE__, object_answer, &(struct sent){ __VA_ARGS__ }, status)
#define HELLO "\"5d41402abc4b2a76b9719d911017c592\"" /* MD5 of "hello" */

/* The last answer is an error of that code. */
static void says(const char *code)
{
	check(strcmp(got.code, code) == 0);
	check(said(keep(format_text("<Error><Code>%s</Code>", code))));
	check(said("<RequestId>ec2f0000-0000-4000-8000-000000000000<"));
	check(strcmp(got.type, "application/xml") == 0);
}

/* What the file that is answered has between its ends. */
static const char *bytes(void)
{
	char *text = keep(calloc(1, got.size + 1));

	check(got.fd >= 0);
	check(pread(got.fd, text, got.size, (off_t)got.offset) ==
	      (ssize_t)got.size);
	return text;
}

static void put(const char *path, const char *body)
{
	ASK(200, "PUT", path, .body = body);
}

static void test_buckets(void)
{
	ASK(200, "GET", "/");
	check(said("<Buckets></Buckets>"));
	ASK(200, "PUT", "/images");
	check(strcmp(header("Location"), "/images") == 0);
	check(strcmp(header("x-amz-request-id"), got.id) == 0);
	ASK(200, "PUT", "/images"); /* us-east-1 forgives */
	ASK(200, "PUT", "/other",
	    .body = "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com"
		    "/doc/2006-03-01/\"><LocationConstraint>us-east-1"
		    "</LocationConstraint></CreateBucketConfiguration>");
	ASK(400, "PUT", "/third",
	    .body = "<CreateBucketConfiguration><LocationConstraint>EU"
		    "</LocationConstraint></CreateBucketConfiguration>");
	says("IllegalLocationConstraintException");
	ASK(400, "PUT", "/third", .body = "<a>");
	says("MalformedXML");
	ASK(400, "PUT", "/third", .body = "<a/>");
	says("MalformedXML");
	ASK(409, "PUT", "/images", .account = STRANGER);
	says("BucketAlreadyExists");
	ASK(200, "GET", "/");
	check(said("<Name>images</Name><CreationDate>2") &&
	      said("<Name>other</Name>") && !said("third"));
	ASK(200, "GET", "/", .account = STRANGER);
	check(said("<Buckets></Buckets>"));
	ASK(200, "HEAD", "/images");
	check(strcmp(header("x-amz-bucket-region"), "us-east-1") == 0);
	ASK(200, "GET", "/images", .query = "location");
	check(said("/2006-03-01/\"></LocationConstraint>"));
	ASK(204, "DELETE", "/other");
	ASK(404, "HEAD", "/other");
	check(!got.text.size);
	for (const char *const *bad =
		     (const char *const[]){ "/ab", "/Images", "/a_b/key", "/..",
					    "/.new", "/1.2.3.4", "/a..b",
					    NULL };
	     *bad; bad++) {
		ASK(400, "PUT", *bad);
		says("InvalidBucketName");
	}
}

static void test_put(void)
{
	static const char *const digests[][4] = {
		{ "Content-MD5", "XUFAKrxLKna5cZ2REBfFkg==" },
		{ "content-md5", "XUFAKrxLKna5cZ2REBfFkg==" },
		{ "x-amz-checksum-crc32", "NhCmhg==" },
		{ "x-amz-checksum-crc32c", "mnG7TA==" },
		{ "x-amz-checksum-crc64nvme", "M3eFcAZSQlc=" },
		{ "x-amz-checksum-sha1", "qvTGHdzF6KLavt4PO0gs2a6pQ00=" },
		{ "x-amz-checksum-sha256",
		  "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=" },
	};

	for (size_t i = 0; i < sizeof(digests) / sizeof(*digests); i++) {
		const char *name = digests[i][0];

		ASK(200, "PUT", "/images/digest", .body = "hello",
		    .headers = { name, digests[i][1] });
		ASK(200, "PUT", "/images/digest", .body = "hello", .file = true,
		    .headers = { name, digests[i][1] });
		check(strcmp(header("ETag"), HELLO) == 0);
		ASK(400, "PUT", "/images/wrong", .body = "hellO",
		    .headers = { name, digests[i][1] });
		says("BadDigest");
		ASK(400, "PUT", "/images/wrong", .body = "hello",
		    .headers = { name, "XUFA" });
		says("InvalidDigest");
		ASK(400, "PUT", "/images/wrong", .body = "hello",
		    .headers = { name, "?" });
		says("InvalidDigest");
	}
	ASK(404, "GET", "/images/wrong");
	says("NoSuchKey");
	ASK(200, "PUT", "/images/acl", .body = "hello",
	    .headers = { "x-amz-acl", "aws-exec-read", "Content-Type", "any",
			 "x-amz-storage-class", "STANDARD", "x-amz-date", "",
			 "x-amz-expected-bucket-owner", ACCOUNT },
	    .query = "x-id=PutObject");
	put("/images/empty", "");
	ASK(200, "GET", "/images/acl", .query = "acl");
	check(said("<Permission>FULL_CONTROL<") && said(ACCOUNT));
	ASK(200, "PUT", "/images/acl", .query = "acl",
	    .headers = { "x-amz-acl", "public-read" });
	ASK(404, "PUT", "/images/none", .query = "acl",
	    .headers = { "x-amz-acl", "public-read" });
}

static void test_put_refused(void)
{
	static const char *const refused[][2] = {
		{ "x-amz-copy-source", "/images/acl" },
		{ "x-amz-meta-a", "b" },
		{ "x-amz-server-side-encryption", "AES256" },
		{ "x-amz-storage-class", "GLACIER" },
		{ "x-amz-acl", "everybody" },
		{ "x-amz-grant-read", "id=1" },
		{ "x-amz-trailer", "x-amz-checksum-crc32" },
		{ "Content-Encoding", "gzip,aws-chunked" },
		{ "If-None-Match", "*" },
	};
	static const char *const keys[] = {
		"/images//a",	"/images/a//b",	  "/images/..",
		"/images/a/..",	"/images/./a",	  "/images/%2e%2e/a",
		"/images/a%2f..%2fb", "/images/a%00b", "/images/a%0ab",
		"/images/%ff",	"/images/%c0%af", "/images/a%",
		"/images/a%2",	"/images/a/",
	};
	char *deep = keep(calloc(1, 1100));

	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		ASK(400, "PUT", "/images/refused", .body = "x",
		    .headers = { refused[i][0], refused[i][1] });
		check(strcmp(got.code, "NotImplemented") == 0 ||
		      strcmp(got.code, "InvalidArgument") == 0);
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		ASK(400, "PUT", keys[i], .body = "x");
		says("InvalidArgument");
		ASK(400, "GET", keys[i]);
		ASK(400, "DELETE", keys[i]);
	}
	memset(memcpy(deep, "/images/", 8) + 8, 'k', 1025);
	ASK(400, "PUT", deep, .body = "x");
	memset(deep + 8, 'k', 300);
	deep[308] = 0; /* one component must be a file's name */
	ASK(400, "PUT", deep, .body = "x");
	says("InvalidArgument");
	/* what is under one that is an object */
	ASK(400, "PUT", "/images/acl/b", .body = "x");
	says("InvalidArgument");
	ASK(403, "PUT", "/images/refused", .body = "x",
	    .headers = { "x-amz-expected-bucket-owner", STRANGER });
	says("AccessDenied");
	ASK(404, "PUT", "/nobodys/a", .body = "x");
	says("NoSuchBucket");
	ASK(404, "GET", "/images/refused");
}

static void test_get(void)
{
	static const struct {
		const char *range, *answer, *bytes;
	} ranges[] = {
		{ "bytes=0-0", "bytes 0-0/5", "h" },
		{ "bytes=1-3", "bytes 1-3/5", "ell" },
		{ "bytes=3-", "bytes 3-4/5", "lo" },
		{ "bytes=3-99", "bytes 3-4/5", "lo" },
		{ "bytes=-2", "bytes 3-4/5", "lo" },
		{ "bytes=-99", "bytes 0-4/5", "hello" },
	};
	static const char *const unheard[] = { "bytes=0-1,3-4", "lines=1-2",
					       "bytes=x", "bytes=1", "bytes=-",
					       "bytes=--1", "bytes=1-2x" };
	static const char *const none[] = { "bytes=5-", "bytes=9-10",
					    "bytes=3-2", "bytes=-0" };

	ASK(200, "GET", "/images/acl", .query = "x-id=GetObject");
	check(strcmp(bytes(), "hello") == 0 && got.size == 5);
	check(strcmp(header("ETag"), HELLO) == 0);
	check(strstr(header("Last-Modified"), " GMT"));
	ASK(200, "HEAD", "/images/%61cl");
	check(got.size == 5 && strcmp(header("ETag"), HELLO) == 0);
	ASK(200, "GET", "/images/empty");
	check(got.size == 0);
	ASK(416, "GET", "/images/empty", .headers = { "Range", "bytes=0-" });
	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++) {
		ASK(206, "GET", "/images/acl",
		    .headers = { "range", ranges[i].range });
		check(strcmp(header("Content-Range"), ranges[i].answer) == 0);
		check(strcmp(bytes(), ranges[i].bytes) == 0);
	}
	for (size_t i = 0; i < sizeof(unheard) / sizeof(*unheard); i++)
		ASK(200, "GET", "/images/acl",
		    .headers = { "Range", unheard[i] });
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
		ASK(416, "GET", "/images/acl", .headers = { "Range", none[i] });
		says("InvalidRange");
	}
	ASK(206, "GET", "/images/acl",
	    .headers = { "If-Match", HELLO, "Range", "bytes=1-1" });
	ASK(412, "GET", "/images/acl", .headers = { "If-Match", "\"other\"" });
	says("PreconditionFailed");
	ASK(304, "GET", "/images/acl", .headers = { "If-None-Match", HELLO });
	check(got.fd < 0 && !got.text.size);
	ASK(200, "GET", "/images/acl", .headers = { "If-None-Match", "\"o\"" });
	ASK(400, "GET", "/images/acl",
	    .headers = { "If-Unmodified-Since",
			 "Sat, 21 Nov 2026 01:02:03 GMT" });
	/* the ETag is that of what is there now */
	put("/images/acl", "other");
	ASK(200, "HEAD", "/images/acl");
	check(strcmp(header("ETag"), "\"795f3202b17cb6bc3d4b771d8c6c9eaf\"") ==
	      0);
	/* by the host's name */
	ASK(200, "GET", "/acl", .headers = { "Host", "images.localhost:8773" });
	check(strcmp(bytes(), "other") == 0);
	ASK(200, "GET", "/", .headers = { "Host", "images.localhost" },
	    .query = "location");
	ASK(404, "GET", "/acl", .headers = { "Host", "localhost:8773" });
	says("NoSuchBucket");
}

/* A page of a listing by version 2, as "key key prefix/". */
static const char *keys(const char *query)
{
	auto_buf all = BUF_INIT;
	const char *at;

	ASK(200, "GET", "/list", .query = query);
	at = got.text.data;
	while ((at = strstr(at, "><"))) {
		const char *key = NULL;

		if (strncmp(at, "><Key>", 6) == 0)
			key = at + 6;
		else if (strncmp(at, "><CommonPrefixes><Prefix>", 25) == 0)
			key = at + 25;
		at += 2;
		if (key)
			buf_printf(&all, "%s%.*s", all.size ? " " : "",
				   (int)strcspn(key, "<"), key);
	}
	return keep(strdup(buf_text(&all)));
}

static const char *between(const char *start, const char *end)
{
	const char *at = strstr(buf_text(&got.text), start);

	check(at);
	at += strlen(start);
	return keep(format_text("%.*s", (int)(strstr(at, end) - at), at));
}

static void test_list(void)
{
	static const char *const puts[] = {
		"a", "b/1", "b/2", "b/c/3", "b-x", "c%20d%26", "z", NULL
	};
	auto_buf query = BUF_INIT;
	const char *token;

	ASK(200, "PUT", "/list");
	ASK(200, "GET", "/list");
	check(said("<IsTruncated>false<") && !said("Contents"));
	for (const char *const *key = puts; *key; key++)
		put(keep(format_text("/list/%s", *key)), "hello");
#define SAME(wanted, query) check(strcmp(wanted, keys(query)) == 0)
	SAME("a b-x b/1 b/2 b/c/3 c d&amp; z", "list-type=2");
	check(said("<KeyCount>7<") && said("<ETag>" HELLO "</ETag>") &&
	      said("<Size>5</Size>") && said("<LastModified>2"));
	SAME("a b-x b/1 b/2 b/c/3 c%20d%26 z", "list-type=2&encoding-type=url");
	SAME("a b-x b/ c d&amp; z", "list-type=2&delimiter=%2F");
	SAME("b/1 b/2 b/c/", "prefix=b/&delimiter=/");
	SAME("b/1 b/2 b/c/3", "list-type=2&prefix=b%2F");
	SAME("", "list-type=2&prefix=nothing");
	SAME("", "list-type=2&max-keys=0");
	check(said("<IsTruncated>false<"));
	SAME("z", "list-type=2&start-after=c%20d%26");
	SAME("z", "marker=c%20d%26");
	SAME("c d&amp; z", "marker=b/&delimiter=/");
	/* pages */
	SAME("a b-x b/", "list-type=2&delimiter=/&max-keys=3");
	check(said("<IsTruncated>true<"));
	token = between("<NextContinuationToken>", "<");
	buf_str(&query,
		"list-type=2&delimiter=/&max-keys=3&continuation-token=");
	sigv4_encode(&query, token, false);
	SAME("c d&amp; z", query.data);
	check(said("<IsTruncated>false<"));
	SAME("a b-x", "max-keys=2");
	check(said("<NextMarker>b-x<"));
	/* refused */
	for (const char *const *bad =
		     (const char *const[]){
			     "max-keys=x", "max-keys=-1", "list-type=1",
			     "list-type=2&continuation-token=%3F",
			     "encoding-type=x",
			     "list-type=2&continuation-token=",
			     "prefix=a&prefix=b", "marker=a&list-type=2",
			     "start-after=a", "versions", "uploads",
			     "prefix=%zz", "response-content-type=a", NULL };
	     *bad; bad++)
		ASK(400, "GET", "/list", .query = *bad);
#undef SAME
}

static void test_delete(void)
{
	ASK(409, "DELETE", "/list");
	says("BucketNotEmpty");
	ASK(204, "DELETE", "/list/b/c/3");
	ASK(204, "DELETE", "/list/b/c/3");
	ASK(404, "DELETE", "/nobodys/a");
	for (const char *const *key =
		     (const char *const[]){ "a", "b/1", "b/2", "b-x",
					    "c%20d%26", "z", NULL };
	     *key; key++)
		ASK(204, "DELETE", keep(format_text("/list/%s", *key)));
	ASK(204, "DELETE", "/list");
}

/* Another account's bucket looks like none at all, whatever is asked of it. */
static void test_foreign(void)
{
	static const struct {
		const char *method, *tail, *query;
	} asks[] = {
		{ "GET", "", "" },	   { "GET", "", "location" },
		{ "GET", "", "acl" },	   { "GET", "", "list-type=2" },
		{ "DELETE", "", "" },	   { "GET", "/acl", "" },
		{ "GET", "/acl", "acl" },  { "PUT", "/acl", "" },
		{ "DELETE", "/acl", "" },  { "HEAD", "/acl", "" },
		{ "HEAD", "", "" },	   { "PUT", "/acl", "acl" },
		{ "GET", "/nothing", "" },
	};

	for (size_t i = 0; i < sizeof(asks) / sizeof(*asks); i++) {
		const char *absent;

		ASK(404, asks[i].method,
		    keep(format_text("/imagos%s", asks[i].tail)),
		    .query = asks[i].query, .account = STRANGER);
		absent = keep(strdup(buf_text(&got.text)));
		ASK(404, asks[i].method,
		    keep(format_text("/images%s", asks[i].tail)),
		    .query = asks[i].query, .account = STRANGER);
		check(strlen(absent) == got.text.size);
		check(strcmp(got.code, "NoSuchBucket") == 0);
	}
}

static void test_others(void)
{
	struct error refusal = { 0 };

	ASK(405, "POST", "/");
	says("MethodNotAllowed");
	ASK(405, "PATCH", "/images/acl");
	ASK(400, "POST", "/images/acl", .query = "uploads");
	says("NotImplemented");
	ASK(400, "PUT", "/images/acl", .query = "uploadId=1&partNumber=1");
	says("NotImplemented");
	ASK(400, "GET", "/images/acl", .query = "versionId=1");
	ASK(400, "GET", "/images", .query = "acl&location");
	got.path = "/";
	check(!object_looks(&got));
	got.path = "/bucket";
	got.method = "POST";
	check(!object_looks(&got));
	got.method = "GET";
	check(object_looks(&got));
	got.method = "GET";
	fail(&refusal, FAULT_MISSING_TOKEN, "nobody");
	object_refuse(&got, NULL, &refusal);
	check(got.status == 403);
	says("AccessDenied");
}

int main(void)
{
	got.fd = -1;
	store_new();
	good(account_ensure(call.store->db, STRANGER, &err));
	test_buckets();
	test_put();
	test_put_refused();
	test_get();
	test_list();
	test_delete();
	test_foreign();
	test_others();
	if (got.fd >= 0)
		close(got.fd);
	buf_done(&got.text);
	arena_free(got.arena);
	store_close(call.store);
	return 0;
}
