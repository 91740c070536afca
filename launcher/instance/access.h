/* access.h - how people reach the inside of an instance from this host */
#ifndef QAMI_INSTANCE_ACCESS_H
#define QAMI_INSTANCE_ACCESS_H

#include "images/authorise.h"

#define SSH_PORT 22
#define ACCESS_USER_TAG "qami:user" /* of an instance, or of its image */
#define ACCESS_USER "root"	    /* when nobody says anything else */

/* All in the arena. */
struct access {
	const char *id;
	const char *address; /* IPv4 */
	uint16_t port;
	const char *user; /* who to log in as: what the instance's tag says, or
			   * its image's, or what cloud-init printed, or root */
	const char *known_hosts; /* a file of OpenSSH's that knows the guest by
				  * its id; NULL: it has not printed its host
				  * keys (yet) */
	const char *host_keys;	 /* that file's text; NULL as it is */
	const char *public_key;	 /* whose owner is let in; NULL: nobody's */
};

/* Finds the way to a running instance's SSH server: a forwarded port of
 * 127.0.0.1, or its address on the bridge. FAULT_INSTANCE_STATE when it does
 * not run, FAULT_UNSUPPORTED when nothing leads to it,
 * FAULT_OPERATION_NOT_PERMITTED, with the command that changes it, when its
 * groups do not let this host in. */
bool access_find(struct call *call, const char *id, struct arena *arena,
		 struct access *ret_access, struct error *err) must_check;

/* A guest's TCP port that this host is let in at, and where it reaches it. */
struct access_port {
	uint16_t guest;
	uint16_t port;
	const char *address; /* IPv4, in the arena */
};

/* The ports of a running instance that this host reaches because a rule names
 * them alone, and that of SSH, in their order. Fails as access_find() does, but
 * for the rules: there may be no port. */
bool access_ports(struct call *call, const char *id, struct arena *arena,
		  const struct access_port **ret_ports, size_t *ret_count,
		  struct error *err) must_check;

/* Fails with FAULT_OPERATION_NOT_PERMITTED and the command that would let this
 * host in at a guest's port. */
bool access_refused(struct call *call, const char *id, uint16_t port,
		    struct error *err) must_check;

#endif
