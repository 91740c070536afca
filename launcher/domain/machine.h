/* machine.h - the two ways to a machine: a daemon, or the embedded driver
 *
 * Private to this room. Each pair does what domain.h says of the function
 * without its prefix; machine.c chooses.
 */
#ifndef QAMI_DOMAIN_MACHINE_H
#define QAMI_DOMAIN_MACHINE_H

#include "launcher/domain/change.h"
#include "launcher/domain/connect.h"
#include "launcher/domain/ops.h"

bool daemon_start(virConnectPtr connection, const struct machine *machine,
		  const char *xml, pid_t *ret_pid, struct error *err);
enum machine_state daemon_state(virConnectPtr connection, const char *uuid);
bool daemon_resume(virConnectPtr connection, const char *uuid);
bool daemon_press_power(virConnectPtr connection, const char *uuid);
bool daemon_destroy(virConnectPtr connection, const char *uuid,
		    struct error *err);

/* The whole domain as XML; NULL without. Caller frees. */
char *daemon_xml(virConnectPtr connection, const char *uuid);

bool embedded_start(struct hypervisor *hypervisor,
		    const struct machine *machine, pid_t *ret_pid,
		    struct error *err);
bool embedded_state(struct hypervisor *hypervisor, const char *uuid,
		    enum machine_state *ret_state, struct error *err);
bool embedded_resume(struct hypervisor *hypervisor, const char *uuid,
		     struct error *err);
bool embedded_press_power(struct hypervisor *hypervisor, const char *uuid,
			  struct error *err);
bool embedded_destroy(struct hypervisor *hypervisor, const char *uuid,
		      struct error *err);

/* The disks as QEMU has them; none of an absent machine. */
bool daemon_view(virConnectPtr connection, const char *uuid,
		 struct arena *arena, struct view *ret_view, struct error *err);
bool embedded_view(struct hypervisor *hypervisor, const char *uuid,
		   struct arena *arena, struct view *ret_view,
		   struct error *err);

/* Whether a job is at work on the disks; not on those of an absent machine. */
bool daemon_busy(virConnectPtr connection, const char *uuid, bool *ret_busy,
		 struct error *err);
bool embedded_busy(struct hypervisor *hypervisor, const char *uuid,
		   bool *ret_busy, struct error *err);

/* Carries a change out: change_do(). */
bool daemon_change(virConnectPtr connection, const struct change *change,
		   bool *ret_done, struct error *err);
bool embedded_change(struct hypervisor *hypervisor, const struct change *change,
		     bool *ret_done, struct error *err);

#endif
