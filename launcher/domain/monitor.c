/* monitor.c - QEMU's own word about a machine, over either way to it */
#include "launcher/domain/monitor.h"

#include <libvirt/libvirt-qemu.h>

static json_t *converse(const struct monitor *monitor, json_t *request)
{
	auto_free char *line = NULL;
	auto_free char *reply = NULL;

	if (monitor->qmp)
		return qmp_ask(monitor->qmp, request);
	line = json_dumps(request, JSON_COMPACT);
	if (!line ||
	    virDomainQemuMonitorCommand(monitor->domain, line, &reply, 0) != 0)
		return NULL;
	return json_loads(reply, 0, NULL);
}

json_t *monitor_ask(const struct monitor *monitor, const char *command,
		    json_t *arguments, struct error *err)
{
	auto_json *request = arguments ?
				     json_pack("{s:s, s:o}", "execute", command,
					       "arguments", arguments) :
				     json_pack("{s:s}", "execute", command);
	auto_json *reply = request ? converse(monitor, request) : NULL;
	json_t *value = json_object_get(reply, "return");
	const char *why = json_string_value(
		json_object_get(json_object_get(reply, "error"), "desc"));

	if (!reply && monitor->domain)
		why = virGetLastErrorMessage();
	if (!value)
		fail(err, FAULT_INTERNAL, "QEMU, asked for %s: %s", command,
		     why ? why : "no answer");
	return json_incref(value);
}
