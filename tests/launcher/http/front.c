/* front.c - which door a request is for, and in whose words it is refused */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "images/store.h"
#include "launcher/http/front.h"

#define ID "ec2f0000-0000-4000-8000-000000000000"
#define KEY "AKIAAAAAAAAAAAAAAAAA"
#define EMPTY_SHA256                                                     \
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static struct store *store;
static const char *key = KEY, *secret = "nobody's";

/* What of a request decides. */
struct sent {
	const char *method;
	const char *path;
	const char *query;
	const char *service; /* that it is signed for; NULL: it is not */
	const char *target;
};

/* Signs a request without parameters, now. */
static void sign(const struct sent *sent, struct sigv4_pair headers[4],
		 struct buf *value)
{
	static char date[32];
	time_t now = (time_t)(clock_now() / USEC_PER_SEC);
	struct tm tm;
	const struct sigv4_request request = {
		.method = sent->method,
		.path = sent->path,
		.headers = headers,
		.header_count = sent->target ? 3 : 2,
		.payload = EMPTY_SHA256,
		.date = date,
		.region = "us-east-1",
		.service = sent->service,
	};
	struct error err = { 0 };

	gmtime_r(&now, &tm);
	strftime(date, sizeof(date), "%Y%m%dT%H%M%SZ", &tm);
	headers[0] = (struct sigv4_pair){ "Host", "localhost" };
	headers[1] = (struct sigv4_pair){ "X-Amz-Date", date };
	headers[2] = (struct sigv4_pair){ "X-Amz-Target", sent->target };
	assert(sigv4_authorization(&request, key, secret, value, &err));
	headers[3] = (struct sigv4_pair){ "Authorization", buf_text(value) };
}

static struct exchange ask(const struct sent *sent)
{
	struct sigv4_pair headers[4];
	struct buf authorization = BUF_INIT;
	struct exchange exchange = {
		.arena = arena_new(),
		.id = ID,
		.now = clock_now(),
		.method = sent->method,
		.path = sent->path,
		.query = sent->query,
		.body = "",
		.body_fd = -1,
		.body_sha256 = EMPTY_SHA256,
		.fd = -1,
		.store = store,
		.headers = headers,
	};

	if (sent->service) {
		sign(sent, headers, &authorization);
		if (!sent->target)
			headers[2] = headers[3];
		exchange.header_count = sent->target ? 4 : 3;
	} else if (sent->target) {
		headers[exchange.header_count++] =
			(struct sigv4_pair){ "X-Amz-Target", sent->target };
	}
	front(&exchange);
	buf_done(&authorization);
	return exchange;
}

/* The answer has that status, type and beginning, and the request's id. */
static void must(const struct sent *sent, unsigned status, const char *type,
		 const char *text)
{
	struct exchange exchange = ask(sent);

	if (exchange.status != status || strcmp(exchange.type, type) != 0 ||
	    !strstr(buf_text(&exchange.text), text))
		fprintf(stderr, "%s %s?%s: %u %s\n%s\nwanted %s\n",
			sent->method, sent->path, sent->query, exchange.status,
			exchange.type, buf_text(&exchange.text), text);
	assert(exchange.status == status);
	assert(strcmp(exchange.type, type) == 0);
	assert(strstr(buf_text(&exchange.text), text));
	assert(strcmp(exchange.answer[0].name, "x-amzn-RequestId") == 0);
	assert(strcmp(exchange.answer[0].value, ID) == 0);
	assert(!*exchange.account);
	buf_done(&exchange.text);
	arena_free(exchange.arena);
}

#define XML "text/xml;charset=UTF-8"
#define IAM_XML "text/xml"
#define JSON "application/json"
#define TARGET_JSON "application/x-amz-json-1.1"
#define EC2_ERROR "<Response><Errors><Error><Code>MissingAuth"

static void test_unsigned(void)
{
	must(&(struct sent){ "POST", "/healthz", "" }, 403, XML, EC2_ERROR);
	must(&(struct sent){ "POST", "/", "" }, 403, XML, EC2_ERROR);
	must(&(struct sent){ "GET", "/", "Action=DescribeVpcs" }, 403, XML,
	     EC2_ERROR);
	must(&(struct sent){ "DELETE", "/a/b/c", "" }, 403, "application/xml",
	     "<Error><Code>AccessDenied</Code>");
	must(&(struct sent){ "POST", "/a/b/c", "" }, 403, XML, EC2_ERROR);
	must(&(struct sent){ "GET", "/", "Action=GetUser&Version=2010-05-08" },
	     403, IAM_XML, "<ErrorResponse");
	must(&(struct sent){ "POST", "/snapshots", "" }, 403, JSON, "Missing");
	must(&(struct sent){ "POST", "/", "", NULL, "AmazonSSM.GetParameter" },
	     403, TARGET_JSON,
	     "{\"__type\":\"MissingAuthenticationToken\",\"message\":");
}

/* Nobody has this key: the error is in the words of whoever it was for. */
static void test_wrong_key(void)
{
	static const char ec2[] = "<Response><Errors><Error>"
				  "<Code>AuthFailure</Code>";

	must(&(struct sent){ "POST", "/", "", "ec2" }, 401, XML, ec2);
	must(&(struct sent){ "POST", "/snapshots", "", "ec2" }, 401, XML, ec2);
	must(&(struct sent){ "POST", "/", "", "sts" }, 403, IAM_XML,
	     "https://sts.amazonaws.com/doc/2011-06-15/\"><Error>"
	     "<Type>Sender</Type><Code>InvalidClientTokenId</Code>");
	must(&(struct sent){ "POST", "/", "", "iam" }, 403, IAM_XML,
	     "https://iam.amazonaws.com/doc/2010-05-08/");
	must(&(struct sent){ "POST", "/", "", "xray" }, 401, XML, ec2);
	must(&(struct sent){ "POST", "/", "", "kms" }, 400,
	     "application/x-amz-json-1.1", "UnrecognizedClientException");
	must(&(struct sent){ "POST", "/", "", "ssm", "AmazonSSM.X" }, 400,
	     TARGET_JSON, "\"UnrecognizedClientException\"");
}

int main(void)
{
	const char *dir = getenv("TMPDIR");
	char *path = format_text("%s/front-store", dir ? dir : "/tmp");
	struct error err = { 0 };

	assert(path && store_open(path, "us-east-1", &store, &err));
	test_unsigned();
	test_wrong_key();
	store_close(store);
	free(path);
	return 0;
}
