/* machine.c - starting machines, and what is true about them
 *
 * libvirt's word is never enough: a SHUTOFF says nothing about processes, and
 * a guest that powered itself off may still be "running". So QEMU is asked
 * (query-status), and absence is proved by /proc.
 */
#include "launcher/domain/machine.h"

#include "images/base/buf.h"
#include "launcher/domain/proc.h"

bool domain_machine_start(struct hypervisor *hypervisor,
			  const struct machine *machine, pid_t *ret_pid,
			  struct error *err)
{
	auto_buf xml = BUF_INIT;

	if (hypervisor->root)
		return embedded_start(hypervisor, machine, ret_pid, err);
	if (!domain_machine_xml(machine, &xml, err))
		return false;
	return daemon_start(hypervisor->connection, machine, buf_text(&xml),
			    ret_pid, err);
}

bool domain_machine_state(struct hypervisor *hypervisor, const char *uuid,
			  enum machine_state *ret_state, struct error *err)
{
	if (hypervisor->root)
		return embedded_state(hypervisor, uuid, ret_state, err);
	*ret_state = daemon_state(hypervisor->connection, uuid);
	return true;
}

bool domain_machine_resume(struct hypervisor *hypervisor, const char *uuid,
			   struct error *err)
{
	if (hypervisor->root)
		return embedded_resume(hypervisor, uuid, err);
	return daemon_state(hypervisor->connection, uuid) != MACHINE_STARVED ||
	       daemon_resume(hypervisor->connection, uuid) ||
	       fail_libvirt(err, "cannot let the machine go on");
}

bool domain_machine_press_power(struct hypervisor *hypervisor, const char *uuid,
				struct error *err)
{
	enum machine_state state;

	if (!domain_machine_state(hypervisor, uuid, &state, err))
		return false;
	if (state == MACHINE_ABSENT || state == MACHINE_OFF)
		return true;
	if (hypervisor->root)
		return embedded_press_power(hypervisor, uuid, err);
	return daemon_press_power(hypervisor->connection, uuid) ||
	       !proc_find(uuid) ||
	       fail_libvirt(err, "cannot press the power button");
}

bool domain_machine_destroy(struct hypervisor *hypervisor, const char *uuid,
			    struct error *err)
{
	return hypervisor->root ?
		       embedded_destroy(hypervisor, uuid, err) :
		       daemon_destroy(hypervisor->connection, uuid, err);
}
