/* answer.c - a request's answer, as libmicrohttpd takes it */
#include <string.h>
#include <strings.h>

#include "launcher/http/local.h"
#include "launcher/http/request.h"
#include "launcher/http/rest.h"

static struct MHD_Response *make(struct exchange *exchange)
{
	struct MHD_Response *response;

	if (exchange->fd < 0)
		return mhd.create_response_from_buffer(
			exchange->text.size,
			(void *)(uintptr_t)buf_text(&exchange->text),
			MHD_RESPMEM_PERSISTENT);
	response = mhd.create_response_from_fd_at_offset64(
		exchange->size, exchange->fd, exchange->offset);
	if (response)
		exchange->fd = -1; /* it is closed with the response */
	return response;
}

/* A header that the answer has no other of. */
static bool add_header(struct request *request, const char *name,
		       const char *value)
{
	const struct exchange *exchange = &request->exchange;

	for (size_t i = 0; i < exchange->answer_count; i++)
		if (strcasecmp(exchange->answer[i].name, name) == 0)
			return true;
	return mhd.add_response_header(request->response, name, value) ==
	       MHD_YES;
}

bool request_headers(struct request *request, bool last)
{
	const struct exchange *exchange = &request->exchange;
	bool ok = true;

	request->status = exchange->status;
	for (size_t i = 0; i < exchange->answer_count; i++)
		ok = mhd.add_response_header(
			     request->response, exchange->answer[i].name,
			     exchange->answer[i].value) == MHD_YES &&
		     ok;
	if (exchange->type)
		ok = add_header(request, "Content-Type", exchange->type) && ok;
	if (last)
		ok = add_header(request, "Connection", "close") && ok;
	return add_header(request, "x-amzn-RequestId", exchange->id) && ok;
}

void request_respond(struct request *request, bool last)
{
	struct exchange *exchange = &request->exchange;

	request->last = last;
	if (exchange->text.broken) {
		request_refuse(request, 503, "Unavailable",
			       "There is no memory for the answer now.", last);
		return;
	}
	if (strcmp(exchange->method, "HEAD") != 0)
		request->sent = exchange->fd < 0 ? exchange->text.size :
						   exchange->size;
	request->response = make(exchange);
	if (request->response && !request_headers(request, last)) {
		mhd.destroy_response(request->response);
		request->response = NULL;
	}
}

/* All are this server's own words, with nothing in them to be escaped. */

/* Who has not been listened to yet (a worker would have given him a stream) may
 * do it himself, or ask again. */
static void refuse_local(struct exchange *exchange, const char *code,
			 const char *text)
{
	exchange->type = "application/json";
	if (exchange->stream)
		buf_printf(&exchange->text,
			   "{\"error\":\"%s\",\"fault\":%d,\"text\":\"%s\"}\n",
			   code, FAULT_UNAVAILABLE, text);
	else
		buf_printf(&exchange->text,
			   "{\"refused\":\"%s\",\"busy\":%s}\n", text,
			   exchange->status == 503 ? "true" : "false");
}

static void refuse_json(struct exchange *exchange, const char *code,
			const char *text)
{
	exchange->type = "application/json";
	exchange_answer(exchange, "x-amzn-ErrorType", code);
	buf_printf(&exchange->text, "{\"__type\":\"%s\",\"Message\":\"%s\"}",
		   code, text);
}

static void refuse_xml(struct exchange *exchange, const char *code,
		       const char *text)
{
	exchange->type = "text/xml;charset=UTF-8";
	buf_printf(&exchange->text,
		   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		   "<Response><Errors><Error><Code>%s</Code><Message>%s"
		   "</Message></Error></Errors><RequestID>%s</RequestID>"
		   "</Response>",
		   code, text, exchange->id);
}

void request_refuse(struct request *request, unsigned status, const char *code,
		    const char *text, bool last)
{
	struct exchange *exchange = &request->exchange;

	exchange->status = status;
	exchange->code = code;
	buf_done(&exchange->text);
	/* a client of EBS direct reads no XML, the others look for no JSON */
	if (local_looks(exchange))
		refuse_local(exchange, code, text);
	else if (rest_looks(exchange))
		refuse_json(exchange, code, text);
	else
		refuse_xml(exchange, code, text);
	if (status == 405)
		exchange_answer(exchange, "Allow",
				"GET, HEAD, POST, PUT, DELETE");
	request_respond(request, last);
}
