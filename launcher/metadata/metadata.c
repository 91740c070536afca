/* metadata.c - what is read, made and opened before the first request */
#include "launcher/metadata/metadata.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/signalfd.h>

#include "images/base/log.h"
#include "launcher/metadata/identity.h"
#include "launcher/metadata/rights.h"
#include "launcher/metadata/server.h"

#define OTHER_DESCRIPTORS 32 /* the registry's, the log, … */

static bool prepare(struct server *server, struct error *err)
{
	int flags = fcntl(server->listener, F_GETFL);
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) != 0)
		return fail_errno(err, "cannot hold back signals");
	server->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (server->signals < 0)
		return fail_errno(err, "cannot wait for signals");
	/* whoever comes may be gone again when it is let in */
	if (flags < 0 ||
	    fcntl(server->listener, F_SETFL, flags | O_NONBLOCK) != 0)
		return fail_errno(err, "cannot use the socket");
	if (getrandom(server->key.bytes, sizeof(server->key.bytes), 0) !=
	    (ssize_t)sizeof(server->key.bytes))
		return fail_errno(err, "no random numbers");
	return true;
}

static bool run(struct server *server, struct error *err)
{
	bool ok = prepare(server, err) &&
		  rights_drop(server->most + OTHER_DESCRIPTORS,
			      !server->instance, err) &&
		  server_run(server, err);

	if (server->signals >= 0)
		close(server->signals);
	record_close(&server->record);
	return ok;
}

/* Who the instance is does not change while it runs: signed once. */
static bool sign(struct call *call, const struct facts *facts,
		 struct arena *arena, struct identity *ret_identity,
		 struct error *err)
{
	struct error unsigned_ = { 0 };

	if (identity_sign(call, facts, arena, ret_identity, &unsigned_))
		return true;
	log_warning("%s", unsigned_.text);
	return identity_write(facts, arena, ret_identity, err);
}

bool metadata_serve(struct call *call, const char *instance, int listener,
		    int lifeline, struct error *err)
{
	auto_close int own_listener = listener, own_lifeline = lifeline;
	auto_of(arena) arena = arena_new();
	struct server server = { .call = call,
				 .instance = instance,
				 .listener = own_listener,
				 .lifeline = own_lifeline,
				 .signals = -1,
				 .most = PEERS_MOST };
	struct identity identity;
	struct facts facts;
	bool found;

	if (!arena)
		return fail_memory(err);
	if (!facts_load(call, instance, arena, &facts, &found, err))
		return false;
	if (!found)
		return fail(err, FAULT_INSTANCE_NOT_FOUND,
			    "The instance id '%s' does not exist", instance);
	if (!sign(call, &facts, arena, &identity, err))
		return false;
	server.identity = &identity;
	record_open(call->store, instance, false, &server.record);
	return run(&server, err);
}

bool metadata_serve_bridge(struct call *call, int listener, struct error *err)
{
	auto_close int own_listener = listener;
	struct server server = { .call = call,
				 .listener = own_listener,
				 .lifeline = -1,
				 .signals = -1,
				 .record = { .fd = -1 },
				 .most = PEERS_MOST_BRIDGE };

	return run(&server, err);
}
