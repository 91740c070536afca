/* port.c - where this host reaches a guest's ports */
#include <stdint.h>

#include "launcher/action/action.h"
#include "launcher/instance/access.h"
#include "launcher/instance/reconcile.h"

static const char *place(const struct access_port *port, struct arena *arena)
{
	return arena_format(arena, "%s:%u", port->address, port->port);
}

/* One port's place alone, so that it can be a word of another command. */
static bool answer_one(const struct access_port *ports, size_t count,
		       unsigned wanted, struct arena *arena,
		       struct reply *reply, bool *ret_found, struct error *err)
{
	*ret_found = false;
	for (size_t i = 0; i < count; i++) {
		const char *text;

		if (ports[i].guest != wanted)
			continue;
		text = place(&ports[i], arena);
		if (!text)
			return fail_memory(err);
		node_str(reply->root, "Address", NULL, text);
		reply->raw_text = true;
		*ret_found = true;
	}
	return true;
}

static bool answer_all(const struct access_port *ports, size_t count,
		       struct arena *arena, struct reply *reply,
		       struct error *err)
{
	struct node *list = node_list(reply->root, "Ports", NULL);

	for (size_t i = 0; i < count; i++) {
		struct node *item = node_item(list);
		const char *text = place(&ports[i], arena);

		if (!text)
			return fail_memory(err);
		node_int(item, "Port", NULL, ports[i].guest);
		node_str(item, "Address", NULL, text);
	}
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *id = args_str(args, "Instance", "");
	int64_t wanted = args_int(args, "Port", 0);
	const struct access_port *ports;
	size_t count;
	bool found;

	if (!arena)
		return fail_memory(err);
	if (args_get(args, "Port") && (wanted < 1 || wanted > UINT16_MAX))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "a port is a number from 1 to 65535");
	if (!reconcile(call, err) ||
	    !access_ports(call, id, arena, &ports, &count, err))
		return false;
	if (!wanted)
		return answer_all(ports, count, arena, reply, err);
	if (!answer_one(ports, count, (unsigned)wanted, arena, reply, &found,
			err))
		return false;
	return found || access_refused(call, id, (uint16_t)wanted, err);
}

const struct action verb_port = {
	.name = "port",
	.brief = "show where this host reaches a guest's ports",
	.about = "Lists the guest's TCP ports that rules of its security "
		 "groups open to this host by naming them, each with the "
		 "address and port that lead there; with a port, prints only "
		 "where that one is. A range of ports opens SSH's alone on "
		 "the user-mode network. Whether anybody listens in the "
		 "guest is another matter.",
	.params = (const struct param[]) {
		{ "Instance", PARAM_ID,
		  PARAM_POSITIONAL | PARAM_REQUIRED | PARAM_NAMED, "i",
		  "instance: id, name or beginning of an id" },
		{ "Port", PARAM_INTEGER, PARAM_POSITIONAL, NULL,
		  "the guest's port; all that are open if not given" },
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_INSTANCE_NOT_FOUND, FAULT_INSTANCE_STATE,
		FAULT_OPERATION_NOT_PERMITTED, FAULT_UNSUPPORTED, FAULT_NONE },
	.example = "qami port web1 80",
	.local = true,
	.travels = true,
	.run = run,
};
