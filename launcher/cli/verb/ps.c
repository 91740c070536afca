/* ps.c - instances, for people */
#include <stdio.h>
#include <string.h>

#include "images/registry/instance.h"
#include "images/registry/tag.h"
#include "images/store.h"
#include "launcher/action/action.h"
#include "launcher/cli/age.h"
#include "launcher/instance/access.h"
#include "launcher/instance/network.h"
#include "launcher/instance/reconcile.h"

struct rows {
	struct call *call;
	struct node *list;
	bool all;
};

static void find_name(void *data, const struct tag *tag)
{
	char *name = data;

	if (strcmp(tag->key, "Name") == 0)
		snprintf(name, 256, "%s", tag->value);
}

/* Where its SSH server is, if this host has a way there. */
static bool find_way(struct call *call, const struct instance *instance,
		     char *ret_text, size_t room, struct error *err)
{
	uint16_t port = 0;

	snprintf(ret_text, room, "-");
	if (strcmp(instance->state, "running") != 0)
		return true;
	if (strcmp(instance->network, "bridge") == 0)
		snprintf(ret_text, room, "%s", instance->address);
	else if (!network_forward(call, instance->id, SSH_PORT, &port, err))
		return false;
	if (port)
		snprintf(ret_text, room, "127.0.0.1:%u", port);
	return true;
}

static bool row(void *data, const struct instance *instance, struct error *err)
{
	struct rows *rows = data;
	char name[256] = "";
	char age[AGE_SIZE], way[32];
	struct node *item;

	if (!rows->all && strcmp(instance->state, "terminated") == 0)
		return true;
	if (!tag_each(rows->call->store->db, instance->id, find_name, name,
		      err) ||
	    !find_way(rows->call, instance, way, sizeof(way), err))
		return false;
	age_text(rows->call->now - instance->launched, age);
	item = node_item(rows->list);
	node_str(item, "Id", NULL, instance->id);
	node_str(item, "Name", NULL, name);
	node_str(item, "State", NULL, instance->state);
	node_str(item, "Image", NULL, instance->image);
	node_str(item, "Type", NULL, instance->type);
	node_str(item, "Accel", NULL, instance->accel);
	node_str(item, "Ssh", NULL, way);
	node_str(item, "Age", NULL, age);
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	struct query query = { .account = call->account };
	struct rows rows = {
		.call = call,
		.list = node_list(reply->root, "Instances", NULL),
		.all = args_bool(args, "All", false),
	};

	return reconcile(call, err) &&
	       instance_list(call->store->db, &query, row, &rows, err);
}

const struct action verb_ps = {
	.name = "ps",
	.brief = "list instances",
	.about = "Lists the account's instances; terminated ones only with "
		 "--all. SSH is the port or address that leads to their SSH "
		 "server.",
	.params = (const struct param[]) {
		{ "All", PARAM_BOOLEAN, 0, NULL, "terminated ones, too", NULL,
		  NULL, 'a' },
		{ "Quiet", PARAM_BOOLEAN, 0, NULL, "ids only", NULL, NULL,
		  'q' },
		{ 0 },
	},
	.example = "qami ps",
	.local = true,
	.travels = true,
	.run = run,
};
