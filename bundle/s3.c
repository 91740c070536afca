/* s3.c - addresses, signatures, repetitions and redirects */
#include "bundle/s3.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "images/base/digest.h"
#include "images/base/id.h"

#define TRIES 5
#define HOPS 3
#define STALL 60     /* seconds */
#define PAUSE 200    /* ms before the second try, then twice as long … */
#define PAUSE_MOST 5000 /* … up to this */
#define HOST_SIZE 320
#define NO_PAYLOAD \
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* Where requests go; a redirect changes it. */
struct place {
	char host[HOST_SIZE]; /* with ":port" unless it is the scheme's */
	char region[65];
	bool hosted;
};

struct s3 {
	struct http *http;
	char *bucket, *access_key, *secret, *token;
	bool secure;
	bool amazon; /* the host follows from the region */
	unsigned tries, stall;
	pthread_mutex_t lock; /* of the place */
	struct place place;
};

static bool ends_with(const char *text, const char *end)
{
	size_t size = strlen(text), end_size = strlen(end);

	return size >= end_size && strcasecmp(text + size - end_size, end) == 0;
}

static bool is_amazon(const char *host)
{
	return ends_with(host, ".amazonaws.com") ||
	       ends_with(host, ".amazonaws.com.cn");
}

static void amazon_host(struct place *place)
{
	snprintf(place->host, sizeof(place->host), "s3.%s.amazonaws.com%s",
		 place->region,
		 strncmp(place->region, "cn-", 3) == 0 ? ".cn" : "");
}

/* The host of "scheme://host[:port]…" without the port that goes without
 * saying; false when it is another scheme or does not fit. */
static bool url_host(const char *url, bool secure, char ret_host[HOST_SIZE])
{
	const char *scheme = secure ? "https://" : "http://";
	const char *port = secure ? ":443" : ":80";
	size_t size;

	if (strncasecmp(url, scheme, strlen(scheme)) != 0)
		return false;
	url += strlen(scheme);
	size = strcspn(url, "/?#");
	if (!size || size >= HOST_SIZE || memchr(url, '@', size))
		return false;
	snprintf(ret_host, HOST_SIZE, "%.*s", (int)size, url);
	if (ends_with(ret_host, port))
		ret_host[strlen(ret_host) - strlen(port)] = 0;
	return true;
}

static bool place_init(struct s3 *s3, const struct bucket_server *server)
{
	struct place *place = &s3->place;
	bool dots = strchr(s3->bucket, '.');

	s3->secure = !server->url || strncasecmp(server->url, "https", 5) == 0;
	snprintf(place->region, sizeof(place->region), "%s",
		 server->region ? server->region : "us-east-1");
	place->hosted = server->hosted && !dots;
	if (!server->url)
		amazon_host(place);
	else if (!url_host(server->url, s3->secure, place->host))
		return false;
	s3->amazon = is_amazon(place->host);
	if (s3->amazon) /* no certificate there covers a name with dots */
		place->hosted = !dots;
	return true;
}

bool s3_open(const struct bucket_server *server, const char *bucket,
	     struct s3 **ret_s3, struct error *err)
{
	struct s3 *s3 = calloc(1, sizeof(*s3));

	if (!s3)
		return fail_memory(err);
	pthread_mutex_init(&s3->lock, NULL);
	s3->bucket = strdup(bucket);
	s3->access_key = strdup(server->access_key);
	s3->secret = strdup(server->secret);
	s3->token = server->token ? strdup(server->token) : NULL;
	s3->tries = server->tries ? server->tries : TRIES;
	s3->stall = server->stall ? server->stall : STALL;
	if (!s3->bucket || !s3->access_key || !s3->secret ||
	    (server->token && !s3->token))
		fail_memory(err);
	else if (!place_init(s3, server))
		fail(err, FAULT_INVALID_PARAMETER,
		     "an S3 server's address is http(s)://HOST[:PORT]");
	else if (http_open(&s3->http, err)) {
		*ret_s3 = s3;
		return true;
	}
	s3_close(s3);
	return false;
}

void s3_close(struct s3 *s3)
{
	if (!s3)
		return;
	http_close(s3->http);
	pthread_mutex_destroy(&s3->lock);
	free(s3->bucket);
	free(s3->access_key);
	free(s3->secret);
	free(s3->token);
	free(s3);
}

static struct place place_now(struct s3 *s3)
{
	struct place place;

	pthread_mutex_lock(&s3->lock);
	place = s3->place;
	pthread_mutex_unlock(&s3->lock);
	return place;
}

static void place_set(struct s3 *s3, const struct place *place)
{
	pthread_mutex_lock(&s3->lock);
	s3->place = *place;
	pthread_mutex_unlock(&s3->lock);
}

void s3_region(struct s3 *s3, char ret_region[65])
{
	memcpy(ret_region, place_now(s3).region, 65);
}

/* The path and the URL of a request at a place; the path is not encoded, as
 * the signature wants it. */
static bool address(const struct s3 *s3, const struct s3_request *request,
		    const struct place *place, const char *host,
		    struct buf *path, struct buf *url)
{
	if (!place->hosted)
		buf_printf(path, "/%s", s3->bucket);
	if (place->hosted || request->key)
		buf_char(path, '/');
	buf_str(path, request->key ? request->key : "");
	buf_printf(url, "%s://%s", s3->secure ? "https" : "http", host);
	sigv4_encode(url, buf_text(path), true);
	for (size_t i = 0; i < request->query_count; i++) {
		buf_char(url, i ? '&' : '?');
		sigv4_encode(url, request->query[i].name, false);
		buf_char(url, '=');
		sigv4_encode(url, request->query[i].value, false);
	}
	return !path->broken && !url->broken;
}

/* Signs a request for a place, and sends it once. */
static bool ask_once(struct s3 *s3, const struct s3_request *request,
		     const struct place *place, struct http_answer *answer,
		     bool *ret_again, struct error *err)
{
	auto_buf path = BUF_INIT, url = BUF_INIT, authorization = BUF_INIT;
	const char *payload = request->payload ? request->payload : NO_PAYLOAD;
	char date[SIGV4_DATE_SIZE], host[HOST_SIZE + 64];
	struct sigv4_pair headers[9] = { { "Host", host },
					 { "x-amz-date", date },
					 { "x-amz-content-sha256", payload } };
	size_t count = 3;

	*ret_again = false;
	sigv4_date(date);
	snprintf(host, sizeof(host), "%s%s%s", place->hosted ? s3->bucket : "",
		 place->hosted ? "." : "", place->host);
	if (s3->token)
		headers[count++] = (struct sigv4_pair){ "x-amz-security-token",
							s3->token };
	if (request->acl)
		headers[count++] =
			(struct sigv4_pair){ "x-amz-acl", request->acl };
	if (request->tags)
		headers[count++] =
			(struct sigv4_pair){ "x-amz-tagging", request->tags };
	if (request->range)
		headers[count++] =
			(struct sigv4_pair){ "Range", request->range };
	if (request->md5)
		headers[count++] =
			(struct sigv4_pair){ "Content-MD5", request->md5 };
	if (!address(s3, request, place, host, &path, &url))
		return fail_memory(err);
	if (!sigv4_authorization(
		    &(struct sigv4_request){ .method = request->method,
					     .path = path.data,
					     .query = request->query,
					     .query_count =
						     request->query_count,
					     .headers = headers,
					     .header_count = count,
					     .payload = payload,
					     .date = date,
					     .region = place->region,
					     .service = "s3" },
		    s3->access_key, s3->secret, &authorization, err))
		return false;
	headers[count++] = (struct sigv4_pair){ "Authorization",
						authorization.data };
	return http_send(s3->http,
			 &(struct http_request){ .method = request->method,
						 .url = url.data,
						 .headers = headers,
						 .header_count = count,
						 .text = request->text,
						 .from = request->from,
						 .size = request->size,
						 .to = request->to,
						 .most = request->most,
						 .stall = s3->stall,
						 .cancel = request->cancel },
			 answer, ret_again, err);
}

/* Whether an answer says "elsewhere": a redirect, or AWS's complaint about the
 * region that a request was signed for. */
static bool is_redirect(const struct http_answer *answer,
			const struct answer_failure *failure)
{
	return (answer->status >= 300 && answer->status < 400 &&
		answer->status != 304) ||
	       (answer->status == 400 &&
		(*answer->region || *failure->region) &&
		(!*failure->code ||
		 strcmp(failure->code, "AuthorizationHeaderMalformed") == 0 ||
		 strcmp(failure->code, "IllegalLocationConstraintException") ==
			 0));
}

/* A new host is the old one or below it, at the same port, or Amazon's as the
 * old one is. */
static bool may_lead_to(const struct s3 *s3, const struct place *from,
			const char *host)
{
	char below[HOST_SIZE + 1];

	snprintf(below, sizeof(below), ".%s", from->host);
	return strcasecmp(host, from->host) == 0 || ends_with(host, below) ||
	       (s3->amazon && is_amazon(host));
}

/* Nothing in a host's name ends it before its end, as '/' or '\\' would. */
static bool host_ok(const char *host)
{
	return host[strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789.-:[]"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] == 0;
}

/* Where an answer leads; the host comes with or without the bucket. */
static bool lead(struct s3 *s3, const struct http_answer *answer,
		 const struct answer_failure *failure, struct place *place,
		 struct error *err)
{
	const struct place from = *place;
	const char *region = *answer->region ? answer->region : failure->region;
	char host[HOST_SIZE] = "";
	size_t size = strlen(s3->bucket);

	if (*answer->location && !url_host(answer->location, s3->secure, host))
		return fail(err, FAULT_UNAVAILABLE,
			    "the S3 server %s redirects to '%.60s', which is "
			    "no address of its kind",
			    from.host, answer->location);
	if (!*host)
		snprintf(host, sizeof(host), "%s", failure->endpoint);
	if (!host_ok(host))
		return fail(
			err, FAULT_UNAVAILABLE,
			"the S3 server %.80s redirects to '%.60s', which is "
			"no host",
			from.host, host);
	if (*host && !may_lead_to(s3, &from, host))
		return fail(err, FAULT_UNAVAILABLE,
			    "the S3 server %.80s redirects to %.80s, which is "
			    "another one",
			    from.host, host);
	if (strncmp(host, s3->bucket, size) == 0 && host[size] == '.') {
		memmove(host, host + size + 1, strlen(host + size + 1) + 1);
		place->hosted = true;
	}
	if (*region &&
	    strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-"
			   "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == strlen(region))
		snprintf(place->region, sizeof(place->region), "%s", region);
	if (*host)
		snprintf(place->host, sizeof(place->host), "%s", host);
	else if (s3->amazon)
		amazon_host(place);
	return true;
}

/* Takes a request to where the answer leads. */
static bool follow(struct s3 *s3, const struct http_answer *answer,
		   struct place *place, unsigned *hops, struct error *err)
{
	const struct place from = *place;
	struct answer_failure failure;

	answer_failure(&answer->body, &failure);
	if (!lead(s3, answer, &failure, place, err))
		return false;
	if (strcasecmp(from.host, place->host) == 0 &&
	    strcmp(from.region, place->region) == 0 &&
	    from.hosted == place->hosted)
		return fail(err, FAULT_UNAVAILABLE,
			    "the S3 server %s redirects without saying where "
			    "(HTTP %ld)",
			    from.host, answer->status);
	if (++*hops > HOPS)
		return fail(err, FAULT_UNAVAILABLE,
			    "the S3 server %s redirects for ever", from.host);
	/* "temporary" is for this request only */
	if (answer->status != 302 && answer->status != 307)
		place_set(s3, place);
	return true;
}

static bool is_passing(const struct http_answer *answer,
		       const struct answer_failure *failure)
{
	return answer->status == 429 || answer->status == 408 ||
	       (answer->status >= 500 && answer->status != 501) ||
	       strcmp(failure->code, "SlowDown") == 0 ||
	       strcmp(failure->code, "RequestTimeout") == 0;
}

/* Waits before the next try, unless it is cancelled. */
static void wait_for_next(unsigned tries, const bool *cancel)
{
	unsigned pause = tries < 6 ? PAUSE << (tries - 1) : PAUSE_MOST;
	uint8_t jitter;

	random_bytes(&jitter, 1);
	pause = pause < PAUSE_MOST ? pause : PAUSE_MOST;
	pause = pause / 2 + pause * jitter / 255 / 2;
	for (; pause && !(cancel && __atomic_load_n(cancel, __ATOMIC_RELAXED));
	     pause -= pause < 50 ? pause : 50)
		nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
}

static void answer_clear(struct http_answer *answer)
{
	http_answer_done(answer);
	memset(answer, 0, sizeof(*answer));
}

bool s3_ask(struct s3 *s3, const struct s3_request *request,
	    struct http_answer *ret_answer, struct error *err)
{
	struct place place = place_now(s3);
	unsigned tries = 0, hops = 0;
	bool again;

	for (;;) {
		struct answer_failure failure = { 0 };
		bool sent =
			ask_once(s3, request, &place, ret_answer, &again, err);

		if (sent && ret_answer->status >= 400)
			answer_failure(&ret_answer->body, &failure);
		if (sent && is_redirect(ret_answer, &failure)) {
			if (!follow(s3, ret_answer, &place, &hops, err))
				return false;
			answer_clear(ret_answer);
			continue;
		}
		again = sent ? is_passing(ret_answer, &failure) : again;
		if (!again || ++tries >= s3->tries) {
			if (!sent && err->fault == FAULT_UNAVAILABLE)
				error_prefix(err, "the S3 server %s",
					     place.host);
			return sent;
		}
		error_clear(err);
		answer_clear(ret_answer);
		wait_for_next(tries, request->cancel);
		if (request->cancel &&
		    __atomic_load_n(request->cancel, __ATOMIC_RELAXED))
			return fail(err, FAULT_UNAVAILABLE, "it was cancelled");
	}
}

static enum fault fault_of(const struct http_answer *answer, const char *code)
{
	static const struct {
		const char *code;
		enum fault fault;
	} known[] = {
		{ "NoSuchBucket", FAULT_BUCKET_NOT_FOUND },
		{ "NoSuchKey", FAULT_KEY_NOT_FOUND },
		{ "BucketAlreadyExists", FAULT_BUCKET_EXISTS },
		{ "BucketNotEmpty", FAULT_BUCKET_NOT_EMPTY },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(code, known[i].code) == 0)
			return known[i].fault;
	if (answer->status == 401 || answer->status == 403)
		return FAULT_AUTH_FAILURE;
	if (answer->status == 404)
		return FAULT_KEY_NOT_FOUND;
	if (answer->status == 501)
		return FAULT_UNSUPPORTED;
	return answer->status >= 400 && answer->status < 500 ?
		       FAULT_INVALID_PARAMETER :
		       FAULT_UNAVAILABLE;
}

/* Whether a server gives our secrets back, whole or cut. */
static bool tells(const struct s3 *s3, const char *text)
{
	char start[17];

	snprintf(start, sizeof(start), "%s", s3->secret);
	if (strstr(text, start))
		return true;
	snprintf(start, sizeof(start), "%s", s3->token ? s3->token : "");
	return *start && strstr(text, start);
}

bool(s3_fail)(struct s3 *s3, const struct http_answer *answer,
	      struct error *err)
{
	struct answer_failure failure;
	struct place place = place_now(s3);
	bool told;

	answer_failure(&answer->body, &failure);
	told = *failure.message && !tells(s3, failure.message);
	return fail(err, fault_of(answer, failure.code),
		    "the S3 server %.80s answered %s%s%s (HTTP %ld)",
		    place.host, *failure.code ? failure.code : "a failure",
		    told ? ": " : "", told ? failure.message : "",
		    answer->status);
}
