/* fuzz-request.c - libFuzzer upon what a guest sends to its metadata service
 *
 *   clang -std=gnu11 -D_GNU_SOURCE -I. -g -O1 \
 *     -fsanitize=fuzzer,address,undefined \
 *     tests/launcher/metadata/fuzz-request.c launcher/metadata/answer.c \
 *     launcher/metadata/content.c launcher/metadata/request.c \
 *     launcher/metadata/token.c images/base/?*.c -lcrypto -pthread -o fuzz
 *   ./fuzz -max_len=8192 -timeout=1 -rss_limit_mb=256 CORPUS
 *
 * The first byte says whether tokens are required and the service is on. The
 * key is none that an input could know: no input may get what needs a token.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "launcher/metadata/answer.h"

#define SECRET "the secret"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct facts facts = {
	.instance = { .id = "i-1", .owner = "123456789012",
		      .reservation = "r-1", .image = "ami-1",
		      .type = "t3.micro", .zone = "us-east-1a",
		      .root_device_name = "/dev/sda1",
		      .mac = "52:54:00:aa:00:01", .address = "10.0.2.15",
		      .user_data = SECRET, .user_data_size = 10,
		      .public_key = "ssh-rsa A", .key_name = "k" },
	.region = "us-east-1",
	.domain = "ec2.internal",
	.manifest = "(unknown)",
};

static void must(bool truth)
{
	if (!truth)
		abort();
}

/* A request that was taken for one says what its texts' readers count on. */
static void check_request(const struct request *request)
{
	const char *path = request->path;

	must(*request->method && !strpbrk(request->method, " \r\n"));
	must(*request->target == '/' && !strpbrk(request->target, " \r\n?"));
	must(*path != '/' && !strstr(path, "//"));
	must(!*path || path[strlen(path) - 1] != '/');
	must(strlen(path) <= REQUEST_PATH_MOST);
	must(!request->token || !strpbrk(request->token, "\r\n"));
}

static void check_answer(const struct request *request, bool *ret_last)
{
	const struct token_key key = { { 0x5e, 0xc4, 0xe7 } };
	auto_of(arena) arena = arena_new();
	auto_buf bytes = BUF_INIT;
	struct answer answer;
	struct error err = { 0 };
	bool put = strcmp(request->method, "PUT") == 0;

	must(answer_request(&facts, &key, request, 1, arena, &answer, &err));
	must(answer.status != 200 || facts.instance.http_endpoint);
	if (strcmp(facts.instance.http_tokens, "required") == 0)
		must(answer.status != 200 || put);
	answer_write(&answer, request, 0, &bytes);
	must(strncmp(buf_text(&bytes), "HTTP/1.1 ", 9) == 0);
	/* a head is ours alone, and so has no end but its own */
	must(strstr(buf_text(&bytes), "\r\nServer: EC2ws\r\n\r\n") + 19 ==
	     strstr(buf_text(&bytes), "\r\n\r\n") + 4);
	*ret_last = request->last;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char bytes[REQUEST_MOST];
	struct request request;
	size_t used = 0, at = 0;
	bool last = false;

	if (size < 1 || size - 1 > sizeof(bytes))
		return 0;
	facts.instance.http_tokens = data[0] & 1 ? "required" : "optional";
	facts.instance.http_endpoint = !(data[0] & 2);
	memcpy(bytes, data + 1, --size);
	while (at < size && !last &&
	       request_read(bytes + at, size - at, &request, &used) ==
		       REQUEST_WHOLE) {
		must(used > 0 && used <= size - at);
		check_request(&request);
		check_answer(&request, &last);
		at += used;
	}
	return 0;
}
