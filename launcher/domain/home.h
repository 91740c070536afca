/* home.h - where a machine of the embedded driver lives (private to this room)
 *
 * Each machine has a driver of its own: a directory below the store's embed/,
 * named by the end of its UUID. So starting one neither waits for another nor
 * makes libvirt reconnect to all of them.
 */
#ifndef QAMI_DOMAIN_HOME_H
#define QAMI_DOMAIN_HOME_H

#include <libxml/tree.h>
#include <sys/types.h>

#include "images/base/auto.h"
#include "images/base/error.h"

struct home {
	char *path; /* short enough for the sockets in it */
	int turn;   /* held for as long as this is open */
	bool fresh; /* made just now: nothing can be left of an older life */
};

/* Where a machine's home is; NULL if libvirt cannot use it (its path is too
 * long and cannot be shortened) or memory ran out. Caller frees. */
char *home_path(const char *root, const char *uuid);

/* Whether it is there. */
bool home_exists(const char *root, const char *uuid);

/* Takes the machine's turn, waiting up to wait_ms (FAULT_UNAVAILABLE), and
 * makes the home if it is missing. */
bool home_open(const char *root, const char *uuid, unsigned wait_ms,
	       struct home *ret_home, struct error *err) must_check;

/* Gives the turn back; safe on HOME_INIT. */
void home_done(struct home *home);

/* Makes what the driver needs in the home before it wakes. */
#define HOME_NO_KVM "etc/no-kvm" /* there if /dev/kvm must be hidden */
bool home_prepare(const struct home *home, struct error *err) must_check;

/* Then makes room for what it writes while it is awake, which may be in memory
 * (lift.h): not for starting a machine. FAULT_VOLUME_CAPACITY when there is
 * none and a machine runs, for libvirt would end that. */
bool home_make_room(const struct home *home, struct error *err) must_check;

/* What follows when it sleeps again. */
void home_settle(const struct home *home);

/* Removes all that is in the home, and the home; the turn stays. */
void home_remove(struct home *home);

/* The file in which the driver keeps its machine, parsed: <domstatus>. NULL
 * when it has none. Caller frees. */
xmlDocPtr home_status(const char *path);

/* That file's own path; NULL when there is none. Caller frees. */
char *home_status_path(const char *home);

bool home_has_status(const char *path);

/* Calls `visit` for the status of each machine below root, without taking a
 * turn, until it returns false. */
void homes_each(const char *root, bool (*visit)(void *data, xmlNodePtr status),
		void *data);

#define HOME_INIT        \
	{                \
		NULL, -1 \
	}
#define auto_home __attribute__((cleanup(home_done))) struct home

#endif
