/* embedded.c - machines under the embedded driver
 *
 * The driver is woken to start a machine and, under root, to clean up after
 * one; everything else is asked of QEMU. Between calls nobody holds it.
 */
#include <stdlib.h>

#include "images/base/buf.h"
#include "images/base/file.h"
#include "launcher/domain/heal.h"
#include "launcher/domain/home.h"
#include "launcher/domain/machine.h"
#include "launcher/domain/proc.h"
#include "launcher/domain/qmp.h"
#include "launcher/domain/wake.h"
#include "launcher/domain/xml.h"

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
	return pid > 0 && proc_is(pid, machine->uuid) ?
		       pid :
		       proc_find(machine->uuid);
}

/* The agent's socket lies in the home: libvirt's own place for it is too far
 * below for a socket's address. */
static bool write_domain(const struct home *home, const struct machine *machine,
			 struct buf *ret_xml, struct error *err)
{
	auto_free char *agent = format_text("%s/lib/agent.sock", home->path);

	if (!agent)
		return fail_memory(err);
	return xml_domain(machine, agent, ret_xml, err);
}

bool embedded_start(struct hypervisor *hypervisor,
		    const struct machine *machine, pid_t *ret_pid,
		    struct error *err)
{
	auto_home home = HOME_INIT;
	auto_secrets secrets = SECRETS_INIT;
	auto_buf xml = BUF_INIT;
	pid_t pid;

	if (!home_open(hypervisor->root, machine->uuid, hypervisor->wait_ms,
		       &home, err))
		return false;
	if (!home.fresh && proc_find(machine->uuid))
		return fail(err, FAULT_INSTANCE_STATE,
			    "the machine %s runs already", machine->id);
	for (size_t i = 0; i < machine->disk_count; i++)
		secrets_add_disk(&secrets, &machine->disks[i]);
	if (!write_domain(&home, machine, &xml, err) ||
	    !wake(&home, DRIVER_CREATE, &secrets, buf_text(&xml), NULL, err)) {
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

/* Whether a home was made only by asking: its machine, and the home with it,
 * went while somebody else had the turn. None is left. */
static bool gone_meanwhile(struct home *home)
{
	if (!home->fresh)
		return false;
	home_remove(home);
	return true;
}

bool embedded_state(struct hypervisor *hypervisor, const char *uuid,
		    enum machine_state *ret_state, struct error *err)
{
	auto_home home = HOME_INIT;
	auto_free char *reply = NULL;
	pid_t pid = proc_find(uuid);

	/* Without a process but with a home, the child of a killed caller may
	 * be starting it this moment: absence is only true under the turn. */
	if (pid || home_exists(hypervisor->root, uuid)) {
		if (!home_open(hypervisor->root, uuid, hypervisor->wait_ms,
			       &home, err))
			return false;
		pid = gone_meanwhile(&home) ? 0 : proc_find(uuid);
	}
	if (pid)
		reply = qmp_run(home.path, "query-status");
	if (reply && qmp_status(reply, ret_state))
		return true;
	/* no answer: it ended this moment, or QEMU hangs */
	*ret_state = proc_find(uuid) ? MACHINE_RUNNING : MACHINE_ABSENT;
	return true;
}

bool embedded_resume(struct hypervisor *hypervisor, const char *uuid,
		     struct error *err)
{
	auto_home home = HOME_INIT;
	auto_free char *status = NULL, *reply = NULL;
	enum machine_state state;

	if (!proc_find(uuid))
		return true;
	if (!home_open(hypervisor->root, uuid, hypervisor->wait_ms, &home, err))
		return false;
	if (gone_meanwhile(&home))
		return true;
	status = qmp_run(home.path, "query-status");
	if (!status || !qmp_status(status, &state) || state != MACHINE_STARVED)
		return true;
	reply = qmp_run(home.path, "cont");
	return reply || !proc_find(uuid) ||
	       fail(err, FAULT_INTERNAL, "the machine's QEMU does not answer");
}

bool embedded_press_power(struct hypervisor *hypervisor, const char *uuid,
			  struct error *err)
{
	auto_home home = HOME_INIT;
	auto_free char *reply = NULL;

	if (!home_open(hypervisor->root, uuid, hypervisor->wait_ms, &home, err))
		return false;
	if (gone_meanwhile(&home))
		return true;
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
	    !wake(&home, DRIVER_CLEAN, NULL, NULL, NULL, err))
		return false;
	home_remove(&home);
	return true;
}

static bool fail_silent(struct error *err)
{
	return fail(err, FAULT_INTERNAL, "the machine's QEMU does not answer");
}

/* One look, no libvirt awake; *ret_working (unless NULL) says whether QEMU has
 * a job. */
static bool look(const struct home *home, struct arena *arena,
		 struct view *ret_view, bool *ret_working, struct error *err)
{
	auto_of(qmp) qmp = qmp_open(home->path);
	struct monitor monitor = { .qmp = qmp };
	xmlDocPtr doc = home_status(home->path);
	xmlNodePtr status = doc ? xmlDocGetRootElement(doc) : NULL;
	struct view known = { 0 };
	bool ok = view_libvirt(xml_child(status, "domain"), arena, &known, err);

	xmlFreeDoc(doc);
	if (!ok)
		return false;
	if (!qmp)
		return fail_silent(err);
	return view_qemu(&monitor, &known, NULL, arena, ret_view, err) &&
	       (!ret_working || view_working(&monitor, ret_working, err));
}

/* Makes sure that the machine may be woken for: libvirt would finish off a
 * guest that has powered itself down, and so destroy the evidence. */
static bool check_running(const struct home *home, struct error *err)
{
	auto_free char *reply = qmp_run(home->path, "query-status");
	enum machine_state state;

	if (!reply || !qmp_status(reply, &state))
		return fail_silent(err);
	return state == MACHINE_RUNNING || state == MACHINE_PAUSED ||
	       state == MACHINE_STARVED ||
	       fail(err, FAULT_INSTANCE_STATE, "the machine does not run");
}

/* Lets the driver see what QEMU sees, where that is possible. */
static bool prepare(const struct home *home, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct view view;
	bool working;

	if (!arena)
		return fail_memory(err);
	if (!check_running(home, err))
		return false;
	if (look(home, arena, &view, &working, err))
		return heal(home->path, &view, working, err);
	/* a job has ended that libvirt has yet to put away */
	if (err->fault != FAULT_UNAVAILABLE)
		return false;
	error_clear(err);
	return true;
}

/* Lets the driver carry a change out. */
static bool perform(const struct home *home, const struct change *change,
		    bool *ret_done, struct error *err)
{
	auto_free char *text = change_text(change);
	auto_secrets secrets = SECRETS_INIT;
	struct driver_answer answer;

	if (!text)
		return fail_memory(err);
	change_secrets(change, &secrets);
	if (!prepare(home, err) ||
	    !wake(home, DRIVER_CHANGE, &secrets, text, &answer, err))
		return false;
	*ret_done = answer.done;
	return true;
}

bool embedded_view(struct hypervisor *hypervisor, const char *uuid,
		   struct arena *arena, struct view *ret_view,
		   struct error *err)
{
	struct change nothing = { .kind = CHANGE_NOTHING, .uuid = uuid };
	auto_home home = HOME_INIT;
	bool unused;

	*ret_view = (struct view){ 0 };
	if (!proc_find(uuid))
		return true;
	if (!home_open(hypervisor->root, uuid, hypervisor->wait_ms, &home, err))
		return false;
	if (gone_meanwhile(&home) || !proc_find(uuid) ||
	    look(&home, arena, ret_view, NULL, err))
		return true;
	/* a job has ended that libvirt has to put away */
	if (err->fault != FAULT_UNAVAILABLE)
		return false;
	error_clear(err);
	return perform(&home, &nothing, &unused, err) &&
	       look(&home, arena, ret_view, NULL, err);
}

bool embedded_busy(struct hypervisor *hypervisor, const char *uuid,
		   bool *ret_busy, struct error *err)
{
	auto_home home = HOME_INIT;
	auto_of(qmp) qmp = NULL;
	struct monitor monitor = { 0 };

	*ret_busy = false;
	if (!proc_find(uuid))
		return true;
	if (!home_open(hypervisor->root, uuid, hypervisor->wait_ms, &home, err))
		return false;
	if (gone_meanwhile(&home))
		return true;
	monitor.qmp = qmp = qmp_open(home.path);
	return !qmp || view_busy(&monitor, ret_busy, err);
}

bool embedded_change(struct hypervisor *hypervisor, const struct change *change,
		     bool *ret_done, struct error *err)
{
	auto_home home = HOME_INIT;

	if (!proc_find(change->uuid))
		return fail(err, FAULT_INSTANCE_STATE,
			    "the machine does not run");
	if (!home_open(hypervisor->root, change->uuid, hypervisor->wait_ms,
		       &home, err))
		return false;
	if (gone_meanwhile(&home))
		return fail(err, FAULT_INSTANCE_STATE,
			    "the machine does not run");
	return perform(&home, change, ret_done, err);
}
