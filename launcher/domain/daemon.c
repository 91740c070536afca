/* daemon.c - machines under a libvirt daemon: qemu:///system or ///session
 *
 * Ending one is left to libvirt, slow as it looks for the end (five times a
 * second): a signal of ours would stand in its log as a guest's own shutdown,
 * which is what machine_shut_down() reads there.
 */
#include <libvirt/libvirt-qemu.h>
#include <libxml/parser.h>
#include <string.h>

#include "images/base/clock.h"
#include "launcher/domain/machine.h"
#include "launcher/domain/proc.h"
#include "launcher/domain/qmp.h"
#include "launcher/domain/xml.h"

/* How long libvirt gets to notice a machine that /proc shows, and to forget
 * one that has ended. */
#define NOTICE_USEC (3 * USEC_PER_SEC)
#define FORGET_USEC (40 * USEC_PER_SEC)
#define STEP_USEC 5000

bool daemon_start(virConnectPtr connection, const struct machine *machine,
		  const char *xml, pid_t *ret_pid, struct error *err)
{
	auto_secrets secrets = SECRETS_INIT;
	auto_domain domain = NULL;
	usec_t deadline = 0;
	pid_t pid;

	for (size_t i = 0; i < machine->disk_count; i++)
		secrets_add_disk(&secrets, &machine->disks[i]);
	if (!secrets_lend(connection, &secrets, err))
		return false;
	do
		domain = virDomainCreateXML(connection, xml, VIR_DOMAIN_NONE);
	while (!domain && libvirt_again(&deadline));
	if (!domain)
		fail_libvirt(err, "cannot start the machine");
	secrets_take_back(connection, &secrets);
	if (!domain)
		return false;
	pid = proc_find(machine->uuid);
	if (!pid)
		return fail(err, FAULT_INTERNAL,
			    "the machine ended while it started");
	*ret_pid = pid;
	return true;
}

/* NULL without a report if there is neither domain nor process; waits for
 * libvirt to notice a process that lives. */
static virDomainPtr find(virConnectPtr connection, const char *uuid)
{
	usec_t end = clock_monotonic() + NOTICE_USEC;
	virDomainPtr domain;

	while (!(domain = virDomainLookupByUUIDString(connection, uuid)) &&
	       proc_find(uuid) && clock_monotonic() < end)
		usleep(STEP_USEC);
	return domain;
}

enum machine_state daemon_state(virConnectPtr connection, const char *uuid)
{
	auto_domain domain = find(connection, uuid);
	auto_free char *reply = NULL;
	enum machine_state state;

	if (domain &&
	    virDomainQemuMonitorCommand(
		    domain, "{\"execute\":\"query-status\"}", &reply, 0) == 0 &&
	    qmp_status(reply, &state))
		return state;
	/* no answer: it ended this moment, or QEMU hangs */
	return proc_find(uuid) ? MACHINE_RUNNING : MACHINE_ABSENT;
}

bool daemon_resume(virConnectPtr connection, const char *uuid)
{
	auto_domain domain = find(connection, uuid);

	return domain && virDomainResume(domain) == 0;
}

bool daemon_press_power(virConnectPtr connection, const char *uuid)
{
	auto_domain domain = find(connection, uuid);

	return domain &&
	       virDomainShutdownFlags(domain,
				      VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN) == 0;
}

bool daemon_destroy(virConnectPtr connection, const char *uuid,
		    struct error *err)
{
	usec_t begin = clock_monotonic();
	usec_t passed = 0;

	while (passed < FORGET_USEC) {
		auto_domain domain =
			virDomainLookupByUUIDString(connection, uuid);
		pid_t pid = proc_find(uuid);

		if (!domain && !pid)
			return true;
		if (domain)
			virDomainDestroy(domain);
		else if (passed > NOTICE_USEC)
			(void)proc_end(pid, uuid);
		usleep(STEP_USEC);
		passed = clock_monotonic() - begin;
	}
	return fail(err, FAULT_INTERNAL, "the machine's QEMU does not end");
}

char *daemon_xml(virConnectPtr connection, const char *uuid)
{
	auto_domain domain = find(connection, uuid);

	return domain ? virDomainGetXMLDesc(domain, 0) : NULL;
}

static bool look(virDomainPtr domain, struct arena *arena,
		 struct view *ret_view, struct error *err)
{
	struct monitor monitor = { .domain = domain };
	auto_free char *text = virDomainGetXMLDesc(domain, 0);
	xmlDocPtr doc = text ? xmlReadMemory(text, (int)strlen(text), NULL,
					     NULL, XML_OPTIONS) :
			       NULL;
	struct view known = { 0 };
	bool ok = !doc ||
		  view_libvirt(xmlDocGetRootElement(doc), arena, &known, err);

	xmlFreeDoc(doc);
	return ok && view_qemu(&monitor, &known, NULL, arena, ret_view, err);
}

bool daemon_view(virConnectPtr connection, const char *uuid,
		 struct arena *arena, struct view *ret_view, struct error *err)
{
	auto_domain domain = find(connection, uuid);
	usec_t end = clock_monotonic() + NOTICE_USEC;

	*ret_view = (struct view){ 0 };
	if (!domain && proc_find(uuid))
		return fail(err, FAULT_INTERNAL,
			    "libvirt does not know the machine");
	while (domain && !look(domain, arena, ret_view, err)) {
		if (err->fault != FAULT_UNAVAILABLE || clock_monotonic() > end)
			return false;
		error_clear(err);
		usleep(STEP_USEC);
	}
	return true;
}

bool daemon_busy(virConnectPtr connection, const char *uuid, bool *ret_busy,
		 struct error *err)
{
	auto_domain domain = find(connection, uuid);
	struct monitor monitor = { .domain = domain };

	*ret_busy = false;
	return !domain || view_busy(&monitor, ret_busy, err);
}

bool daemon_change(virConnectPtr connection, const struct change *change,
		   bool *ret_done, struct error *err)
{
	auto_domain domain = find(connection, change->uuid);
	auto_secrets secrets = SECRETS_INIT;
	bool changed;

	if (!domain)
		return fail(err, FAULT_INSTANCE_STATE,
			    "the machine does not run");
	change_secrets(change, &secrets);
	if (!secrets_lend(connection, &secrets, err))
		return false;
	changed = change_do(domain, change, false, ret_done, err);
	secrets_take_back(connection, &secrets);
	return changed;
}
