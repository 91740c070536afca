/* network.h - an instance's network, from its rows to its processes
 *
 * instances/<id>/net/ holds the sockets of an instance on the user-mode
 * network; where that path is too long for a socket, a link of a short name
 * leads there (images/base/alias.h). Two processes belong to it, and neither
 * outlives the machine: that of the network, and that of the metadata service,
 * which ends with it.
 */
#ifndef QAMI_INSTANCE_NETWORK_H
#define QAMI_INSTANCE_NETWORK_H

#include "images/authorise.h"
#include "launcher/domain/domain.h"

#define NETWORK_DOMAIN "ec2.internal"

/* What a launch gets: a network by QAMI_NETWORK ("user" or "bridge", which is
 * libvirt's system daemon's only), user data by QAMI_METADATA ("service" or
 * "seed"). FAULT_INVALID_PARAMETER for other words, FAULT_UNSUPPORTED for a
 * bridge elsewhere. */
bool network_choose(const char *uri, const char **ret_network, bool *ret_seed,
		    struct error *err) must_check;

/* Chooses the ports of 127.0.0.1 that will lead to an instance that is about to
 * be launched, so that its start need not write them down: in the launch's
 * transaction, when its groups are written. */
bool network_reserve(struct call *call, const struct instance *instance,
		     struct error *err) must_check;

/* Starts what a machine needs beside it before it is started: the process of
 * its network, with the forwards that its groups allow, and that of its
 * metadata service; or its address on the bridge and the filter of its groups.
 * Fills in the description's network card. What an earlier start left is taken
 * back first; nothing is left behind when it fails. */
struct network; /* that is being started: in the arena */
bool network_start(struct call *call, const struct instance *instance,
		   struct arena *arena, struct machine *machine,
		   struct network **ret_network, struct error *err) must_check;

/* Whether it has started, to be asked when the machine has, for both take their
 * time; `call` notes the forwards' ports. False: the machine has no network. */
bool network_finish(struct call *call, struct network *network,
		    struct error *err) must_check;

/* Takes back what a machine that did not start, or has ended, leaves behind.
 * Idempotent; an instance that is not there has nothing. */
bool network_end(struct call *call, const char *id, struct error *err)
	must_check;

/* Lets what groups an instance has, and what they allow, be true for its
 * machine now. One that does not run has nothing to be told. */
bool network_refresh(struct call *call, const char *instance, struct error *err)
	must_check;

/* Tells the machines whose groups let them reach the endpoint (images/
 * endpoint.h) where that is now: TCP from the guest to the gateway's port 8773
 * leads there, if an egress rule names that port and that address, alone. */
bool network_refresh_endpoint(struct call *call, struct error *err) must_check;

/* The guest's TCP ports that its groups open to this host, and the port of
 * 127.0.0.1 that leads to each: 0 on the bridge, where its address does, and
 * when none was to be had. In the arena. */
struct net_forward;
bool network_forwards(struct call *call, const char *instance,
		      struct arena *arena,
		      const struct net_forward **ret_forwards,
		      size_t *ret_count, struct error *err) must_check;

/* The port of 127.0.0.1 that leads to a guest's; 0 when none does. */
bool network_forward(struct call *call, const char *instance,
		     uint16_t guest_port, uint16_t *ret_host_port,
		     struct error *err) must_check;

#endif
