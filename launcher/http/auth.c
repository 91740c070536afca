/* auth.c - Signature Version 4, verified; and peers of the unix socket
 *
 * All that can be refused without a secret is refused before one is looked
 * for. From there on a request goes the same way, with a secret that is
 * nobody's where there is no key, until the one comparison.
 */
#include "launcher/http/auth.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "images/account.h"
#include "launcher/http/credential.h"
#include "launcher/http/remember.h"

#define WINDOW (15 * 60 * USEC_PER_SEC)
#define NOBODYS "nobody's secret, as long as a real one.." /* 40 characters */

bool auth_signed(const struct exchange *exchange)
{
	return credential_given(exchange);
}

static bool check_time(const struct exchange *exchange,
		       const struct credential *c, struct error *err)
{
	usec_t age = exchange->now - c->time;

	if (age < -WINDOW)
		return fail(err, FAULT_REQUEST_EXPIRED,
			    "the request is signed for %s, which is more than "
			    "15 minutes from now",
			    c->date);
	if (c->presigned && age >= c->expires * USEC_PER_SEC)
		return fail(err, FAULT_REQUEST_EXPIRED,
			    "the presigned URL of %s was good for %lld "
			    "seconds",
			    c->date, (long long)c->expires);
	if (!c->presigned && age > WINDOW)
		return fail(err, FAULT_REQUEST_EXPIRED,
			    "the request was signed at %s, more than 15 "
			    "minutes ago",
			    c->date);
	return true;
}

/* The services that clients sign for us-east-1 wherever they are. */
static bool is_global(const char *service)
{
	return strcmp(service, "iam") == 0 || strcmp(service, "sts") == 0;
}

static bool check_region(const struct exchange *exchange,
			 const struct credential *c, struct error *err)
{
	const char *region = exchange->store->region;

	if (strcmp(c->region, region) != 0 &&
	    !(is_global(c->service) && strcmp(c->region, "us-east-1") == 0))
		return fail(err, FAULT_SIGNATURE,
			    "the credential is scoped to the region '%.32s'; "
			    "this is '%s'",
			    c->region, region);
	return true;
}

/* A token makes temporary keys, which nobody gives out here. */
static bool check_token(const struct exchange *exchange,
			const struct credential *c, struct error *err)
{
	bool token = exchange_header(exchange, "X-Amz-Security-Token");

	for (size_t i = 0; i < c->query_count; i++)
		token = token ||
			strcmp(c->query[i].name, "X-Amz-Security-Token") == 0;
	return !token || fail(err, FAULT_UNKNOWN_KEY,
			      "the access keys of this store go without a "
			      "session token");
}

static bool is_query_service(const char *service)
{
	return strcmp(service, "ec2") == 0 || is_global(service);
}

/* Whatever could change what a request means must be signed. */
static bool check_headers(const struct exchange *exchange,
			  const struct credential *c, struct error *err)
{
	if (!credential_signs(c, "host"))
		return fail(err, FAULT_SIGNATURE,
			    "the header host is not signed");
	if (!c->presigned && !credential_signs(c, "x-amz-date") &&
	    !credential_signs(c, "date"))
		return fail(err, FAULT_SIGNATURE,
			    "neither x-amz-date nor date is signed");
	for (size_t i = 0; i < exchange->header_count; i++) {
		const char *name = exchange->headers[i].name;
		char lower[128];
		size_t size = 0;

		for (; name[size] && size < sizeof(lower) - 1; size++)
			lower[size] = name[size] >= 'A' && name[size] <= 'Z' ?
					      (char)(name[size] + 32) :
					      name[size];
		lower[size] = 0;
		if ((strncmp(lower, "x-amz-", 6) == 0 ||
		     (strcmp(lower, "content-type") == 0 &&
		      is_query_service(c->service))) &&
		    (name[size] || !credential_signs(c, lower)))
			return fail(err, FAULT_SIGNATURE,
				    "the header %.64s is not signed", lower);
	}
	return true;
}

/* Where a body may come unhashed: a block, whose checksum is a signed header,
 * and what has no body anyway. A presigned URL of s3 has no header to say it
 * in. */
static bool may_be_unsigned(const struct exchange *exchange,
			    const struct credential *c)
{
	const char *method = exchange->method;

	if (strcmp(c->service, "ebs") == 0)
		return strcmp(method, "PUT") == 0 &&
		       strncmp(exchange->path, "/snapshots/", 11) == 0 &&
		       strstr(exchange->path, "/blocks/");
	return strcmp(c->service, "s3") == 0 &&
	       (c->presigned ||
		(!exchange->body_size &&
		 (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 ||
		  strcmp(method, "DELETE") == 0)));
}

/* The last line of the canonical request, which is also what the body has to
 * be. */
static bool choose_payload(const struct exchange *exchange,
			   const struct credential *c, const char **ret_payload,
			   struct error *err)
{
	bool s3 = strcmp(c->service, "s3") == 0;
	const char *given;

	if (!credential_header(exchange, "X-Amz-Content-SHA256", &given, err))
		return false;
	*ret_payload = given;
	if (!given && s3 && !c->presigned)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "a request to s3 carries X-Amz-Content-SHA256");
	if (!given) {
		*ret_payload = s3 ? SIGV4_UNSIGNED : exchange->body_sha256;
		return true;
	}
	if (strncmp(given, "STREAMING-", 10) == 0)
		return fail(err, FAULT_UNSUPPORTED,
			    "bodies in signed chunks or with trailers are not "
			    "taken here: X-Amz-Content-SHA256 is the SHA-256 "
			    "of the whole body");
	if (strcmp(given, SIGV4_UNSIGNED) == 0)
		return may_be_unsigned(exchange, c) ||
		       fail(err, FAULT_INVALID_PARAMETER,
			    "this call takes no unsigned body: "
			    "X-Amz-Content-SHA256 is its SHA-256");
	return strcmp(given, exchange->body_sha256) == 0 ||
	       fail(err, FAULT_CONTENT_SHA256,
		    "X-Amz-Content-SHA256 is not the SHA-256 of the body");
}

/* The headers that were signed, as they came. */
static bool collect_headers(const struct exchange *exchange,
			    const struct credential *c,
			    struct sigv4_request *request, struct error *err)
{
	struct sigv4_pair *headers =
		arena_alloc(exchange->arena,
			    (exchange->header_count + 1) * sizeof(*headers));

	if (!headers)
		return fail_memory(err);
	for (size_t i = 0; i < c->signed_count; i++) {
		size_t before = request->header_count;

		for (size_t j = 0; j < exchange->header_count; j++)
			if (strcasecmp(exchange->headers[j].name,
				       c->signed_headers[i]) == 0)
				headers[request->header_count++] =
					exchange->headers[j];
		if (request->header_count == before)
			return fail(err, FAULT_SIGNATURE,
				    "the signed header %.64s is not there",
				    c->signed_headers[i]);
	}
	request->headers = headers;
	return true;
}

/* EBS direct's paths are so plain that there is one way to write each. */
static bool check_path(const struct exchange *exchange,
		       const struct credential *c, struct error *err)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789-/";
	const char *path = exchange->path;

	if (path[0] == '/' &&
	    (strcmp(c->service, "ebs") != 0 ||
	     (strspn(path, plain) == strlen(path) && !strstr(path, "//"))))
		return true;
	return fail(err, FAULT_INVALID_PARAMETER,
		    "there is nothing at this path");
}

static bool make_request(const struct exchange *exchange,
			 const struct credential *c,
			 struct sigv4_request *ret_request, struct error *err)
{
	struct sigv4_request request = {
		.method = exchange->method,
		.sent = exchange->path,
		.query = c->query,
		.query_count = c->query_count,
		.date = c->date,
		.region = c->region,
		.service = c->service,
	};

	if (!check_path(exchange, c, err) || !check_headers(exchange, c, err) ||
	    !choose_payload(exchange, c, &request.payload, err) ||
	    !collect_headers(exchange, c, &request, err) ||
	    !sigv4_decode(exchange->path, strlen(exchange->path),
			  exchange->arena, &request.path, err))
		return false;
	*ret_request = request;
	return true;
}

/* What a signing key is remembered by: nothing in it can be told without the
 * secret. */
static bool name_key(const struct credential *c, const char *secret,
		     uint8_t ret_name[SHA256_SIZE], struct error *err)
{
	auto_free char *text = format_text("%s/%s/%s/%s/%s", secret,
					   c->access_key, c->day, c->region,
					   c->service);

	if (!text)
		return fail_memory(err);
	sha256(text, strlen(text), ret_name);
	OPENSSL_cleanse(text, strlen(text));
	return true;
}

/* Compares with what the secret gives. Whoever is refused has cost the same: a
 * lookup, two HMACs over the text, four to derive the key. */
static bool compare(const struct sigv4_request *request,
		    const struct credential *c, const char *secret,
		    bool *ret_equal, struct error *err)
{
	uint8_t name[SHA256_SIZE], key[SHA256_SIZE] = { 0 }, mac[SHA256_SIZE];
	auto_buf text = BUF_INIT;
	bool found, done;

	*ret_equal = false;
	if (!sigv4_text(request, &text, err) || !name_key(c, secret, name, err))
		return false;
	found = remember_key(name, key);
	if (!sigv4_mac(key, buf_text(&text), mac, err))
		return false;
	*ret_equal = secret_equal(mac, c->signature, SHA256_SIZE) && found;
	if (*ret_equal) {
		OPENSSL_cleanse(key, sizeof(key));
		return true;
	}
	done = sigv4_key(request, secret, key, err) &&
	       sigv4_mac(key, buf_text(&text), mac, err);
	*ret_equal = done && secret_equal(mac, c->signature, SHA256_SIZE);
	if (*ret_equal)
		remember_key_put(name, key);
	OPENSSL_cleanse(key, sizeof(key));
	return done;
}

/* The row is read for every request: a key that was disabled lets nobody in
 * once that is committed. */
static bool verify(const struct exchange *exchange, const struct credential *c,
		   const struct sigv4_request *request,
		   struct access_key *ret_key, struct error *err)
{
	struct access_key key;
	bool found, equal;

	if (!access_key_get(exchange->store->db, c->access_key, exchange->arena,
			    &key, &found, err))
		return false;
	found = found && key.active;
	if (!compare(request, c, found ? key.secret : NOBODYS, &equal, err))
		return false;
	if (!found)
		return fail(err, FAULT_UNKNOWN_KEY,
			    "there is no such access key, or not any more");
	if (!equal)
		return fail(err, FAULT_SIGNATURE,
			    "the signature is not the one that the secret "
			    "access key gives for this request: check the "
			    "secret, and what signs");
	*ret_key = key;
	return true;
}

bool auth_signature(struct exchange *exchange, struct caller *ret_caller,
		    struct error *err)
{
	struct credential c;
	struct sigv4_request request;
	struct access_key key = { 0 };

	if (!credential_read(exchange, &c, err) ||
	    !check_region(exchange, &c, err) ||
	    !check_time(exchange, &c, err) || !check_token(exchange, &c, err) ||
	    !make_request(exchange, &c, &request, err) ||
	    !verify(exchange, &c, &request, &key, err))
		return false;
	exchange->repeated =
		remember_signature(c.signature, exchange->now, 2 * WINDOW);
	*ret_caller = (struct caller){ .access_key = key.id,
				       .service = c.service,
				       .region = exchange->store->region };
	snprintf(ret_caller->account, ACCOUNT_SIZE, "%s", key.account);
	snprintf(exchange->account, ACCOUNT_SIZE, "%s", key.account);
	exchange->access_key = key.id;
	exchange->service = c.service;
	return true;
}

/* Who owns the store's directory, whoever runs the server. */
static bool owns_store(const struct exchange *exchange, bool *ret_owns,
		       struct error *err)
{
	struct stat st;

	if (stat(exchange->store->path, &st) != 0)
		return fail_errno(err, "cannot look at %s",
				  exchange->store->path);
	*ret_owns = exchange->uid == 0 || exchange->uid == st.st_uid;
	return true;
}

/* The account of a user who does not own the store. */
static bool account_of_peer(const struct exchange *exchange, const char *wanted,
			    struct call *call, struct error *err)
{
	char own[ACCOUNT_SIZE];
	bool found;

	if (!account_of_user(call, exchange->uid, own, &found, err))
		return false;
	if (!found)
		return fail(err, FAULT_AUTH_FAILURE,
			    "no account was made for user %u: the store's "
			    "owner makes one with 'qami account create NAME "
			    "--user %u'",
			    (unsigned)exchange->uid, (unsigned)exchange->uid);
	if (wanted && strcmp(wanted, own) != 0) {
		struct error other = { 0 };

		/* its own by its name; what another one is, or whether it is,
		 * is not for this user */
		if (account_valid(wanted) ||
		    !call_account(call, wanted, &other) ||
		    strcmp(call->account, own) != 0)
			return fail(err, FAULT_AUTH_FAILURE,
				    "user %u acts as account %s here, as no "
				    "other",
				    (unsigned)exchange->uid, own);
	}
	snprintf(call->account, sizeof(call->account), "%s", own);
	return true;
}

bool auth_peer(struct exchange *exchange, struct caller *ret_caller,
	       struct error *err)
{
	struct call call = { .store = exchange->store, .now = clock_now() };
	const char *wanted = exchange_header(exchange, "X-Qami-Account");
	bool owns = false;

	assert(exchange->local);
	if (!owns_store(exchange, &owns, err) ||
	    !(owns ? call_account(&call, wanted, err) :
		     account_of_peer(exchange, wanted, &call, err)))
		return false;
	*ret_caller = (struct caller){ .region = exchange->store->region,
				       .owner = owns };
	snprintf(ret_caller->account, ACCOUNT_SIZE, "%s", call.account);
	snprintf(exchange->account, ACCOUNT_SIZE, "%s", call.account);
	return true;
}
