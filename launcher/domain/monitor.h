/* monitor.h - QEMU's own word about a machine, over either way to it
 *
 * Private to this room. While libvirt is connected to a QEMU it has the
 * monitor, and passes commands on; otherwise we talk to the socket.
 */
#ifndef QAMI_DOMAIN_MONITOR_H
#define QAMI_DOMAIN_MONITOR_H

#include <jansson.h>

#include "launcher/domain/connect.h"
#include "launcher/domain/qmp.h"

/* One of both; borrowed. */
struct monitor {
	virDomainPtr domain;
	struct qmp *qmp;
};

/* Runs a command with arguments (which it takes over; NULL for none) and
 * returns what QEMU answers; caller frees. NULL with FAULT_INTERNAL when QEMU
 * refuses, whose words then are in the text, or does not answer. */
json_t *monitor_ask(const struct monitor *monitor, const char *command,
		    json_t *arguments, struct error *err) must_check;

static inline void auto_json_(json_t **json)
{
	json_decref(*json);
}

#define auto_json __attribute__((cleanup(auto_json_))) json_t

#endif
