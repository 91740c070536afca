/* inherit.c - what is asked of a metadata service, and what comes of it */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "bundle/tool/inherit.h"
#include "tests/images/chain/testing.h"

static struct error err;

static const struct param params[] = {
	{ "Inherit", PARAM_BOOLEAN, PARAM_UNLESS, NULL, "" },
	{ 0 },
};

static const char *const data[][2] = {
	{ "kernel-id", "aki-12345678" },
	{ "ramdisk-id", "ari-12345678" },
	{ "product-codes", "AAAA\nBBBB\n" },
	{ "block-device-mapping/", "ami\nebs1\nroot\n" },
	{ "block-device-mapping/ami", "sda1" },
	{ "block-device-mapping/ebs1", "sdf" },
	{ "block-device-mapping/root", "/dev/sda1\n" },
	{ "ancestor-ami-ids", "ami-11111111\n" },
	{ "ami-id", "ami-22222222" },
};

static void answer(int fd, const char *request, bool version_2)
{
	bool put = strncmp(request, "PUT /latest/api/token ", 22) == 0;
	char path[128] = "", want[160];

	if (put && version_2) {
		dprintf(fd, "HTTP/1.1 200 OK\r\nX: y\r\n\r\nTOKEN");
		return;
	}
	sscanf(request, "GET /latest/meta-data/%127s", path);
	snprintf(want, sizeof(want), "X-aws-ec2-metadata-token: TOKEN\r\n");
	for (size_t i = 0; i < sizeof(data) / sizeof(data[0]); i++)
		if (strcmp(path, data[i][0]) == 0 &&
		    !strstr(request, want) == !version_2) {
			dprintf(fd, "HTTP/1.0 200 OK\r\n\r\n%s", data[i][1]);
			return;
		}
	dprintf(fd, "HTTP/1.0 404 Not Found\r\n\r\nno");
}

/* Serves in a child until it is ended; sets where it is. */
static pid_t serve(bool version_2)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char url[64];
	pid_t pid;

	check(bind(fd, (struct sockaddr *)&at, size) == 0);
	check(listen(fd, 9) == 0);
	check(getsockname(fd, (struct sockaddr *)&at, &size) == 0);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/", ntohs(at.sin_port));
	setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", url, 1);
	pid = fork();
	while (pid == 0) {
		int one = accept(fd, NULL, NULL);
		char request[2048] = "";
		ssize_t got = read(one, request, sizeof(request) - 1);

		if (got > 0)
			answer(one, request, version_2);
		close(one);
	}
	close(fd);
	return pid;
}

static bool inherit(const char *given, struct arena *arena,
		    struct manifest *about)
{
	const char *texts[] = { given };
	const struct tool_args args = { params, texts };

	about->type = "machine";
	return tool_inherit(&args, arena, about, &err);
}

static void all_of_it(bool version_2)
{
	auto_of(arena) arena = arena_new();
	struct manifest about = { .kernel = "aki-own" };
	pid_t pid = serve(version_2);

	good(inherit(NULL, arena, &about));
	check(strcmp(about.kernel, "aki-own") == 0);
	check(strcmp(about.ramdisk, "ari-12345678") == 0);
	check(about.product_code_count == 2);
	check(strcmp(about.product_codes[1], "BBBB") == 0);
	check(about.mapping_count == 2);
	check(strcmp(about.mappings[1].virtual_name, "root") == 0);
	check(strcmp(about.mappings[1].device, "/dev/sda1") == 0);
	check(about.ancestor_count == 2);
	check(strcmp(about.ancestors[0], "ami-11111111") == 0);
	check(strcmp(about.ancestors[1], "ami-22222222") == 0);
	about = (struct manifest){ 0 };
	good(inherit("false", arena, &about));
	check(!about.kernel && !about.ancestor_count);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Where there is no service, only who insists is told. */
static void nobody(void)
{
	auto_of(arena) arena = arena_new();
	struct manifest about = { 0 };

	setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1", 1);
	good(inherit(NULL, arena, &about));
	check(!about.kernel && !about.mapping_count && !about.ancestor_count);
	check(!inherit("true", arena, &about) && err.fault == FAULT_HOST);
	check(strstr(err.text, "--no-inherit"));
	error_clear(&err);
	setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ftp://x", 1);
	check(!inherit(NULL, arena, &about) &&
	      err.fault == FAULT_INVALID_PARAMETER);
}

int main(void)
{
	all_of_it(true);
	all_of_it(false);
	nobody();
	return 0;
}
