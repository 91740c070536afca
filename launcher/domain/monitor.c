/* monitor.c - QEMU's own word about a machine, over either way to it */
#include "launcher/domain/monitor.h"

#include <libvirt/libvirt-qemu.h>

static char *converse(const struct monitor *monitor, const char *line)
{
	char *reply = NULL;

	if (monitor->qmp)
		return qmp_command(monitor->qmp, line);
	if (virDomainQemuMonitorCommand(monitor->domain, line, &reply, 0) != 0)
		return NULL;
	return reply;
}

json_t *monitor_ask(const struct monitor *monitor, const char *command,
		    json_t *arguments, struct error *err)
{
	auto_json *request = arguments ? json_pack("{s:s, s:o}", "execute",
						   command, "arguments",
						   arguments)
				       : json_pack("{s:s}", "execute", command);
	auto_free char *line = request ? json_dumps(request, JSON_COMPACT)
				       : NULL;
	auto_free char *text = line ? converse(monitor, line) : NULL;
	auto_json *reply = text ? json_loads(text, 0, NULL) : NULL;
	json_t *value = json_object_get(reply, "return");
	const char *why = json_string_value(
		json_object_get(json_object_get(reply, "error"), "desc"));

	if (!value)
		fail(err, FAULT_INTERNAL, "QEMU, asked for %s: %s", command,
		     why ? why : "no answer");
	return json_incref(value);
}
