/* testing.h - requests made up, for doors that are called without a server */
#ifndef QAMI_TESTS_HTTP_TESTING_H
#define QAMI_TESTS_HTTP_TESTING_H

#include <sys/mman.h>

#include "launcher/http/exchange.h"
#include "tests/images/testing.h"

#define STRANGER "222222222222"

typedef void door_fn(struct exchange *exchange, const struct caller *caller);

/* What is sent; what is left out is "". */
struct sent {
	const char *method;
	const char *path;
	const char *query;
	const char *headers[12]; /* name, value, … */
	const char *body;
	size_t size;	     /* of the body; 0: it is a text */
	bool file;	     /* the server has put the body into one */
	const char *account; /* NULL: ACCOUNT */
	const char *service; /* of the credential scope; or NULL */
};

static struct exchange got; /* the last answer */

/* Sends one; `status` must be the answer's. */
__attribute__((unused)) static void ask(int line, door_fn *door,
					const struct sent *sent,
					unsigned status)
{
	static struct sigv4_pair headers[6];
	struct caller caller = { .region = "us-east-1",
				 .service = sent->service };
	size_t size = sent->size ? sent->size :
		      sent->body ? strlen(sent->body) :
				   0;

	if (got.fd >= 0)
		close(got.fd);
	buf_done(&got.text);
	arena_free(got.arena);
	got = (struct exchange){
		.arena = arena_new(),
		.id = "ec2f0000-0000-4000-8000-000000000000",
		.now = clock_now(),
		.method = sent->method,
		.path = sent->path,
		.query = sent->query ? sent->query : "",
		.headers = headers,
		.body = sent->file ? NULL : sent->body ? sent->body : "",
		.body_size = size,
		.body_fd = -1,
		.fd = -1,
		.store = call.store,
	};
	if (sent->file) {
		got.body_fd = memfd_create("body", MFD_CLOEXEC);
		check(write(got.body_fd, sent->body, size) == (ssize_t)size);
	}
	for (size_t i = 0; i < 12 && sent->headers[i]; i += 2)
		headers[got.header_count++] = (struct sigv4_pair){
			sent->headers[i], sent->headers[i + 1]
		};
	sha256_text(sent->body ? sent->body : "", size, got.body_sha256);
	snprintf(caller.account, sizeof(caller.account), "%s",
		 sent->account ? sent->account : ACCOUNT);
	door(&got, &caller);
	if (got.body_fd >= 0)
		close(got.body_fd);
	if (got.status == status && (status < 400) == !got.code)
		return;
	fprintf(stderr, "line %d: %s %s: %u, wanted %u: %s\n", line,
		sent->method, sent->path, got.status, status,
		buf_text(&got.text));
	exit(1);
}

/* A header of the last answer, "" without. */
__attribute__((unused)) static const char *header(const char *name)
{
	for (size_t i = 0; i < got.answer_count; i++)
		if (strcmp(got.answer[i].name, name) == 0)
			return got.answer[i].value;
	return "";
}

/* Whether a text is in the last answer's body. */
__attribute__((unused)) static bool said(const char *text)
{
	return strstr(buf_text(&got.text), text);
}

#endif
