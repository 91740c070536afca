/* describe-instances.c - the caller's instances, by reservation */
#include <stdio.h>
#include <string.h>

#include "images/authorise.h"
#include "launcher/action/action.h"
#include "launcher/action/noun/instance.h"
#include "launcher/action/query.h"
#include "launcher/instance/reconcile.h"

struct rows {
	struct db *db;
	struct page *page;
	struct node *reservations;
	struct node *instances; /* of the reservation at hand */
	char reservation[ID_SIZE];
};

/* Instances of one launch follow each other, as they were written. */
static bool row(void *data, const struct instance *instance, struct error *err)
{
	struct rows *rows = data;

	if (!page_row(rows->page, instance->seq))
		return true;
	if (strcmp(rows->reservation, instance->reservation) != 0) {
		rows->instances = reply_reservation(
			instance, node_item(rows->reservations));
		snprintf(rows->reservation, sizeof(rows->reservation), "%s",
			 instance->reservation);
	}
	return reply_instance(rows->db, instance, node_item(rows->instances),
			      err);
}

static bool check_ids(struct call *call, const struct query *query,
		      struct arena *arena, struct error *err)
{
	struct instance instance;

	for (size_t i = 0; i < query->id_count; i++)
		if (!authorise_instance(call, RIGHT_SEE, query->ids[i], arena,
					&instance, err))
			return false;
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct page page;
	struct rows rows = { .db = call->store->db, .page = &page };

	if (!arena)
		return fail_memory(err);
	if (!page_open(call, args, "InstanceIds", arena, &page, err) ||
	    !check_ids(call, &page.query, arena, err) || !reconcile(call, err))
		return false;
	rows.reservations =
		node_list(reply->root, "Reservations", "reservationSet");
	if (!instance_list(call->store->db, &page.query, row, &rows, err))
		return false;
	return page_close(call, &page, reply->root, err);
}

const struct action action_describe_instances = {
	.name = "DescribeInstances",
	.brief = "list instances",
	.about = "Lists the caller's instances with their true state: machines "
		 "are looked at before the answer. Terminated ones are listed "
		 "for an hour.",
	.params = (const struct param[]) {
		{ "InstanceIds", PARAM_ID, PARAM_LIST, "i",
		  "only these instances", "InstanceId" },
		PARAMS_FILTERS,
		PARAMS_PAGES,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INSTANCE_NOT_FOUND,
		FAULT_INVALID_NEXT_TOKEN, FAULT_NONE },
	.example = "qami describe-instances "
		   "--filters Name=instance-state-name,Values=running",
	.run = run,
};
