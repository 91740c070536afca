/* interface.h - network interfaces: the instance table, seen as them
 *
 * An instance that is not terminated has one; those of before version 3 have
 * none until they are started again.
 */
#ifndef QAMI_REGISTRY_INTERFACE_H
#define QAMI_REGISTRY_INTERFACE_H

#include "images/base/clock.h"
#include "images/registry/db.h"
#include "images/registry/instance.h"
#include "images/registry/query.h"

struct interface {
	int64_t seq;	/* the instance's */
	const char *id; /* "eni-…" */
	const char *owner;
	const char *instance;
	const char *zone;
	const char *vpc;
	const char *subnet;
	const char *mac;
	const char *address;
	const char *description; /* "" when none */
	bool source_dest_check;
	usec_t attached;
};

/* Also of an instance that is terminated. */
bool interface_get(struct db *db, const char *id, struct arena *arena,
		   struct interface *ret_interface, bool *ret_found,
		   struct error *err) must_check;

bool interface_describe(struct db *db, const char *id, const char *description,
			struct error *err) must_check;

/* Gives an instance that has no interface the row's, with its network, address
 * and seed. */
bool interface_add(struct db *db, const struct instance *instance,
		   struct error *err) must_check;

/* Calls `row` for each interface that the account owns and the query asks for.
 * The row lives for the call. */
bool interface_list(struct db *db, const struct query *query,
		    bool (*row)(void *data, const struct interface *interface,
				struct error *err),
		    void *data, struct error *err) must_check;

#endif
