/* query.c - what a form is when it arrives, and what comes of the answers */
#include "bundle/query.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "bundle/answer.h"
#include "tests/images/chain/testing.h"

#define SECRET "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

static struct error err;
static char url[64];
static int told; /* what the server was sent */

static const struct sigv4_pair params[] = {
	{ "Action", "RegisterImage" },
	{ "Version", QUERY_VERSION },
	{ "Name", "a b&c/d" },
};

static void read_all(int fd, char *request, size_t room)
{
	size_t size = 0, body = 0;
	char *end = NULL;
	ssize_t got = 1;

	while (got > 0 && size + 1 < room && (!end || size < body)) {
		const char *length;

		got = read(fd, request + size, room - size - 1);
		size += got > 0 ? (size_t)got : 0;
		request[size] = 0;
		end = strstr(request, "\r\n\r\n");
		length = strstr(request, "Content-Length: ");
		body = (size_t)(end ? end + 4 - request : 0) +
		       (length ? strtoul(length + 16, NULL, 10) : 0);
	}
}

/* Answers one request in a child, and hands it on. */
static pid_t serve(const char *answer)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), ends[2];
	char request[4096] = "";
	pid_t pid;
	int one;

	check(bind(fd, (struct sockaddr *)&at, size) == 0);
	check(listen(fd, 9) == 0);
	check(getsockname(fd, (struct sockaddr *)&at, &size) == 0);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/", ntohs(at.sin_port));
	check(pipe2(ends, O_CLOEXEC) == 0);
	pid = fork();
	if (pid == 0) {
		one = accept(fd, NULL, NULL);
		read_all(one, request, sizeof(request));
		dprintf(one, "%s", answer);
		dprintf(ends[1], "%s", request);
		_exit(0);
	}
	close(ends[1]);
	close(fd);
	told = ends[0];
	return pid;
}

/* Sends the form to a server that answers so; the request is what came. */
static bool ask(const char *answer, const char *token, char request[4096],
		struct buf *ret_body)
{
	pid_t pid = serve(answer);
	const struct bucket_server server = {
		.url = url,
		.region = "eu-west-1",
		.access_key = "AKIDEXAMPLE",
		.secret = SECRET,
		.token = token,
	};
	bool done = query_send(&server, params, 3, ret_body, &err);
	ssize_t got;

	waitpid(pid, NULL, 0);
	got = read(told, request, 4095);
	request[got > 0 ? got : 0] = 0;
	close(told);
	return done;
}

/* What arrives is signed with everything that a verifier looks at. */
static void arrives(void)
{
	char request[4096], want[128];
	auto_buf body = BUF_INIT;

	good(ask("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n<a>", "TOKEN",
		 request, &body));
	check(strcmp(buf_text(&body), "<a>") == 0);
	check(strncmp(request, "POST / HTTP/1.1\r\n", 17) == 0);
	snprintf(want, sizeof(want), "\r\nHost: %.*s\r\n",
		 (int)strlen(url + 7) - 1, url + 7);
	check(strstr(request, want));
	check(strstr(request, "\r\nx-amz-security-token: TOKEN\r\n"));
	check(strstr(request, "Credential=AKIDEXAMPLE/"));
	check(strstr(request, "/eu-west-1/ec2/aws4_request"));
	check(strstr(request, "SignedHeaders=content-type;host;x-amz-date;"
			      "x-amz-security-token,"));
	check(strstr(request, "\r\n\r\nAction=RegisterImage&Version="
			      "2016-11-15&Name=a%20b%26c%2Fd"));
	check(!strstr(request, SECRET));
}

/* A refusal has the server's code where there is such a one here. */
static void refuses(const char *status, const char *body, enum fault fault,
		    const char *text)
{
	auto_buf nothing = BUF_INIT;
	char answer[1024], request[4096];

	snprintf(answer, sizeof(answer),
		 "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s", status,
		 strlen(body), body);
	check(!ask(answer, NULL, request, &nothing));
	check(err.fault == fault);
	check(strstr(err.text, text));
	check(!strstr(err.text, SECRET));
	check(!nothing.size);
	error_clear(&err);
}

#define FAILURE(code, message)                                             \
	"<Response><Errors><Error><Code>" code "</Code><Message>" message \
	"</Message></Error></Errors><RequestID>x</RequestID></Response>"

static void refusals(void)
{
	refuses("400 Bad", FAILURE("InvalidAMIName.Duplicate", "taken by\n x"),
		FAULT_IMAGE_NAME_DUPLICATE, "taken by  x (HTTP 400)");
	refuses("400 Bad", FAILURE("Frobnicated", "why"),
		FAULT_INVALID_PARAMETER, "answered Frobnicated: why");
	refuses("403 No", FAILURE("Forbidden", "give " SECRET),
		FAULT_AUTH_FAILURE, "answered Forbidden (HTTP 403)");
	refuses("503 Later", "<html>", FAULT_UNAVAILABLE, "a failure");
	refuses("400 Bad", "<Response><Errors/></Response>",
		FAULT_INVALID_PARAMETER, "a failure");
	refuses("302 There", "", FAULT_UNAVAILABLE, "(HTTP 302)");
}

/* Nobody is there. */
static void nobody(void)
{
	const struct bucket_server server = { .url = "http://127.0.0.1:1",
					      .access_key = "A",
					      .secret = SECRET };
	auto_buf body = BUF_INIT;

	check(!query_send(&server, params, 3, &body, &err));
	check(err.fault == FAULT_UNAVAILABLE);
	check(strncmp(err.text, "127.0.0.1:1: ", 13) == 0);
	error_clear(&err);
}

static bool image(const char *text, struct arena *arena, const char **ret_id)
{
	auto_buf buf = BUF_INIT;

	buf_str(&buf, text);
	return answer_image(&buf, arena, ret_id, &err);
}

/* An id is taken out of the answer, nothing else is. */
static void images(void)
{
	static const char *const none[] = {
		"", "<a/>", "<RegisterImageResponse/>",
		"<RegisterImageResponse><imageId>ami-1;rm</imageId>"
		"</RegisterImageResponse>",
		"<RegisterImageResponse><imageId>snap-1</imageId>"
		"</RegisterImageResponse>",
	};
	auto_of(arena) arena = arena_new();
	const char *id = NULL;

	good(image("<RegisterImageResponse xmlns=\"http://ec2.amazonaws.com/"
		   "doc/2016-11-15/\"><requestId>x</requestId>"
		   "<imageId>ami-0123456789abcdef0</imageId>"
		   "</RegisterImageResponse>",
		   arena, &id));
	check(strcmp(id, "ami-0123456789abcdef0") == 0);
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		check(!image(none[i], arena, &id));
		check(err.fault == FAULT_UNAVAILABLE);
		error_clear(&err);
	}
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	arrives();
	refusals();
	nobody();
	images();
	return 0;
}
