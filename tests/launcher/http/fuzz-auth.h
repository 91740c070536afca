/* fuzz-auth.h - a request for the fuzzers of signatures, and a registry that
 * has one key
 *
 * The texts of a request are lines: method, path, query, body, then a header
 * each, "Name:value". The clock stands at noon of 2026-11-21.
 */
#ifndef QAMI_TESTS_HTTP_FUZZ_AUTH_H
#define QAMI_TESTS_HTTP_FUZZ_AUTH_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "images/account.h"
#include "launcher/http/auth.h"
#include "launcher/http/credential.h"

#define NOON 1795262400LL
#define KEY "AKIAABCDEFGHIJKLMNOP"
#define HEADERS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void must(bool truth)
{
	if (!truth)
		abort();
}

bool access_key_get(struct db *db, const char *id, struct arena *arena,
		    struct access_key *ret_key, bool *ret_found,
		    struct error *err)
{
	(void)db;
	(void)arena;
	(void)err;
	*ret_found = strcmp(id, KEY) == 0;
	*ret_key = (struct access_key){
		.id = KEY,
		.account = "123456789012",
		.secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
		.active = true,
	};
	return true;
}

/* These are for the unix socket, which is not fuzzed. */
bool call_account(struct call *call, const char *account, struct error *err)
{
	(void)call;
	(void)account;
	return fail(err, FAULT_INTERNAL, "no accounts");
}

bool account_of_user(const struct call *call, uid_t user,
		     char ret_id[ACCOUNT_SIZE], bool *ret_found,
		     struct error *err)
{
	(void)call;
	(void)user;
	(void)ret_id;
	(void)ret_found;
	return fail(err, FAULT_INTERNAL, "no accounts");
}

bool account_valid(const char *id)
{
	return !*id;
}

/* What was read is what the rules say it may be. */
static inline void check_credential(const struct exchange *exchange)
{
	struct credential c;
	struct error err = { 0 };

	if (!credential_read(exchange, &c, &err)) {
		must(fault_status(err.fault) >= 400);
		must(fault_status(err.fault) < 500);
		return;
	}
	must(strlen(c.date) == 16 && strncmp(c.date, c.day, 8) == 0);
	must(*c.access_key && *c.region && *c.service);
	must(strpbrk(c.region, "<>&\"'/") == NULL);
	must(!c.presigned || (c.expires >= 1 && c.expires <= 604800));
	must(c.signed_count > 0);
	for (size_t i = 0; i < c.signed_count; i++) {
		must(*c.signed_headers[i]);
		must(!i ||
		     strcmp(c.signed_headers[i - 1], c.signed_headers[i]) < 0);
	}
	for (size_t i = 0; i < c.query_count; i++)
		must(!c.presigned ||
		     strcmp(c.query[i].name, "X-Amz-Signature") != 0);
}

/* Nobody knows the secret: nobody is let in, and nothing is the server's
 * fault. */
static inline void check_request(struct exchange *exchange)
{
	struct caller caller = { .account = "" };
	struct error err = { 0 };

	if (!auth_signed(exchange))
		return;
	check_credential(exchange);
	must(!auth_signature(exchange, &caller, &err));
	must(err.fault != FAULT_NONE && *err.text);
	must(fault_status(err.fault) >= 400 && fault_status(err.fault) < 500);
	must(!*caller.account && !*exchange->account && !exchange->access_key);
}

/* Asks with a text of those lines, which is taken apart. */
static inline void ask(char *text)
{
	struct store store = { .region = (char[]){ "us-east-1" } };
	struct sigv4_pair headers[HEADERS];
	struct exchange exchange = { .arena = arena_new(),
				     .now = NOON * USEC_PER_SEC,
				     .store = &store,
				     .body_fd = -1,
				     .fd = -1,
				     .headers = headers };
	char empty[] = "", *line;

	exchange.method = (line = strsep(&text, "\n")) ? line : empty;
	exchange.path = (line = strsep(&text, "\n")) ? line : empty;
	exchange.query = (line = strsep(&text, "\n")) ? line : empty;
	exchange.body = (line = strsep(&text, "\n")) ? line : empty;
	exchange.body_size = strlen(exchange.body);
	sha256_text(exchange.body, exchange.body_size, exchange.body_sha256);
	while (exchange.header_count < HEADERS &&
	       (line = strsep(&text, "\n"))) {
		const char *name = strsep(&line, ":");

		headers[exchange.header_count++] =
			(struct sigv4_pair){ name, line ? line : empty };
	}
	check_request(&exchange);
	arena_free(exchange.arena);
}

#endif
