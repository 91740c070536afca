/* exchange.c - headers, and what a client is not told */
#include <assert.h>
#include <string.h>

#include "launcher/http/exchange.h"

static void test_full(enum fault fault)
{
	struct exchange exchange = { .arena = arena_new() };
	struct error err = { 0 };

	fail(&err, fault, "cannot write /var/x: full");
	exchange_hide(&exchange, &err);
	assert(err.fault == fault && !strstr(err.text, "/var"));
	assert(strcmp(exchange.detail, "cannot write /var/x: full") == 0);
	arena_free(exchange.arena);
}

static void test_hide(void)
{
	struct exchange exchange = { .arena = arena_new() };
	struct error err = { 0 };

	fail(&err, FAULT_IMAGE_NOT_FOUND, "no such image");
	exchange_hide(&exchange, &err);
	assert(err.fault == FAULT_IMAGE_NOT_FOUND && !exchange.detail);
	assert(strcmp(err.text, "no such image") == 0);

	error_clear(&err);
	fail(&err, FAULT_INTERNAL, "cannot open /var/lib/qami/x");
	exchange_hide(&exchange, &err);
	assert(err.fault == FAULT_INTERNAL && !strstr(err.text, "/var"));
	assert(strcmp(exchange.detail, "cannot open /var/lib/qami/x") == 0);

	error_clear(&err);
	fail(&err, FAULT_HOST, "there is no /usr/bin/qemu");
	exchange_hide(&exchange, &err);
	assert(err.fault == FAULT_INTERNAL && !strstr(err.text, "qemu"));
	assert(strcmp(exchange.detail, "there is no /usr/bin/qemu") == 0);
	arena_free(exchange.arena);
}

static void test_unavailable(void)
{
	static const char whole[] = "QAMI_ARCHIVE: '/srv/cold x' is no place";
	struct exchange exchange = { .arena = arena_new() };
	struct error err = { 0 };

	fail(&err, FAULT_UNAVAILABLE, "%s", whole);
	exchange_hide(&exchange, &err);
	assert(err.fault == FAULT_UNAVAILABLE);
	assert(strcmp(err.text,
		      "QAMI_ARCHIVE: '(a file of the host)' is no place") == 0);
	assert(strcmp(exchange.detail, whole) == 0);

	/* what accounts name themselves stays, and is no detail */
	exchange.detail = NULL;
	error_clear(&err);
	fail(&err, FAULT_UNAVAILABLE, "/dev/sdf of 's3://b/k' is busy");
	exchange_hide(&exchange, &err);
	assert(err.fault == FAULT_UNAVAILABLE && !exchange.detail);
	assert(strcmp(err.text, "/dev/sdf of 's3://b/k' is busy") == 0);
	arena_free(exchange.arena);
}

static void test_headers(void)
{
	static const struct sigv4_pair headers[] = {
		{ "Host", "a" },
		{ "X-Amz-Date", "b" },
		{ "x-amz-date", "c" },
	};
	struct exchange exchange = { .arena = arena_new(),
				     .headers = headers,
				     .header_count = 3 };

	assert(strcmp(exchange_header(&exchange, "x-AMZ-date"), "b") == 0);
	assert(!exchange_header(&exchange, "x-amz"));
	exchange_answer(&exchange, "A", "1");
	assert(exchange.answer_count == 1);
	assert(strcmp(exchange.answer[0].value, "1") == 0);
	arena_free(exchange.arena);
}

int main(void)
{
	test_full(FAULT_VOLUME_CAPACITY);
	test_full(FAULT_EBS_FULL);
	test_hide();
	test_unavailable();
	test_headers();
	return 0;
}
