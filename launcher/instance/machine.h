/* machine.h - an instance's files, and its rows as a launch description */
#ifndef QAMI_INSTANCE_MACHINE_H
#define QAMI_INSTANCE_MACHINE_H

#include "images/authorise.h"
#include "launcher/domain/domain.h"

/* How long a call waits for its turn at the hypervisor. */
#define HYPERVISOR_WAIT_MS 120000

/* Guests on a "plain" network all have this address. */
#define GUEST_ADDRESS "10.0.2.15"

/* Makes what the machine needs besides its volumes: directory, console log
 * (kept when there), seed disk, empty scratch disks (made anew with `fresh`,
 * which is every start but a reboot). Idempotent. */
bool machine_files(struct call *call, const struct instance *instance,
		   bool fresh, struct error *err) must_check;

/* Removes the seed, the scratch disks and what is left of the network, at the
 * `last` stop the UEFI variables, too, and what ports it had; the console log
 * stays as long as the instance is listed. Idempotent. */
bool machine_files_remove(struct call *call, const char *id, bool last,
			  struct error *err) must_check;

/* Removes the rest: log and directory. */
bool machine_log_remove(struct call *call, const char *id, struct error *err)
	must_check;

/* The console log's path; caller frees; NULL when memory ran out. */
char *machine_log_path(const struct call *call, const char *id);

/* The launch description of an instance as its rows say; in the arena. */
bool machine_describe(struct call *call, const struct instance *instance,
		      struct arena *arena, struct machine *ret_machine,
		      struct error *err) must_check;

/* A volume as a disk of a machine: its chain, its serial and its limits; in
 * the arena. The target is left open. */
bool machine_volume(struct call *call, const char *volume, struct arena *arena,
		    struct machine_disk *ret_disk, struct error *err)
	must_check;

/* A volume's id without its '-': what Nitro shows as a disk's serial. In the
 * arena; NULL when memory ran out. */
const char *machine_serial(struct arena *arena, const char *volume);

/* The serial of an instance-store disk. In the arena; NULL when memory ran
 * out. */
const char *machine_scratch_serial(struct arena *arena, const char *instance,
				   const char *virtual_name);

/* Disks at most: one letter each, one of them the seed's. */
#define MACHINE_DISKS_MOST 25

/* Which libvirt and which acceleration a start uses now; texts in the arena.
 * Says on the call's stage what the user should know. */
bool machine_host(struct call *call, struct arena *arena, const char **ret_uri,
		  enum accel *ret_accel, struct error *err) must_check;

/* Describes and starts an instance's machine. The hypervisor is that of
 * instance->uri. */
bool machine_boot(struct call *call, struct hypervisor *hypervisor,
		  const struct instance *instance, pid_t *ret_pid,
		  struct error *err) must_check;

/* Notes a started machine in its instance's row: uri, pid, boot id, and when
 * the instance was launched or started, which a reboot leaves as it was. */
bool machine_booted(struct call *call, const struct instance *instance,
		    pid_t pid, usec_t launched, struct error *err) must_check;

#endif
