/* request.c - one request between libmicrohttpd and a worker
 *
 * What is refused here is what two programs could understand differently (two
 * lengths, two hosts, bytes that end a text early) or what is too much. The
 * target and the headers' values go on as they came: whoever needs them
 * decodes them, once.
 */
#include "launcher/http/request.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "images/base/file.h"
#include "images/base/hex.h"
#include "images/base/log.h"
#include "launcher/http/limit.h"
#include "launcher/http/line.h"
#include "launcher/http/stream-private.h"

/* What a body that is on its way holds. */
static void release_room(struct request *request)
{
	if (request->reserved)
		limit_release(request->reserved);
	request->reserved = 0;
}

static void request_free(struct request *request)
{
	struct exchange *exchange = &request->exchange;

	release_room(request);
	if (request->response)
		mhd.destroy_response(request->response);
	if (exchange->body_fd >= 0)
		close(exchange->body_fd);
	if (exchange->fd >= 0)
		close(exchange->fd);
	stream_free(request->stream);
	EVP_MD_CTX_free(request->digest);
	buf_done(&request->body);
	buf_done(&exchange->text);
	arena_free(exchange->arena);
	free(request);
}

void request_release(struct request *request)
{
	if (__atomic_sub_fetch(&request->owners, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	line_request(&request->exchange, request->remote, request->sent,
		     clock_monotonic() - request->began);
	request_free(request);
}

/* Takes the target apart at its first '?'. */
static bool set_target(struct exchange *exchange, const char *target)
{
	char *path = exchange->arena ? arena_str(exchange->arena, target) :
				       NULL;
	char *mark = path ? strchr(path, '?') : NULL;

	if (mark)
		*mark = 0;
	exchange->path = path;
	exchange->query = mark ? mark + 1 : "";
	return path != NULL;
}

struct request *request_new(struct MHD_Connection *connection,
			    struct peer *peer, const char *store,
			    const char *target)
{
	struct request *request = calloc(1, sizeof(*request));
	struct exchange *exchange;

	if (!request)
		return NULL;
	request->connection = connection;
	request->peer = peer;
	request->store = store;
	request->owners = 1;
	request->began = clock_monotonic();
	request->digest = EVP_MD_CTX_new();
	snprintf(request->remote, sizeof(request->remote), "%s", peer->text);
	exchange = &request->exchange;
	exchange->arena = arena_new();
	exchange->body_fd = exchange->fd = -1;
	exchange->local = peer->local;
	exchange->uid = peer->uid;
	exchange->method = "";
	exchange->headers = request->headers;
	uuid_new(exchange->id);
	if (!set_target(exchange, target) || !request->digest ||
	    EVP_DigestInit_ex(request->digest, EVP_sha256(), NULL) != 1) {
		request_free(request);
		return NULL;
	}
	return request;
}

/* What is read of the head while its headers are gone through. */
struct head {
	struct request *request;
	size_t count;
	unsigned hosts, lengths, encodings, authorizations;
	bool bad, no_memory;
};

static bool is_name(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (text[i] <= 0x20 || text[i] >= 0x7f ||
		    strchr("\"(),/:;<=>?@[\\]{}", text[i]))
			return false;
	return size > 0;
}

/* A value may have bytes above ASCII and tabs, but none that ends a line. */
static bool is_value(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (((unsigned char)text[i] < 0x20 && text[i] != '\t') ||
		    text[i] == 0x7f)
			return false;
	return true;
}

static bool set_length(struct request *request, const char *value)
{
	size_t digits = strspn(value, "0123456789");

	request->sized = true;
	request->promised = digits < 19 ? strtoull(value, NULL, 10) :
					  UINT64_MAX;
	return digits && !value[digits];
}

static enum MHD_Result on_header(void *data, enum MHD_ValueKind kind,
				 const char *name, size_t name_size,
				 const char *value, size_t value_size)
{
	struct head *head = data;
	struct request *request = head->request;
	struct arena *arena = request->exchange.arena;
	struct sigv4_pair *pair;

	(void)kind;
	value = value ? value : "";
	if (head->count++ >= REQUEST_HEADERS_MOST)
		return MHD_YES;
	if (!is_name(name, name_size) || !is_value(value, value_size))
		head->bad = true;
	pair = &request->headers[request->exchange.header_count++];
	pair->name = arena_str(arena, name);
	pair->value = arena_str(arena, value);
	if (!pair->name || !pair->value) {
		head->no_memory = true;
		request->exchange.header_count--;
		return MHD_NO;
	}
	head->hosts += strcasecmp(name, "Host") == 0;
	head->authorizations += strcasecmp(name, "Authorization") == 0;
	head->encodings += strcasecmp(name, "Transfer-Encoding") == 0;
	if (strcasecmp(name, "Content-Length") == 0) {
		head->lengths++;
		head->bad = !set_length(request, value) || head->bad;
	}
	return MHD_YES;
}

/* Whether a target is a path with visible characters, none of them encoding
 * the one that ends texts. */
static bool is_target(const struct exchange *exchange)
{
	const char *texts[] = { exchange->path, exchange->query };

	for (size_t i = 0; i < 2; i++) {
		for (const char *at = texts[i]; *at; at++)
			if ((unsigned char)*at <= 0x20 || *at == 0x7f ||
			    *at == '#')
				return false;
		if (strstr(texts[i], "%00"))
			return false;
	}
	return exchange->path[0] == '/';
}

static bool is_method(const char *method)
{
	static const char *const known[] = { "GET", "HEAD",   "POST",
					     "PUT", "DELETE", "PATCH" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(method, known[i]) == 0)
			return true;
	return false;
}

static bool refuse(struct request *request, unsigned status, const char *code,
		   const char *text)
{
	request_refuse(request, status, code, text, true);
	return false;
}

/* Whether a body of the promised size may come. */
static bool judge_size(struct request *request)
{
	request->most = request->sized ? limit_body(&request->exchange) :
					 LIMIT_BODY;
	if (request->promised > request->most)
		return refuse(request, 413, "RequestEntityTooLarge",
			      "The request is too large.");
	if (request->promised <= LIMIT_BODY)
		return true;
	if (!limit_reserve(request->store, request->promised))
		return refuse(request, 503, "InsufficientStorage",
			      "There is no room for so much now.");
	request->reserved = request->promised;
	return true;
}

static bool judge_headers(struct request *request, const struct head *head)
{
	const struct exchange *exchange = &request->exchange;
	const char *encoding = exchange_header(exchange, "Transfer-Encoding");
	const char *expect = exchange_header(exchange, "Expect");
	const union MHD_ConnectionInfo *size = mhd.get_connection_info(
		request->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

	if (head->count > REQUEST_HEADERS_MOST ||
	    (size && size->header_size > REQUEST_HEAD_MOST))
		return refuse(request, 431, "RequestHeaderSectionTooLarge",
			      "The request's headers are too many or too "
			      "large.");
	if (head->bad || head->lengths > 1 || head->hosts > 1 ||
	    (!head->hosts && !request->old) || head->authorizations > 1 ||
	    head->encodings > 1 || (head->lengths && head->encodings) ||
	    (encoding && strcasecmp(encoding, "chunked") != 0))
		return refuse(request, 400, "InvalidRequest",
			      "The request's headers contradict each other or "
			      "are malformed.");
	if (expect && strcasecmp(expect, "100-continue") != 0)
		return refuse(request, 417, "InvalidRequest",
			      "Only 100-continue can be expected.");
	return true;
}

bool request_head(struct request *request, const char *method,
		  const char *version)
{
	struct exchange *exchange = &request->exchange;
	struct head head = { .request = request };

	exchange->now = clock_wall();
	exchange->method = arena_str(exchange->arena, method);
	if (!exchange->method)
		exchange->method = "";
	mhd.get_connection_values_n(request->connection, MHD_HEADER_KIND,
				    on_header, &head);
	if (head.no_memory || !*exchange->method)
		return refuse(request, 503, "Unavailable",
			      "There is no memory for the request now.");
	if (strcmp(version, "HTTP/1.1") != 0 &&
	    strcmp(version, "HTTP/1.0") != 0)
		return refuse(request, 505, "InvalidRequest",
			      "This server speaks HTTP/1.1.");
	request->old = strcmp(version, "HTTP/1.0") == 0;
	if (!is_target(exchange))
		return refuse(request, 400, "InvalidRequest",
			      "The request's target is not a path.");
	if (!is_method(method))
		return refuse(request, 405, "MethodNotAllowed",
			      "The method is not one that is served here.");
	return judge_headers(request, &head) && judge_size(request);
}

/* A nameless file of the store: it goes with the last who has it open. */
static int nameless(const char *store)
{
	int fd = open(store, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	auto_free char *path = NULL;

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
		return fd;
	path = format_text("%s/run/body-XXXXXX", store);
	fd = path ? mkostemp(path, O_CLOEXEC) : -1;
	if (fd >= 0)
		unlink(path);
	return fd;
}

/* Keeps some bytes, in memory or, once they are many, in a file. */
static bool keep(struct request *request, const char *data, size_t size)
{
	struct exchange *exchange = &request->exchange;
	struct error err = { 0 };

	if (exchange->body_fd < 0 &&
	    request->body.size + size <= REQUEST_MEMORY_MOST) {
		buf_add(&request->body, data, size);
		return !request->body.broken;
	}
	if (exchange->body_fd < 0) {
		exchange->body_fd = nameless(request->store);
		if (exchange->body_fd < 0)
			return false;
		if (!write_all(exchange->body_fd, buf_text(&request->body),
			       request->body.size, "a request's body", &err)) {
			log_warning("%s", err.text);
			return false;
		}
		buf_done(&request->body);
	}
	if (write_all(exchange->body_fd, data, size, "a request's body", &err))
		return true;
	log_warning("%s", err.text);
	return false;
}

bool request_body(struct request *request, const char *data, size_t size)
{
	struct exchange *exchange = &request->exchange;

	exchange->body_size += size;
	if (exchange->body_size > request->most) {
		/* what comes in pieces tells its size last */
		request->too_large = true;
		buf_done(&request->body);
		return exchange->body_size <= 2 * request->most;
	}
	if (!request->unwritable)
		request->unwritable =
			EVP_DigestUpdate(request->digest, data, size) != 1 ||
			!keep(request, data, size);
	return true;
}

bool request_whole(struct request *request)
{
	struct exchange *exchange = &request->exchange;
	unsigned char digest[SHA256_SIZE];

	if (request->too_large)
		return refuse(request, 413, "RequestEntityTooLarge",
			      "The request is too large.");
	if (request->unwritable ||
	    EVP_DigestFinal_ex(request->digest, digest, NULL) != 1)
		return refuse(request, 503, "InsufficientStorage",
			      "There is no room for the request now.");
	hex_write(digest, sizeof(digest), exchange->body_sha256);
	if (exchange->body_fd >= 0)
		lseek(exchange->body_fd, 0, SEEK_SET);
	else
		exchange->body = buf_text(&request->body);
	return true;
}
