/* banner.h - whether an SSH server really answers
 *
 * That a port can be connected to says nothing: on the user-mode network
 * somebody else takes the connection and asks the guest afterwards. A server
 * is one that has said "SSH-".
 */
#ifndef QAMI_INSTANCE_BANNER_H
#define QAMI_INSTANCE_BANNER_H

#include <stdbool.h>
#include <stdint.h>

#include "images/base/clock.h"

/* A connection that is tried, and tried again. Zeroed but for its descriptor,
 * which is -1; to be closed by banner_done(). */
struct banner {
	int fd;
	usec_t next;	/* when to try, or to give this connection up */
	char line[256]; /* of what it said so far, the line at hand */
	unsigned size;
	unsigned lines; /* a server may say others before its own */
};

/* Looks, without waiting, whether the server at an IPv4 address answers by
 * now. To be called again and again until it does. */
bool banner_look(struct banner *banner, const char *address, uint16_t port);

/* Lets the next look begin with a connection of its own. */
void banner_again(struct banner *banner);

void banner_done(struct banner *banner);

#endif
