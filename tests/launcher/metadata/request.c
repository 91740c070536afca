/* request.c - heads that are whole, not yet whole, and none */
#include "launcher/metadata/request.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define HOST "Host: h\r\n"
#define GET "GET / HTTP/1.1\r\n" HOST

static char data[REQUEST_MOST];
static struct request request;
static size_t used;

static enum request_state read_bytes(const char *bytes, size_t size)
{
	assert(size <= sizeof(data));
	memcpy(data, bytes, size);
	used = 0;
	return request_read(data, size, &request, &used);
}

static enum request_state read_text(const char *text)
{
	return read_bytes(text, strlen(text));
}

/* However many of its bytes have come, none of a good head is held against it
 * before the last. */
static void whole(const char *text)
{
	for (size_t size = 0; size < strlen(text); size++)
		assert(read_bytes(text, size) == REQUEST_MORE);
	assert(read_text(text) == REQUEST_WHOLE);
	assert(used == strlen(text));
}

static void path_is(const char *target, const char *wanted)
{
	char text[REQUEST_MOST];

	snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\n" HOST "\r\n", target);
	assert(read_text(text) == REQUEST_WHOLE);
	assert(strcmp(request.path, wanted) == 0);
}

static void check_good(void)
{
	whole("GET /latest/user-data HTTP/1.1\r\nHost: 169.254.169.254\r\n"
	      "User-Agent:  a (b)\t\r\nx-AWS-ec2-metadata-TOKEN: t\r\n\r\n");
	assert(strcmp(request.method, "GET") == 0);
	assert(strcmp(request.target, "/latest/user-data") == 0);
	assert(strcmp(request.path, "latest/user-data") == 0);
	assert(strcmp(request.agent, "a (b)") == 0);
	assert(strcmp(request.token, "t") == 0);
	assert(!request.token_ttl && !request.forwarded && !request.last);
	/* as it is typed into nc */
	whole("GET / HTTP/1.0\n\n");
	assert(request.last && strcmp(request.agent, "") == 0);
	whole("\r\nGET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
	assert(!request.last);
	whole(GET "Connection: x, CLOSE\r\n\r\n");
	assert(request.last);
	whole("PUT /latest/api/token HTTP/1.1\r\n" HOST
	      "X-Forwarded-For:\r\nContent-Length: 0\r\n"
	      "X-aws-ec2-metadata-token-ttl-seconds: 1\r\n\r\n");
	assert(request.forwarded && !request.last);
	assert(strcmp(request.token_ttl, "1") == 0);
	/* with a body it is the last: that is not read */
	whole(GET "Content-Length: 5\r\n\r\n");
	assert(request.last);
	whole(GET "Transfer-Encoding: chunked\r\n\r\n");
	assert(request.last);
}

static void check_paths(void)
{
	path_is("/", "");
	path_is("/?a/b", "");
	path_is("//latest//meta-data/", "latest/meta-data");
	path_is("/latest?x=1", "latest");
	path_is("/a/../b", "a/../b");
	path_is("/%2e%2E/%2fa", "../%2fa");
	path_is("/a%20b%C3%A4", "a b\xc3\xa4");
	path_is("http://169.254.169.254/latest/", "latest");
	path_is("HTTP://h", "");
}

static void check_bad(void)
{
	static const char *const heads[] = {
		"GET /\r\n\r\n",
		"GET / HTTP/2.0\r\n" HOST "\r\n",
		"GET / HTTP/1.10\r\n" HOST "\r\n",
		"GET / http/1.1\r\n" HOST "\r\n",
		"GET / \r\n\r\n",
		"GET  / HTTP/1.1\r\n" HOST "\r\n",
		"GET / HTTP/1.1 \r\n" HOST "\r\n",
		"GET /a b HTTP/1.1\r\n" HOST "\r\n",
		"GET\t/\tHTTP/1.1\r\n" HOST "\r\n",
		" GET / HTTP/1.1\r\n" HOST "\r\n",
		"G@T / HTTP/1.1\r\n" HOST "\r\n",
		"ABCDEFGHIJKLMNOPQ / HTTP/1.1\r\n" HOST "\r\n",
		"GET latest HTTP/1.1\r\n" HOST "\r\n",
		"GET * HTTP/1.1\r\n" HOST "\r\n",
		"GET ftp://h/ HTTP/1.1\r\n" HOST "\r\n",
		"GET /#a HTTP/1.1\r\n" HOST "\r\n",
		"GET /\xc3\xa4 HTTP/1.1\r\n" HOST "\r\n",
		"GET /%zz HTTP/1.1\r\n" HOST "\r\n",
		"GET /%0 HTTP/1.1\r\n" HOST "\r\n",
		"GET /a% HTTP/1.1\r\n" HOST "\r\n",
		"GET /%00 HTTP/1.1\r\n" HOST "\r\n",
		"GET /%0d%0aSet-Cookie:x HTTP/1.1\r\n" HOST "\r\n",
		"GET / HTTP/1.1\r\n\r\n",
		GET HOST "\r\n",
		GET "a\r\n\r\n",
		GET "a : b\r\n\r\n",
		GET ": b\r\n\r\n",
		GET "a(: b\r\n\r\n",
		GET "a: b\r\n c\r\n\r\n",
		GET "a: b\rc\r\n\r\n",
		GET "a: b\x01\r\n\r\n",
		GET "Content-Length: x\r\n\r\n",
		GET "Content-Length: -1\r\n\r\n",
		GET "Content-Length: +1\r\n\r\n",
		GET "Content-Length:\r\n\r\n",
		GET "Content-Length: 1, 1\r\n\r\n",
		GET "Content-Length: 9999999999999999999\r\n\r\n",
		GET "Content-Length: 1\r\nContent-Length: 1\r\n\r\n",
		GET "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
		GET "Transfer-Encoding: gzip\r\n\r\n",
		GET "Transfer-Encoding: chunked, chunked\r\n\r\n",
		"GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
		GET "X-aws-ec2-metadata-token: a\r\n"
		    "X-aws-ec2-metadata-token: a\r\n\r\n",
		"\x16\x03\x01\x02",
	};

	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++)
		assert(read_text(heads[i]) == REQUEST_BAD);
	assert(read_bytes("GET /\0a", 7) == REQUEST_BAD);
	assert(read_bytes(GET "a: b\0c", sizeof(GET) + 5) == REQUEST_BAD);
}

/* What is too large is known to be when it is, not when it ends. */
static void check_large(void)
{
	char text[REQUEST_MOST];

	memset(text, 'a', sizeof(text));
	memcpy(text, "GET /", 5);
	assert(read_bytes(text, sizeof(text) - 1) == REQUEST_MORE);
	assert(read_bytes(text, sizeof(text)) == REQUEST_BAD);
	memcpy(text + REQUEST_PATH_MOST + 4, " HTTP/1.0\n\n", 12);
	assert(read_text(text) == REQUEST_WHOLE);
	assert(strlen(request.target) == REQUEST_PATH_MOST);
	text[REQUEST_PATH_MOST + 4] = 'a';
	memcpy(text + REQUEST_PATH_MOST + 5, " HTTP/1.0\n\n", 12);
	assert(read_text(text) == REQUEST_BAD);
}

static void check_pipelined(void)
{
	static const char two[] = GET "\r\nPUT /a HTTP/1.0\r\n\r\n";

	assert(read_text(two) == REQUEST_WHOLE && used == sizeof(GET) + 1);
	assert(request_read(data + used, sizeof(two) - 1 - used, &request,
			    &used) == REQUEST_WHOLE);
	assert(strcmp(request.method, "PUT") == 0 && request.last);
}

int main(void)
{
	check_good();
	check_paths();
	check_bad();
	check_large();
	check_pipelined();
	return 0;
}
