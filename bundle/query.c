/* query.c - a form, its signature and what was wrong with it */
#include "bundle/query.h"

#include <stdio.h>
#include <string.h>

#include "bundle/answer.h"
#include "bundle/http.h"
#include "images/base/digest.h"

#define FORM "application/x-www-form-urlencoded; charset=utf-8"
#define REGION "us-east-1" /* unless somebody says */
#define STALL 60	   /* seconds */
#define HEADERS_MOST 5

/* HOST[:PORT] of "http(s)://HOST[:PORT][/]" */
static void url_host(const char *url, struct buf *host)
{
	const char *from = strstr(url, "://");

	from = from ? from + 3 : url;
	buf_add(host, from, strcspn(from, "/"));
}

static void form_of(const struct sigv4_pair *params, size_t count,
		    struct buf *form)
{
	for (size_t i = 0; i < count; i++) {
		if (i)
			buf_char(form, '&');
		sigv4_encode(form, params[i].name, false);
		buf_char(form, '=');
		sigv4_encode(form, params[i].value, false);
	}
}

/* The fault that has a code, else the one of its kind. */
static enum fault fault_of(const char *code, long status)
{
	for (int i = FAULT_NONE + 1; i < FAULT_COUNT; i++)
		if (strcmp(fault_code((enum fault)i), code) == 0)
			return (enum fault)i;
	if (status == 401 || status == 403)
		return FAULT_AUTH_FAILURE;
	return status >= 400 && status < 500 ? FAULT_INVALID_PARAMETER :
					       FAULT_UNAVAILABLE;
}

/* Reports what a server answered instead. Words in which it gives our secret
 * back are nobody's to read. */
static bool refused(const struct bucket_server *server, const char *host,
		    const struct http_answer *answer, struct error *err)
{
	struct answer_failure failure;
	char start[17];
	bool told;

	answer_query_failure(&answer->body, &failure);
	snprintf(start, sizeof(start), "%s", server->secret);
	told = *failure.message && !strstr(failure.message, start);
	return fail(err, fault_of(failure.code, answer->status),
		    "%.80s answered %s%s%s (HTTP %ld)", host,
		    *failure.code ? failure.code : "a failure",
		    told ? ": " : "", told ? failure.message : "",
		    answer->status);
}

/* The headers with the signature, which is made of the others. */
static bool sign(const struct bucket_server *server, const struct buf *form,
		 struct sigv4_pair headers[HEADERS_MOST], size_t *count,
		 struct buf *ret_authorization, struct error *err)
{
	char payload[SHA256_TEXT_SIZE];
	struct sigv4_request request = {
		.method = "POST",
		.path = "/",
		.headers = headers,
		.payload = payload,
		.region = server->region ? server->region : REGION,
		.service = "ec2",
	};

	sha256_text(form->data, form->size, payload);
	request.date = headers[1].value;
	if (server->token)
		headers[(*count)++] = (struct sigv4_pair){
			"x-amz-security-token", server->token
		};
	request.header_count = *count;
	if (!sigv4_authorization(&request, server->access_key, server->secret,
				 ret_authorization, err))
		return false;
	headers[(*count)++] = (struct sigv4_pair){
		"Authorization", buf_text(ret_authorization)
	};
	return true;
}

static bool send_form(struct http *http, const struct bucket_server *server,
		      const char *host, const struct buf *form,
		      struct http_answer *answer, struct error *err)
{
	char date[SIGV4_DATE_SIZE];
	struct sigv4_pair headers[HEADERS_MOST] = { { "Host", host },
						    { "x-amz-date", date },
						    { "Content-Type", FORM } };
	auto_buf authorization = BUF_INIT, url = BUF_INIT;
	struct http_request request = {
		.method = "POST",
		.headers = headers,
		.header_count = 3,
		.text = form->data,
		.from = -1,
		.size = form->size,
		.to = -1,
		.most = HTTP_TEXT_MOST,
		.stall = STALL,
	};
	bool again;

	sigv4_date(date);
	buf_printf(&url, "%.*s%s/",
		   (int)(strstr(server->url, host) - server->url), server->url,
		   host);
	request.url = buf_text(&url);
	if (url.broken)
		return fail_memory(err);
	if (!sign(server, form, headers, &request.header_count, &authorization,
		  err))
		return false;
	if (http_send(http, &request, answer, &again, err))
		return true;
	error_prefix(err, "%.80s", host);
	return false;
}

bool query_send(const struct bucket_server *server,
		const struct sigv4_pair *params, size_t count,
		struct buf *ret_body, struct error *err)
{
	auto_buf form = BUF_INIT, host = BUF_INIT;
	struct http_answer answer = { 0 };
	auto_of(http) http = NULL;
	bool done;

	url_host(server->url, &host);
	form_of(params, count, &form);
	if (form.broken || host.broken)
		return fail_memory(err);
	done = http_open(&http, err) &&
	       send_form(http, server, buf_text(&host), &form, &answer, err) &&
	       (answer.status == 200 ||
		refused(server, buf_text(&host), &answer, err));
	if (done)
		buf_add(ret_body, answer.body.data, answer.body.size);
	http_answer_done(&answer);
	return done;
}
