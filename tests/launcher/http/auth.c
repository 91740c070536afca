/* auth.c - signatures of botocore and by hand are good, each way of being wrong
 * has its code, and no request with a changed byte is let in; what a key's end
 * ends; peers of the socket. The requests are auth.py's. */
#include "launcher/http/auth.h"

#include <jansson.h>
#include <pthread.h>
#include <sys/stat.h>

#include "images/account.h"
#include "launcher/action/fault.h"
#include "tests/images/testing.h"

#define REGION "eu-west-9"
#define MUTANTS "20000" /* QAMI_MUTANTS says another number */
#define HEADERS 40

static struct access_key key;
static struct arena *arena;

/* What became of a request. */
struct verdict {
	struct error err;
	struct caller caller;
	char account[ACCOUNT_SIZE];
	unsigned repeated;
};

static struct verdict ask(struct exchange *exchange)
{
	struct verdict verdict = { .err = { 0 } };
	bool in;

	exchange->arena = arena_new();
	exchange->store = call.store;
	exchange->body_fd = exchange->fd = -1;
	in = auth_signature(exchange, &verdict.caller, &verdict.err);
	check(in == (verdict.err.fault == FAULT_NONE));
	check(in == (exchange->access_key != NULL));
	check(auth_signed(exchange) ==
	      (verdict.err.fault != FAULT_MISSING_TOKEN));
	if (in)
		check(strcmp(exchange->access_key, key.id) == 0 &&
		      strcmp(verdict.caller.account, ACCOUNT) == 0 &&
		      strcmp(verdict.caller.region, REGION) == 0 &&
		      !verdict.caller.owner);
	verdict.repeated = exchange->repeated;
	verdict.caller.access_key = verdict.caller.service = NULL;
	snprintf(verdict.account, ACCOUNT_SIZE, "%s", exchange->account);
	arena_free(exchange->arena);
	return verdict;
}

static const char *member(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static struct verdict ask_case(const json_t *one)
{
	struct sigv4_pair headers[HEADERS];
	const json_t *list = json_object_get(one, "headers");
	size_t size;
	auto_free char *body = base64_decode(member(one, "body"), &size);
	struct exchange exchange = {
		.now = json_integer_value(json_object_get(one, "now")) *
		       USEC_PER_SEC,
		.method = member(one, "method"),
		.path = member(one, "path"),
		.query = member(one, "query"),
		.headers = headers,
		.header_count = json_array_size(list),
		.body = body,
		.body_size = size,
	};

	check(exchange.header_count <= HEADERS && body);
	sha256_text(body, size, exchange.body_sha256);
	for (size_t i = 0; i < exchange.header_count; i++) {
		const json_t *pair = json_array_get(list, i);

		headers[i].name = json_string_value(json_array_get(pair, 0));
		headers[i].value = json_string_value(json_array_get(pair, 1));
	}
	return ask(&exchange);
}

/* A mutant that means the same may be let in or not, another one never. */
static bool as_expected(const json_t *one, const struct verdict *verdict)
{
	const char *expect = member(one, "expect");
	enum fault fault = verdict->err.fault;

	if (fault_status(fault) >= 500)
		return false;
	if (strcmp(expect, "?") == 0)
		return fault || json_is_true(json_object_get(one, "same"));
	return strcmp(fault_code(fault), expect) == 0;
}

static void all_cases(void)
{
	const char *mutants = getenv("QAMI_MUTANTS");
	auto_free char *command = format_text(
		"/usr/bin/python3 tests/launcher/http/auth.py %s '%s' " REGION
		" %s",
		key.id, key.secret, mutants ? mutants : MUTANTS);
	FILE *python = popen(command, "r");
	size_t room = 0, cases = 0, changed = 0, same = 0, bad_ones = 0;
	auto_free char *line = NULL;

	check(python);
	while (getline(&line, &room, python) > 0) {
		json_t *one = json_loads(line, 0, NULL);
		struct verdict verdict = ask_case(one);
		bool mutant = strcmp(member(one, "expect"), "?") == 0;

		cases += !mutant;
		changed += mutant;
		same += mutant && verdict.err.fault == FAULT_NONE;
		if (!as_expected(one, &verdict)) {
			printf("%s: %s: %s\n%s", member(one, "name"),
			       fault_code(verdict.err.fault), verdict.err.text,
			       line);
			bad_ones++;
		}
		json_decref(one);
	}
	check(pclose(python) == 0);
	printf("%zu cases, %zu mutants of which %zu mean the same\n", cases,
	       changed, same);
	check(cases > 700 && changed > (size_t)atol(MUTANTS) / 2 && same > 0);
	check(!bad_ones);
}

/* A request of our own, signed as it should be. */
struct own {
	struct exchange exchange;
	struct sigv4_pair headers[3];
	char date[TIME_SIZE];
	struct buf authorization;
};

static struct exchange *sign(struct own *own, const char *id,
			     const char *secret, usec_t now)
{
	char iso[TIME_SIZE];
	struct sigv4_request request = {
		.method = "GET",
		.path = "/",
		.headers = own->headers,
		.header_count = 2,
		.payload = own->exchange.body_sha256,
		.date = own->date,
		.region = REGION,
		.service = "ec2",
	};

	*own = (struct own){ .exchange = { .method = "GET",
					   .path = "/",
					   .query = "",
					   .headers = own->headers,
					   .header_count = 3,
					   .now = now,
					   .body = "" } };
	sha256_text("", 0, own->exchange.body_sha256);
	time_format(now, iso);
	snprintf(own->date, sizeof(own->date), "%.4s%.2s%.2sT%.2s%.2s%.2sZ",
		 iso, iso + 5, iso + 8, iso + 11, iso + 14, iso + 17);
	own->headers[0] = (struct sigv4_pair){ "Host", "localhost" };
	own->headers[1] = (struct sigv4_pair){ "X-Amz-Date", own->date };
	good(sigv4_authorization(&request, id, secret, &own->authorization,
				 &err));
	own->headers[2] = (struct sigv4_pair){ "Authorization",
					       buf_text(&own->authorization) };
	return &own->exchange;
}

static enum fault try(const char *id, const char *secret, usec_t now)
{
	struct own own;
	struct verdict verdict = ask(sign(&own, id, secret, now));

	buf_done(&own.authorization);
	return verdict.err.fault;
}

/* An end of a key is one from the moment that it is committed, however often
 * its signing key was used before. */
static void keys_end(void)
{
	struct error unknown = { 0 };
	struct caller caller;
	struct own own;

	check(try(key.id, key.secret, call.now) == FAULT_NONE);
	good(account_key_enable(&call, key.id, false, &err));
	check(try(key.id, key.secret, call.now) == FAULT_UNKNOWN_KEY);
	check(try(key.id, "wrong", call.now) == FAULT_UNKNOWN_KEY);
	/* it answers like one that there never was */
	sign(&own, key.id, key.secret, call.now);
	own.exchange.arena = arena;
	own.exchange.store = call.store;
	check(!auth_signature(&own.exchange, &caller, &err));
	buf_done(&own.authorization);
	sign(&own, "AKIAZZZZZZZZZZZZZZZZ", key.secret, call.now);
	own.exchange.arena = arena;
	own.exchange.store = call.store;
	check(!auth_signature(&own.exchange, &caller, &unknown));
	buf_done(&own.authorization);
	check(unknown.fault == err.fault && !strcmp(unknown.text, err.text));
	error_clear(&err);

	good(account_key_enable(&call, key.id, true, &err));
	check(try(key.id, key.secret, call.now) == FAULT_NONE);
	check(try(key.id, "wrong", call.now) == FAULT_SIGNATURE);
	good(account_key_delete(&call, key.id, &err));
	check(try(key.id, key.secret, call.now) == FAULT_UNKNOWN_KEY);
	/* the same id with another secret: the old signing key is not it */
	key.secret = "another secret of as many characters 123";
	good(access_key_insert(call.store->db, &key, &err));
	check(try(key.id, key.secret, call.now) == FAULT_NONE);
}

static void repeats(void)
{
	usec_t now = call.now + 3 * USEC_PER_SEC;
	struct own own;

	for (unsigned i = 0; i < 3; i++) {
		check(ask(sign(&own, key.id, key.secret, now)).repeated == i);
		buf_done(&own.authorization);
	}
	check(ask(sign(&own, key.id, key.secret, now + USEC_PER_SEC))
		      .repeated == 0);
	buf_done(&own.authorization);
	/* who is refused leaves no trace */
	check(try(key.id, "wrong", now + 2 * USEC_PER_SEC) == FAULT_SIGNATURE);
	check(ask(sign(&own, key.id, key.secret, now + 2 * USEC_PER_SEC))
		      .repeated == 0);
	buf_done(&own.authorization);
}

/* A store's connection is one thread's. */
static void *thread(void *data)
{
	struct call other = call;
	struct error mine = { 0 };
	size_t in = 0;

	(void)data;
	good(store_open(call.store->path, NULL, &other.store, &mine));
	for (int i = 0; i < 500; i++) {
		struct own own;
		struct caller caller;
		struct exchange *exchange =
			sign(&own, key.id, i % 2 ? key.secret : "wrong",
			     call.now + i % 7 * 86400 * USEC_PER_SEC);

		exchange->arena = arena_new();
		exchange->store = other.store;
		error_clear(&mine);
		in += auth_signature(exchange, &caller, &mine);
		arena_free(exchange->arena);
		buf_done(&own.authorization);
	}
	store_close(other.store);
	check(in == 250);
	return NULL;
}

static void threads(void)
{
	pthread_t ids[8];

	for (size_t i = 0; i < 8; i++)
		check(pthread_create(&ids[i], NULL, thread, NULL) == 0);
	for (size_t i = 0; i < 8; i++)
		check(pthread_join(ids[i], NULL) == 0);
}

static enum fault peer(uid_t uid, const char *wanted, const char *account,
		       bool owner)
{
	struct sigv4_pair header = { "x-qami-account", wanted };
	struct exchange exchange = { .arena = arena,
				     .store = call.store,
				     .local = true,
				     .uid = uid,
				     .headers = &header,
				     .header_count = wanted != NULL,
				     .query = "" };
	struct error refused = { 0 };
	struct caller caller = { .account = "" };

	check(!auth_signed(&exchange));
	if (!auth_peer(&exchange, &caller, &refused)) {
		check(!*caller.account && !*exchange.account);
		return refused.fault;
	}
	check(strcmp(caller.account, account) == 0);
	check(strcmp(exchange.account, account) == 0);
	check(caller.owner == owner && !caller.access_key);
	return FAULT_NONE;
}

static void peers(void)
{
	char alice[ACCOUNT_SIZE], bob[ACCOUNT_SIZE];
	struct account row;
	bool found;

	good(account_create(&call, NULL, "alice", 4001, alice, &err));
	good(account_create(&call, NULL, "bob", ACCOUNT_NOBODY, bob, &err));
	check(peer(geteuid(), NULL, ACCOUNT, true) == FAULT_NONE);
	check(peer(0, NULL, ACCOUNT, true) == FAULT_NONE);
	check(peer(0, "bob", bob, true) == FAULT_NONE);
	check(peer(0, "555555555555", "555555555555", true) == FAULT_NONE);
	check(peer(0, "carol", "", true) == FAULT_INVALID_PARAMETER);
	check(peer(4001, NULL, alice, false) == FAULT_NONE);
	check(peer(4001, alice, alice, false) == FAULT_NONE);
	check(peer(4001, "alice", alice, false) == FAULT_NONE);
	check(peer(4001, "bob", "", false) == FAULT_AUTH_FAILURE);
	check(peer(4001, bob, "", false) == FAULT_AUTH_FAILURE);
	check(peer(4001, "nobody", "", false) == FAULT_AUTH_FAILURE);
	check(peer(4001, "", "", false) == FAULT_AUTH_FAILURE);
	check(peer(4002, NULL, "", false) == FAULT_AUTH_FAILURE);
	/* who is refused has made nobody known */
	check(peer(4001, "666666666666", "", false) == FAULT_AUTH_FAILURE);
	good(account_get(call.store->db, "666666666666", arena, &row, &found,
			 &err));
	check(!found);
}

/* The same refusals in other services' words. */
static void words(void)
{
	static const struct {
		const char *service, *code;
		enum fault fault;
		int status;
	} rows[] = {
		{ "ec2", "AuthFailure", FAULT_UNKNOWN_KEY, 401 },
		{ "ec2", "RequestExpired", FAULT_REQUEST_EXPIRED, 400 },
		{ "ec2", "SignatureDoesNotMatch", FAULT_CONTENT_SHA256, 403 },
		{ "sts", "InvalidClientTokenId", FAULT_UNKNOWN_KEY, 403 },
		{ "iam", "InvalidClientTokenId", FAULT_UNKNOWN_KEY, 403 },
		{ "rest", "UnrecognizedClientException", FAULT_UNKNOWN_KEY,
		  403 },
		{ "rest", "InvalidSignatureException", FAULT_SIGNATURE, 403 },
		{ "rest", "InvalidSignatureException", FAULT_REQUEST_EXPIRED,
		  403 },
		{ "rest", "MissingAuthenticationTokenException",
		  FAULT_MISSING_TOKEN, 403 },
		{ "rest", "IncompleteSignatureException",
		  FAULT_INCOMPLETE_SIGNATURE, 400 },
		{ "s3", "InvalidAccessKeyId", FAULT_UNKNOWN_KEY, 403 },
		{ "s3", "SignatureDoesNotMatch", FAULT_SIGNATURE, 403 },
		{ "s3", "RequestTimeTooSkewed", FAULT_REQUEST_EXPIRED, 403 },
		{ "s3", "AccessDenied", FAULT_MISSING_TOKEN, 403 },
		{ "s3", "AuthorizationHeaderMalformed",
		  FAULT_INCOMPLETE_SIGNATURE, 400 },
		{ "s3", "XAmzContentSHA256Mismatch", FAULT_CONTENT_SHA256,
		  400 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error one = { .fault = rows[i].fault };

		fault_translate(rows[i].service, &one);
		if (strcmp(fault_code(one.fault), rows[i].code) != 0)
			printf("%s: %s\n", rows[i].code, fault_code(one.fault));
		check(strcmp(fault_code(one.fault), rows[i].code) == 0);
		check(fault_status(one.fault) == rows[i].status);
	}
}

int main(void)
{
	arena = arena_new();
	setenv("QAMI_REGION", REGION, 1);
	store_new();
	good(account_key_create(&call, arena, &key, &err));
	all_cases();
	keys_end();
	repeats();
	peers();
	words();
	/* a week's days are no longer now: each request has its own */
	threads();
	arena_free(arena);
	store_close(call.store);
	return 0;
}
