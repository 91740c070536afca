/* inherit.c - the few questions to the metadata service, by a plain socket
 *
 * It is on the link, speaks HTTP in the clear and answers in one piece: a
 * client library would be the larger part of this. AWS's own variable says
 * where else it is.
 */
#include "bundle/tool/inherit.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "images/base/file.h"

#define ANSWER_MOST 65536
#define TIMEOUT_SECONDS 2
#define DATA "/latest/meta-data/"

struct service {
	char host[128];
	char port[8];
	char token[256]; /* "" where the service wants none */
};

/* "http://169.254.169.254", "http://127.0.0.1:1338/" */
static bool find_service(struct service *ret_service, struct error *err)
{
	const char *url = getenv("AWS_EC2_METADATA_SERVICE_ENDPOINT");
	int end = 0;

	*ret_service = (struct service){ .port = "80" };
	if (!url || !*url)
		url = "http://169.254.169.254";
	if (sscanf(url, "http://%127[^:/]%n", ret_service->host, &end) == 1 &&
	    (url[end] != ':' ||
	     sscanf(url + end, ":%7[0-9]", ret_service->port) == 1))
		return true;
	return fail(err, FAULT_INVALID_PARAMETER,
		    "'%.80s' is no address of a metadata service", url);
}

/* A connection that gives up soon; -1 when there is nobody. */
static int reach(const struct service *service)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	const struct timeval timeout = { .tv_sec = TIMEOUT_SECONDS };
	struct addrinfo *found = NULL;
	auto_close int fd = -1;
	bool there;

	if (getaddrinfo(service->host, service->port, &hints, &found) != 0)
		return -1;
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	there = fd >= 0 &&
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout,
			   sizeof(timeout)) == 0 &&
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout,
			   sizeof(timeout)) == 0 &&
		connect(fd, found->ai_addr, found->ai_addrlen) == 0;
	freeaddrinfo(found);
	return there ? take_fd(fd) : -1;
}

/* Sends a request and returns the answer's status, 0 when there was none; its
 * body is appended. */
static int ask(const struct service *service, const char *method,
	       const char *path, const char *header, struct buf *ret_body)
{
	auto_close int fd = reach(service);
	auto_buf text = BUF_INIT;
	struct error ignored = { FAULT_NONE };
	char piece[4096];
	const char *body;
	int status = 0;
	ssize_t got;

	buf_printf(&text, "%s %s HTTP/1.0\r\nHost: %s\r\n%s\r\n", method, path,
		   service->host, header);
	if (fd < 0 || text.broken ||
	    !write_all(fd, text.data, text.size, "", &ignored))
		return 0;
	buf_done(&text);
	while ((got = read(fd, piece, sizeof(piece))) > 0 &&
	       text.size < ANSWER_MOST)
		buf_add(&text, piece, (size_t)got);
	body = strstr(buf_text(&text), "\r\n\r\n");
	if (!body || sscanf(buf_text(&text), "HTTP/%*d.%*d %d", &status) != 1)
		return 0;
	buf_str(ret_body, body + 4);
	return status;
}

/* Whether there is a service; with version 2's token if it has them. */
static bool greet(struct service *service)
{
	auto_buf token = BUF_INIT;
	int status = ask(service, "PUT", "/latest/api/token",
			 "X-aws-ec2-metadata-token-ttl-seconds: 60\r\n"
			 "Content-Length: 0\r\n",
			 &token);
	size_t size = strcspn(buf_text(&token), "\r\n");

	if (status == 200 && size < sizeof(service->token))
		memcpy(service->token, buf_text(&token), size);
	return status != 0;
}

/* A datum in the arena, without the line feed at its end; NULL when there is
 * none. */
static char *get(const struct service *service, struct arena *arena,
		 const char *name)
{
	char path[512], header[300] = "";
	auto_buf body = BUF_INIT;
	size_t size;

	snprintf(path, sizeof(path), DATA "%s", name);
	if (*service->token)
		snprintf(header, sizeof(header),
			 "X-aws-ec2-metadata-token: %s\r\n", service->token);
	if (ask(service, "GET", path, header, &body) != 200)
		return NULL;
	size = body.size;
	while (size && strchr("\r\n ", body.data[size - 1]))
		size--;
	return size ? arena_format(arena, "%.*s", (int)size, body.data) : NULL;
}

/* The lines of a datum. */
static bool get_lines(const struct service *service, struct arena *arena,
		      const char *name, const char *const **ret_lines,
		      size_t *ret_count, struct error *err)
{
	char *text = get(service, arena, name);

	for (char *c = text; c && *c; c++)
		*c = *c == '\n' || *c == '\r' ? ',' : *c;
	return tool_list(text, arena, ret_lines, ret_count, err);
}

/* EBS volumes are of the instance, not of its image. */
static bool get_mappings(const struct service *service, struct arena *arena,
			 struct manifest *about, struct error *err)
{
	struct manifest_mapping *mappings;
	const char *const *names;
	size_t count;

	if (!get_lines(service, arena, "block-device-mapping/", &names, &count,
		       err))
		return false;
	mappings = arena_alloc(arena, (count + 1) * sizeof(*mappings));
	if (!mappings)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++) {
		char path[256];
		const char *device;

		snprintf(path, sizeof(path), "block-device-mapping/%.200s",
			 names[i]);
		device = strncmp(names[i], "ebs", 3) == 0 ?
				 NULL :
				 get(service, arena, path);
		if (device)
			mappings[about->mapping_count++] =
				(struct manifest_mapping){ names[i], device };
	}
	about->mappings = mappings;
	return true;
}

/* The image that it was launched from becomes the youngest ancestor. */
static bool get_ancestors(const struct service *service, struct arena *arena,
			  struct manifest *about, struct error *err)
{
	const char *own = get(service, arena, "ami-id");
	const char *const *older;
	const char **all;
	size_t count;

	if (!get_lines(service, arena, "ancestor-ami-ids", &older, &count, err))
		return false;
	all = arena_alloc(arena, (count + 1) * sizeof(*all));
	if (!all)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++)
		all[i] = older[i];
	if (own)
		all[count++] = own;
	about->ancestors = all;
	about->ancestor_count = count;
	return true;
}

bool tool_inherit(const struct tool_args *args, struct arena *arena,
		  struct manifest *about, struct error *err)
{
	struct service service;

	if (!tool_flag(args, "Inherit", true))
		return true;
	if (!find_service(&service, err))
		return false;
	if (!greet(&service))
		return !tool_text(args, "Inherit") ||
		       fail(err, FAULT_HOST,
			    "the metadata service at %s does not answer: use "
			    "--no-inherit",
			    service.host);
	if (strcmp(about->type, "machine") != 0)
		return true;
	if (!about->kernel)
		about->kernel = get(&service, arena, "kernel-id");
	if (!about->ramdisk)
		about->ramdisk = get(&service, arena, "ramdisk-id");
	if (!about->product_code_count &&
	    !get_lines(&service, arena, "product-codes", &about->product_codes,
		       &about->product_code_count, err))
		return false;
	return (about->mapping_count ||
		get_mappings(&service, arena, about, err)) &&
	       get_ancestors(&service, arena, about, err);
}
