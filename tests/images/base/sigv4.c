/* sigv4.c - canonical requests and signatures of odd and of random requests,
 * compared with botocore's by sigv4.py */
#include "images/base/sigv4.h"

#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "images/base/auto.h"

#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define RANDOM 2000

static struct error err;
static json_t *cases;

static json_t *pairs_json(const struct sigv4_pair *pairs, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(
			list, json_pack("[ss]", pairs[i].name, pairs[i].value));
	return list;
}

/* What we make of a request, beside the request. */
static void add(const struct sigv4_request *request)
{
	auto_buf canonical = BUF_INIT, header = BUF_INIT;
	char signature[65];

	assert(sigv4_canonical(request, &canonical, &err));
	assert(sigv4_signature(request, SECRET, signature, &err));
	assert(sigv4_authorization(request, "AKID", SECRET, &header, &err));
	json_array_append_new(
		cases,
		json_pack("{ss ss so so ss ss ss ss ss ss ss}", "method",
			  request->method, "path", request->path, "query",
			  pairs_json(request->query, request->query_count),
			  "headers",
			  pairs_json(request->headers, request->header_count),
			  "payload", request->payload, "date", request->date,
			  "region", request->region, "service",
			  request->service, "canonical", buf_text(&canonical),
			  "signature", signature, "authorization",
			  buf_text(&header)));
}

static const struct sigv4_pair plain[] = {
	{ "Host", "examplebucket.s3.amazonaws.com" },
	{ "x-amz-date", "20130524T000000Z" },
};

static const struct sigv4_pair odd_headers[] = {
	{ "X-Amz-Date", "20130524T000000Z" },
	{ "host", "localhost:9000" },
	{ "X-Amz-Meta-Blanks", "  a   b\tc  " },
	{ "x-amz-meta-quoted", "\"a   b   c\"" },
	{ "X-Amz-Meta-Again", "z" },
	{ "x-amz-meta-again", "a" },
	{ "X-AMZ-META-AGAIN", "m  n" },
	{ "X-Amz-Meta-Empty", "" },
	{ "x-amz-meta-em", "between" },
	{ "Content-Type", "text/plain;  charset=utf-8" },
};

static const struct sigv4_pair odd_query[] = {
	{ "Param-3", "x" },	{ "Param", "z" },	 { "Param", "" },
	{ "Param", "a b" },	{ "acl", "" },		 { "a+b", "c+d" },
	{ "marker", "a/b=c&d" }, { "prefix", "\xc3\xa9\xe2\x82\xac" },
	{ "Param", "%41" },	{ "~tilde_-.", "!*'()" }, { "A", "1" },
	{ "a", "\x7f" },
};

static const char *const paths[] = {
	"/", "/test.txt", "/a b", "/a+b", "/a=b", "/100%", "/%41", "/~x",
	"/a//b", "//", "/a/./b", "/a/../b", "/a/b/..", "/..", "/a/",
	"/\xc3\xa9/\xe2\x82\xac\xf0\x9f\x98\x80", "/!*'();:@&$,?#[]",
	"/bucket/pre fix/image.part.00", "/a\"<>^`{|}\\", "/.hidden/...",
};

static void fixed(const char *service)
{
	struct sigv4_request request = {
		.method = "GET",
		.headers = plain,
		.header_count = 2,
		.payload = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca4"
			   "95991b7852b855",
		.date = "20130524T000000Z",
		.region = "us-east-1",
		.service = service,
	};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		request.path = paths[i];
		add(&request);
	}
	request.query = odd_query;
	request.query_count = sizeof(odd_query) / sizeof(odd_query[0]);
	add(&request);
	request.headers = odd_headers;
	request.header_count = sizeof(odd_headers) / sizeof(odd_headers[0]);
	request.payload = SIGV4_UNSIGNED;
	request.method = "PUT";
	add(&request);
}

/* A text of the bytes and sequences that somebody got wrong once. */
static const char *draw(char room[64], const char *first)
{
	static const char *const pieces[] = {
		"a",  "Z",   "9", "-",	"_", ".", "~", "/", " ", "+", "=", "%",
		"%2", "%41", "&", "\"", "*", ":", "?", "#", ";", ",", "$", "@",
		"!",  "'",   "(", "\xc3\xa9", "\xf0\x9f\x98\x80", "\x7f",
	};
	size_t count = (size_t)rand() % 10;

	strcpy(room, first);
	for (size_t i = 0; i < count; i++)
		strcat(room, pieces[(size_t)rand() %
				    (sizeof(pieces) / sizeof(pieces[0]))]);
	return room;
}

static void random_one(void)
{
	static const char *const services[] = { "s3", "ec2", "ebs" };
	char path[64], texts[12][64], value[64];
	struct sigv4_pair query[6];
	struct sigv4_pair headers[3] = { plain[0], plain[1] };
	struct sigv4_request request = {
		.method = "DELETE",
		.path = draw(path, "/"),
		.query = query,
		.query_count = (size_t)rand() % 7,
		.headers = headers,
		.header_count = 3,
		.payload = SIGV4_UNSIGNED,
		.date = "20261121T235959Z",
		.region = "eu-central-1",
		.service = services[rand() % 3],
	};

	for (size_t i = 0; i < request.query_count; i++) {
		query[i].name = draw(texts[2 * i], "k");
		query[i].value = draw(texts[2 * i + 1], "");
	}
	headers[2] = (struct sigv4_pair){ "x-amz-copy-source",
					  draw(value, "v") };
	add(&request);
}

static void refused(void)
{
	static const char *const dates[] = { "", "20130524", "20130524T0000Z",
					     "20130524T000000", "x",
					     "20130524T000000ZZ" };
	struct sigv4_request request = { .method = "GET",
					 .path = "/",
					 .payload = SIGV4_UNSIGNED,
					 .region = "r",
					 .service = "s3" };
	char signature[65];

	for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
		request.date = dates[i];
		assert(!sigv4_signature(&request, SECRET, signature, &err));
		assert(err.fault == FAULT_INVALID_PARAMETER);
		error_clear(&err);
	}
}

int main(void)
{
	auto_free char *path = format_text("%s/cases.json", getenv("TMPDIR"));

	refused();
	cases = json_array();
	fixed("s3");
	fixed("ec2");
	srand(1);
	for (int i = 0; i < RANDOM; i++)
		random_one();
	assert(json_dump_file(cases, path, 0) == 0);
	json_decref(cases);
	execl("/usr/bin/python3", "python3", "tests/images/base/sigv4.py", path,
	      SECRET, (char *)NULL);
	perror("python3");
	return 1;
}
