/* banner.c - whether an SSH server really answers */
#include "launcher/instance/banner.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define AGAIN (USEC_PER_SEC * 3 / 10)
#define PATIENCE (10 * USEC_PER_SEC) /* an emulated guest may be that slow */
#define LINES_MOST 50

void banner_done(struct banner *banner)
{
	if (banner->fd >= 0)
		close(banner->fd);
	banner->fd = -1;
}

void banner_again(struct banner *banner)
{
	banner_done(banner);
	banner->next = 0;
}

static void give_up(struct banner *banner)
{
	banner_done(banner);
	banner->next = clock_monotonic() + AGAIN;
}

static void try_anew(struct banner *banner, const char *address, uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(port) };

	banner->size = banner->lines = 0;
	banner->next = clock_monotonic() + PATIENCE;
	banner->fd =
		socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (banner->fd < 0 || inet_pton(AF_INET, address, &to.sin_addr) != 1 ||
	    (connect(banner->fd, (struct sockaddr *)&to, sizeof(to)) != 0 &&
	     errno != EINPROGRESS))
		give_up(banner);
}

/* Takes in what came; true when a line of it begins as a server's does. */
static bool take_in(struct banner *banner, const char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (bytes[i] == '\n') {
			banner->lines++;
			banner->size = 0;
			continue;
		}
		if (banner->size < sizeof(banner->line))
			banner->line[banner->size++] = bytes[i];
		if (banner->size == 4 && memcmp(banner->line, "SSH-", 4) == 0)
			return true;
	}
	return false;
}

bool banner_look(struct banner *banner, const char *address, uint16_t port)
{
	char bytes[1024];
	ssize_t got;

	if (clock_monotonic() >= banner->next) {
		banner_done(banner);
		try_anew(banner, address, port);
	}
	if (banner->fd < 0)
		return false;
	got = recv(banner->fd, bytes, sizeof(bytes), 0);
	if (got < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOTCONN))
		return false;
	if (got > 0 && take_in(banner, bytes, (size_t)got))
		return true;
	if (got <= 0 || banner->lines > LINES_MOST)
		give_up(banner);
	return false;
}
