/* answer.c - statuses in EC2's order: is it open, which method, whose token */
#include "launcher/metadata/answer.h"

#include <string.h>
#include <time.h>

#include "images/base/auto.h"

/* "latest/api/token", under any version. */
static bool is_token_path(const struct request *request)
{
	const char *slash = strchr(request->path, '/');
	auto_free char *version =
		slash ? strndup(request->path,
				(size_t)(slash - request->path)) :
			NULL;

	return version && content_version(version) &&
	       strcmp(slash, "/api/token") == 0;
}

/* A token for who asks for one. Proxies that hand on what strangers ask for
 * say on whose behalf: those get none. */
static void give_token(const struct facts *facts, const struct token_key *key,
		       const struct request *request, int64_t now,
		       struct answer *answer)
{
	int64_t ttl;

	if (request->forwarded) {
		answer->status = 403;
		return;
	}
	if (!token_ttl(request->token_ttl, &ttl)) {
		answer->status = 400;
		return;
	}
	token_make(key, facts->instance.id, now + ttl, answer->token);
	answer->status = 200;
	answer->token_ttl = ttl;
	answer->content = (struct content){ answer->token, TOKEN_SIZE - 1,
					    "text/plain" };
}

/* Whether the request may read. A token that is none is refused even where
 * none is needed: who sends one counts on it. */
static bool may_read(const struct facts *facts, const struct token_key *key,
		     const struct request *request, int64_t now,
		     struct answer *answer)
{
	if (!request->token)
		return strcmp(facts->instance.http_tokens, "optional") == 0;
	return token_check(key, facts->instance.id, request->token, now,
			   &answer->token_ttl);
}

bool answer_request(const struct facts *facts, const struct token_key *key,
		    const struct request *request, int64_t now,
		    struct arena *arena, struct answer *ret_answer,
		    struct error *err)
{
	bool token = is_token_path(request), found;
	bool put = strcmp(request->method, "PUT") == 0;
	bool get = strcmp(request->method, "GET") == 0 ||
		   strcmp(request->method, "HEAD") == 0;

	*ret_answer = (struct answer){ .status = 405 };
	if (!facts->instance.http_endpoint)
		ret_answer->status = 403;
	else if (token && put)
		give_token(facts, key, request, now, ret_answer);
	else if (token || !get)
		ret_answer->status = 405;
	else if (!may_read(facts, key, request, now, ret_answer))
		ret_answer->status = 401;
	else if (!content_find(facts, request->path, arena,
			       &ret_answer->content, &found, err))
		return false;
	else
		ret_answer->status = found ? 200 : 404;
	return true;
}

static const char *reason(unsigned status)
{
	switch (status) {
	case 200:
		return "OK";
	case 400:
		return "Bad Request";
	case 401:
		return "Unauthorized";
	case 403:
		return "Forbidden";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	default:
		return "Service Unavailable";
	}
}

static void write_page(unsigned status, struct buf *into)
{
	buf_printf(into,
		   "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>\n"
		   "<!DOCTYPE html PUBLIC "
		   "\"-//W3C//DTD XHTML 1.0 Transitional//EN\"\n"
		   "\t\"http://www.w3.org/TR/xhtml1/DTD/"
		   "xhtml1-transitional.dtd\">\n"
		   "<html xmlns=\"http://www.w3.org/1999/xhtml\" "
		   "xml:lang=\"en\" lang=\"en\">\n"
		   " <head>\n  <title>%u - %s</title>\n </head>\n"
		   " <body>\n  <h1>%u - %s</h1>\n </body>\n</html>\n",
		   status, reason(status), status, reason(status));
}

/* HTTP's own form of a time, which knows no locale. */
static void write_date(usec_t now, struct buf *into)
{
	static const char days[][4] = { "Sun", "Mon", "Tue", "Wed",
					"Thu", "Fri", "Sat" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr",
					  "May", "Jun", "Jul", "Aug",
					  "Sep", "Oct", "Nov", "Dec" };
	time_t seconds = (time_t)(now / USEC_PER_SEC);
	struct tm tm;

	if (gmtime_r(&seconds, &tm))
		buf_printf(into, "Date: %s, %02d %s %d %02d:%02d:%02d GMT\r\n",
			   days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
			   tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

void answer_write(const struct answer *answer, const struct request *request,
		  usec_t now, struct buf *into)
{
	struct content content = answer->content;
	auto_buf page = BUF_INIT;

	if (answer->status != 200) {
		write_page(answer->status, &page);
		content = (struct content){ buf_text(&page), page.size,
					    "text/html" };
	}
	buf_printf(into, "HTTP/1.1 %u %s\r\n", answer->status,
		   reason(answer->status));
	if (answer->token_ttl)
		buf_printf(into,
			   "X-Aws-Ec2-Metadata-Token-Ttl-Seconds: %lld\r\n",
			   (long long)answer->token_ttl);
	if (answer->status == 405)
		buf_printf(into, "Allow: %s\r\n",
			   is_token_path(request) ? "PUT" : "GET, HEAD");
	buf_printf(into, "Content-Type: %s\r\nContent-Length: %zu\r\n",
		   content.type, content.size);
	write_date(now, into);
	buf_printf(into, "Connection: %s\r\nServer: EC2ws\r\n\r\n",
		   !request || request->last ? "close" : "keep-alive");
	if (!request || strcmp(request->method, "HEAD") != 0)
		buf_add(into, content.data, content.size);
}
