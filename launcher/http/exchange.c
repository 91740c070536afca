/* exchange.c - one request of the endpoint, who sent it, and what it gets */
#include "launcher/http/exchange.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "launcher/action/why.h"

const char *exchange_header(const struct exchange *exchange, const char *name)
{
	for (size_t i = 0; i < exchange->header_count; i++)
		if (strcasecmp(exchange->headers[i].name, name) == 0)
			return exchange->headers[i].value;
	return NULL;
}

void exchange_answer(struct exchange *exchange, const char *name,
		     const char *value)
{
	const char *copy = arena_str(exchange->arena, value);

	assert(exchange->answer_count < EXCHANGE_HEADERS);
	if (copy)
		exchange->answer[exchange->answer_count++] =
			(struct sigv4_pair){ name, copy };
}

/* What something waits for may be a file or a place of the host's. */
static void hide_places(struct exchange *exchange, struct error *err)
{
	auto_buf public = BUF_INIT;
	const char *text;

	why_public(err->text, &public);
	text = buf_text(&public);
	if (!public.broken && strcmp(text, err->text) == 0)
		return;
	exchange->detail = arena_str(exchange->arena, err->text);
	error_clear(err);
	fail(err, FAULT_UNAVAILABLE, "%s", public.broken ? "" : text);
}

void exchange_hide(struct exchange *exchange, struct error *err)
{
	static const char own[] = "qami.";

	/* what was being written where: a client needs only to know that it
	 * was too much */
	if (err->fault == FAULT_VOLUME_CAPACITY ||
	    err->fault == FAULT_EBS_FULL) {
		enum fault fault = err->fault;

		exchange->detail = arena_str(exchange->arena, err->text);
		error_clear(err);
		fail(err, fault, "There is not enough room on the host's disk");
		return;
	}
	if (err->fault == FAULT_UNAVAILABLE) {
		hide_places(exchange, err);
		return;
	}
	if (err->fault != FAULT_INTERNAL &&
	    strncmp(fault_code(err->fault), own, strlen(own)) != 0)
		return;
	exchange->detail = arena_str(exchange->arena, err->text);
	error_clear(err);
	fail(err, FAULT_INTERNAL, "An internal error has occurred");
}

struct call exchange_call(const struct exchange *exchange,
			  const struct caller *caller)
{
	struct call call = { .store = exchange->store, .now = clock_now() };

	snprintf(call.account, sizeof(call.account), "%s", caller->account);
	return call;
}
