/* machine.h - the two ways to a machine: a daemon, or the embedded driver
 *
 * Private to this room. Each pair does what domain.h says of the function
 * without its prefix; machine.c chooses.
 */
#ifndef QAMI_DOMAIN_MACHINE_H
#define QAMI_DOMAIN_MACHINE_H

#include "launcher/domain/connect.h"
#include "launcher/domain/ops.h"

bool daemon_start(virConnectPtr connection, const struct machine *machine,
		  const char *xml, pid_t *ret_pid, struct error *err);
enum machine_state daemon_state(virConnectPtr connection, const char *uuid);
bool daemon_press_power(virConnectPtr connection, const char *uuid);
bool daemon_destroy(virConnectPtr connection, const char *uuid,
		    struct error *err);

/* The metadata element, or the whole domain, as XML; NULL without. Caller
 * frees. */
char *daemon_xml(virConnectPtr connection, const char *uuid);

bool embedded_start(struct hypervisor *hypervisor,
		    const struct machine *machine, const char *xml,
		    pid_t *ret_pid, struct error *err);
bool embedded_state(struct hypervisor *hypervisor, const char *uuid,
		    enum machine_state *ret_state, struct error *err);
bool embedded_press_power(struct hypervisor *hypervisor, const char *uuid,
			  struct error *err);
bool embedded_destroy(struct hypervisor *hypervisor, const char *uuid,
		      struct error *err);

#endif
