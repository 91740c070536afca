/* embedded.c - machines under the embedded driver
 *
 * The driver is woken to start a machine and, under root, to clean up after
 * one; everything else is asked of QEMU. Between calls nobody holds it.
 */
#include <stdlib.h>

#include "images/base/buf.h"
#include "images/base/file.h"
#include "launcher/domain/home.h"
#include "launcher/domain/machine.h"
#include "launcher/domain/proc.h"
#include "launcher/domain/qmp.h"
#include "launcher/domain/wake.h"

/* The process that libvirt has just started; 0 if it is gone again. Its
 * number lies in a file, which saves looking through /proc. */
static pid_t read_pid(const char *home, const struct machine *machine)
{
	auto_free char *path =
		format_text("%s/run/qemu/%s.pid", home, machine->id);
	auto_buf text = BUF_INIT;
	struct error ignored = { FAULT_NONE };
	pid_t pid = 0;

	if (path && file_read(path, 64, &text, &ignored))
		pid = atoi(buf_text(&text));
	return pid > 0 && proc_is(pid, machine->uuid)
		       ? pid
		       : proc_find(machine->uuid);
}

bool embedded_start(struct hypervisor *hypervisor,
		    const struct machine *machine, const char *xml,
		    pid_t *ret_pid, struct error *err)
{
	auto_home home = HOME_INIT;
	pid_t pid;

	if (!home_open(hypervisor->root, machine->uuid, hypervisor->wait_ms,
		       &home, err))
		return false;
	if (!home.fresh && proc_find(machine->uuid))
		return fail(err, FAULT_INSTANCE_STATE,
			    "the machine %s runs already", machine->id);
	if (!wake(&home, DRIVER_CREATE, xml, NULL, err)) {
		if (!proc_find(machine->uuid))
			home_remove(&home);
		return false;
	}
	pid = read_pid(home.path, machine);
	if (!pid)
		return fail(err, FAULT_INTERNAL,
			    "the machine ended while it started");
	*ret_pid = pid;
	return true;
}

/* Whether the machine has a home at all: if not, nobody is starting it. */
static bool has_home(const char *root, const char *uuid)
{
	auto_free char *path = home_path(root, uuid);

	return path && access(path, F_OK) == 0;
}

bool embedded_state(struct hypervisor *hypervisor, const char *uuid,
		    enum machine_state *ret_state, struct error *err)
{
	auto_home home = HOME_INIT;
	auto_free char *reply = NULL;
	pid_t pid = proc_find(uuid);

	/* Without a process but with a home, the child of a killed caller may
	 * be starting it this moment: absence is only true under the turn. */
	if (pid || has_home(hypervisor->root, uuid)) {
		if (!home_open(hypervisor->root, uuid, hypervisor->wait_ms,
			       &home, err))
			return false;
		pid = proc_find(uuid);
	}
	if (pid)
		reply = qmp_run(home.path, "query-status");
	if (reply && qmp_status(reply, ret_state))
		return true;
	/* no answer: it ended this moment, or QEMU hangs */
	*ret_state = proc_find(uuid) ? MACHINE_RUNNING : MACHINE_ABSENT;
	return true;
}

bool embedded_press_power(struct hypervisor *hypervisor, const char *uuid,
			  struct error *err)
{
	auto_home home = HOME_INIT;
	auto_free char *reply = NULL;

	if (!home_open(hypervisor->root, uuid, hypervisor->wait_ms, &home, err))
		return false;
	reply = qmp_run(home.path, "system_powerdown");
	return reply || !proc_find(uuid) ||
	       fail(err, FAULT_INTERNAL, "the machine's QEMU does not answer");
}

bool embedded_destroy(struct hypervisor *hypervisor, const char *uuid,
		      struct error *err)
{
	auto_home home = HOME_INIT;
	pid_t pid;

	if (!home_open(hypervisor->root, uuid, hypervisor->wait_ms, &home, err))
		return false;
	pid = proc_find(uuid);
	if (pid && !proc_end(pid, uuid))
		return fail(err, FAULT_INTERNAL,
			    "process %d of the machine does not end", (int)pid);
	/* root's machines leave what is not in the home: labels and owners of
	 * their files, which libvirt gives back when it wakes */
	if (geteuid() == 0 && home_has_status(home.path) &&
	    !wake(&home, DRIVER_CLEAN, NULL, NULL, err))
		return false;
	home_remove(&home);
	return true;
}
