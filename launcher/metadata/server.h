/* server.h - the loop that answers, for one instance or for a bridge */
#ifndef QAMI_METADATA_SERVER_H
#define QAMI_METADATA_SERVER_H

#include "launcher/metadata/facts.h"
#include "launcher/metadata/peer.h"
#include "launcher/metadata/record.h"
#include "launcher/metadata/token.h"

/* Connections at one time: an instance's, and a bridge's. */
#define PEERS_MOST 64
#define PEERS_MOST_BRIDGE 256

/* Borrows its descriptors. */
struct server {
	struct call *call;
	const char *instance;		 /* NULL: who has the peer's address */
	const struct identity *identity; /* NULL: written when it is asked */
	int listener;
	int lifeline; /* -1: none */
	int signals;  /* a signalfd */
	struct token_key key;
	struct record record; /* of `instance` */
	struct peer *peers[PEERS_MOST_BRIDGE];
	size_t count;
	size_t most;
};

/* Answers until a signal comes or the lifeline's other end is closed. */
bool server_run(struct server *server, struct error *err) must_check;

#endif
