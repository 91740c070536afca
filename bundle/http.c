/* http.c - libcurl's easy handles, one for each thread that is at work
 *
 * A handle keeps its connection, so idle ones are kept for the next request.
 * What comes back is counted byte by byte: a server may say anything, and send
 * for ever.
 */
#include "bundle/http.h"

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "images/base/library.h"

#define HANDLES 16		  /* idle ones that are kept */
#define HEAD_MOST (64 << 10)	  /* bytes of an answer's head */
#define FAILURE_MOST (64 << 10)	  /* bytes of a failure's body */
#define LEAST_SPEED 1000	  /* bytes a second */
#define LONGEST (24 * 60 * 60)	  /* seconds */
#define BUFFER_SIZE (256L << 10)

#define CURL_CALLS(CALL)  \
	CALL(easy_cleanup) \
	CALL(easy_getinfo) \
	CALL(easy_init)    \
	CALL(easy_perform) \
	CALL(easy_reset)   \
	CALL(easy_setopt)  \
	CALL(easy_strerror) \
	CALL(global_init)  \
	CALL(slist_append) \
	CALL(slist_free_all)

static struct {
#define CALL(name) __typeof__(curl_##name) *name;
	CURL_CALLS(CALL)
#undef CALL
} curl;

struct http {
	pthread_mutex_t lock;
	CURL *idle[HANDLES];
	size_t count;
};

/* One request under way. */
struct exchange {
	const struct http_request *request;
	struct http_answer *answer;
	CURL *handle;
	uint64_t sent, got, head;
	bool too_large; /* there is more than was asked for */
	int failed;	/* errno of a file */
	char words[CURL_ERROR_SIZE];
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode started = CURLE_FAILED_INIT;

static void start(void)
{
	started = curl.global_init(CURL_GLOBAL_DEFAULT);
}

static bool load(struct error *err)
{
	static const struct library_call calls[] = {
#define CALL(name) { "curl_" #name, &curl.name },
		CURL_CALLS(CALL)
#undef CALL
			{ NULL, NULL },
	};

	if (!library_load("libcurl.so.4", calls, err))
		return false;
	pthread_once(&once, start);
	return started == CURLE_OK ||
	       fail(err, FAULT_HOST, "libcurl does not start: %s",
		    curl.easy_strerror(started));
}

bool http_open(struct http **ret_http, struct error *err)
{
	struct http *http;

	if (!load(err))
		return false;
	http = calloc(1, sizeof(*http));
	if (!http)
		return fail_memory(err);
	pthread_mutex_init(&http->lock, NULL);
	*ret_http = http;
	return true;
}

void http_close(struct http *http)
{
	if (!http)
		return;
	for (size_t i = 0; i < http->count; i++)
		curl.easy_cleanup(http->idle[i]);
	pthread_mutex_destroy(&http->lock);
	free(http);
}

static CURL *handle_take(struct http *http)
{
	CURL *handle = NULL;

	pthread_mutex_lock(&http->lock);
	if (http->count)
		handle = http->idle[--http->count];
	pthread_mutex_unlock(&http->lock);
	return handle ? handle : curl.easy_init();
}

static void handle_give(struct http *http, CURL *handle)
{
	curl.easy_reset(handle); /* the connection stays */
	pthread_mutex_lock(&http->lock);
	if (http->count < HANDLES) {
		http->idle[http->count++] = handle;
		handle = NULL;
	}
	pthread_mutex_unlock(&http->lock);
	if (handle)
		curl.easy_cleanup(handle);
}

/* Copies a header's value if the line is that header. */
static void header_copy(const char *line, const char *name, char *ret_text,
			size_t room)
{
	size_t size = strlen(name);

	if (strncasecmp(line, name, size) != 0)
		return;
	line += size;
	line += strspn(line, " \t\"");
	size = strcspn(line, "\"\r\n");
	while (size && (line[size - 1] == ' ' || line[size - 1] == '\t'))
		size--;
	if (size < room)
		snprintf(ret_text, room, "%.*s", (int)size, line);
}

static size_t on_header(char *data, size_t unit, size_t count, void *to)
{
	struct exchange *exchange = to;
	struct http_answer *answer = exchange->answer;
	char line[2048], size[24] = "";

	exchange->head += unit * count;
	if (exchange->head > HEAD_MOST) {
		exchange->too_large = true;
		return 0;
	}
	snprintf(line, sizeof(line), "%.*s", (int)(unit * count), data);
	if (strncmp(line, "HTTP/", 5) == 0) { /* what came before was a 1xx */
		answer->sized = false;
		*answer->etag = *answer->region = *answer->location = 0;
		*answer->range = 0;
	}
	header_copy(line, "etag:", answer->etag, sizeof(answer->etag));
	header_copy(line, "x-amz-bucket-region:", answer->region,
		    sizeof(answer->region));
	header_copy(line, "location:", answer->location,
		    sizeof(answer->location));
	header_copy(line, "content-range:", answer->range,
		    sizeof(answer->range));
	header_copy(line, "content-length:", size, sizeof(size));
	if (*size && strspn(size, "0123456789") == strlen(size)) {
		answer->sized = true;
		answer->size = strtoull(size, NULL, 10);
	}
	return unit * count;
}

static bool store(struct exchange *exchange, const char *data, size_t size)
{
	while (size) {
		ssize_t done = pwrite(exchange->request->to, data, size,
				      (off_t)exchange->got);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0) {
			exchange->failed = errno;
			return false;
		}
		data += done;
		size -= (size_t)done;
		exchange->got += (uint64_t)done;
	}
	return true;
}

/* Whether a body is what was asked for, all of it or a part. */
static bool is_content(long status)
{
	return status == 200 || status == 206;
}

static size_t on_data(char *data, size_t unit, size_t count, void *to)
{
	struct exchange *exchange = to;
	const struct http_request *request = exchange->request;
	uint64_t most = FAILURE_MOST;
	size_t size = unit * count;
	long status = 0;

	curl.easy_getinfo(exchange->handle, CURLINFO_RESPONSE_CODE, &status);
	if (is_content(status))
		most = request->to >= 0 || request->most < HTTP_TEXT_MOST ?
			       request->most :
			       HTTP_TEXT_MOST;
	if (size > most - exchange->got ||
	    (is_content(status) && exchange->answer->sized &&
	     exchange->answer->size > most)) {
		exchange->too_large = true;
		return 0;
	}
	if (status == 200 && request->to >= 0)
		return store(exchange, data, size) ? unit * count : 0;
	buf_add(&exchange->answer->body, data, size);
	exchange->got += size;
	return unit * count;
}

static size_t on_read(char *room, size_t unit, size_t count, void *from)
{
	struct exchange *exchange = from;
	const struct http_request *request = exchange->request;
	uint64_t left = request->size - exchange->sent;
	size_t size = unit * count < left ? unit * count : (size_t)left;
	ssize_t got = (ssize_t)size;

	if (request->text)
		memcpy(room, request->text + exchange->sent, size);
	else if (size)
		got = pread(request->from, room, size, (off_t)exchange->sent);
	if (got < 0 || (size && !got)) {
		exchange->failed = got < 0 ? errno : EIO;
		return CURL_READFUNC_ABORT;
	}
	exchange->sent += (uint64_t)got;
	return (size_t)got;
}

static int on_seek(void *from, curl_off_t offset, int origin)
{
	struct exchange *exchange = from;

	if (origin != SEEK_SET || offset < 0 ||
	    (uint64_t)offset > exchange->request->size)
		return CURL_SEEKFUNC_FAIL;
	exchange->sent = (uint64_t)offset;
	return CURL_SEEKFUNC_OK;
}

static int on_progress(void *data, curl_off_t down_total, curl_off_t down,
		       curl_off_t up_total, curl_off_t up)
{
	const struct exchange *exchange = data;
	const bool *cancel = exchange->request->cancel;

	(void)down_total, (void)down, (void)up_total, (void)up;
	return cancel && __atomic_load_n(cancel, __ATOMIC_RELAXED);
}

/* Nobody may keep us for longer than what is on its way may take. */
static long longest(const struct http_request *request)
{
	uint64_t bytes = request->size;

	bytes += request->most < UINT32_MAX ? request->most : UINT32_MAX;
	bytes = 2 * (uint64_t)request->stall + bytes / LEAST_SPEED;
	return bytes < LONGEST ? (long)bytes : LONGEST;
}

static struct curl_slist *header_list(const struct http_request *request)
{
	struct curl_slist *list = NULL;

	for (size_t i = 0; i < request->header_count; i++) {
		auto_free char *line = format_text("%s: %s",
						   request->headers[i].name,
						   request->headers[i].value);
		struct curl_slist *more = line ? curl.slist_append(list, line) :
						 NULL;

		if (!more) {
			curl.slist_free_all(list);
			return NULL;
		}
		list = more;
	}
	return list;
}

/* What is the same for every request; options that this libcurl lacks must
 * not be forgotten in silence. */
static bool set_up(struct exchange *exchange, struct curl_slist *headers)
{
	const struct http_request *request = exchange->request;
	const char *authorities = getenv("AWS_CA_BUNDLE");
	bool post = strcmp(request->method, "POST") == 0;
	CURL *handle = exchange->handle;
	CURLcode wrong = CURLE_OK;

#define SET(option, value) \
	(wrong = wrong ? wrong : curl.easy_setopt(handle, option, value))
	SET(CURLOPT_URL, request->url);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_PATH_AS_IS, 1L);
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_ERRORBUFFER, exchange->words);
	SET(CURLOPT_USERAGENT, "qami");
	SET(CURLOPT_HTTPHEADER, headers);
	SET(CURLOPT_BUFFERSIZE, BUFFER_SIZE);
	SET(CURLOPT_UPLOAD_BUFFERSIZE, BUFFER_SIZE);
	SET(CURLOPT_CONNECTTIMEOUT, (long)request->stall);
	SET(CURLOPT_LOW_SPEED_LIMIT, (long)LEAST_SPEED);
	SET(CURLOPT_LOW_SPEED_TIME, (long)request->stall);
	SET(CURLOPT_TIMEOUT, longest(request));
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, exchange);
	SET(CURLOPT_WRITEFUNCTION, on_data);
	SET(CURLOPT_WRITEDATA, exchange);
	SET(CURLOPT_XFERINFOFUNCTION, on_progress);
	SET(CURLOPT_XFERINFODATA, exchange);
	SET(CURLOPT_NOPROGRESS, 0L);
	if (strncasecmp(request->url, "https:", 6) != 0)
		SET(CURLOPT_PROXY, "");
	if (authorities && *authorities)
		SET(CURLOPT_CAINFO, authorities);
	if (strcmp(request->method, "HEAD") == 0) {
		SET(CURLOPT_NOBODY, 1L);
	} else if (post || strcmp(request->method, "PUT") == 0) {
		SET(post ? CURLOPT_POST : CURLOPT_UPLOAD, 1L);
		SET(post ? CURLOPT_POSTFIELDSIZE_LARGE :
			   CURLOPT_INFILESIZE_LARGE,
		    (curl_off_t)request->size);
		SET(CURLOPT_READFUNCTION, on_read);
		SET(CURLOPT_READDATA, exchange);
		SET(CURLOPT_SEEKFUNCTION, on_seek);
		SET(CURLOPT_SEEKDATA, exchange);
	} else {
		SET(CURLOPT_HTTPGET, 1L);
		SET(CURLOPT_CUSTOMREQUEST, request->method);
	}
#undef SET
	return wrong == CURLE_OK;
}

static bool is_passing(CURLcode code)
{
	return code == CURLE_COULDNT_RESOLVE_HOST ||
	       code == CURLE_COULDNT_CONNECT ||
	       code == CURLE_OPERATION_TIMEDOUT || code == CURLE_SEND_ERROR ||
	       code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING ||
	       code == CURLE_PARTIAL_FILE || code == CURLE_SEND_FAIL_REWIND ||
	       code == CURLE_SSL_CONNECT_ERROR;
}

/* Says what a finished exchange came to. */
static bool judge(const struct exchange *exchange, CURLcode code,
		  bool *ret_again, struct error *err)
{
	const struct http_answer *answer = exchange->answer;
	const struct http_request *request = exchange->request;

	if (answer->body.broken)
		return fail_memory(err);
	if (exchange->failed) {
		errno = exchange->failed;
		return fail_errno(err, "cannot %s a file",
				  request->from >= 0 ? "read" : "write");
	}
	if (code == CURLE_ABORTED_BY_CALLBACK)
		return fail(err, FAULT_UNAVAILABLE, "it was cancelled");
	if (exchange->too_large && exchange->head > HEAD_MOST)
		return fail(err, FAULT_UNAVAILABLE,
			    "the server's answer begins with more than %d "
			    "bytes of headers",
			    HEAD_MOST);
	if (exchange->too_large && is_content(answer->status))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "the server sends more than %llu bytes",
			    (unsigned long long)request->most);
	/* a failure needs no more of its words than came */
	if (code == CURLE_OK || (exchange->too_large && answer->status))
		return true;
	*ret_again = is_passing(code);
	return fail(err, FAULT_UNAVAILABLE, "%s",
		    *exchange->words ? exchange->words :
				       curl.easy_strerror(code));
}

bool http_send(struct http *http, const struct http_request *request,
	       struct http_answer *ret_answer, bool *ret_again,
	       struct error *err)
{
	struct exchange exchange = { .request = request,
				     .answer = ret_answer };
	struct curl_slist *headers = header_list(request);
	CURLcode code = CURLE_FAILED_INIT;

	*ret_again = false;
	exchange.handle = headers ? handle_take(http) : NULL;
	if (!exchange.handle) {
		curl.slist_free_all(headers);
		return fail_memory(err);
	}
	if (request->to >= 0 && ftruncate(request->to, 0) != 0)
		exchange.failed = errno;
	else if (set_up(&exchange, headers))
		code = curl.easy_perform(exchange.handle);
	curl.easy_getinfo(exchange.handle, CURLINFO_RESPONSE_CODE,
			  &ret_answer->status);
	handle_give(http, exchange.handle);
	curl.slist_free_all(headers);
	return judge(&exchange, code, ret_again, err);
}

void http_answer_done(struct http_answer *answer)
{
	buf_done(&answer->body);
}
