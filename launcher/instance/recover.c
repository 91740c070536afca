/* recover.c - the table of operation kinds */
#include "launcher/instance/recover.h"

#include <stdio.h>
#include <string.h>

#include "images/base/log.h"
#include "images/bundle.h"
#include "images/fastrestore.h"
#include "images/freeze.h"
#include "images/imagetask.h"
#include "images/import.h"
#include "images/kmskeys.h"
#include "images/layers.h"
#include "images/lifecycle.h"
#include "images/recyclebin.h"
#include "images/reencrypt.h"
#include "images/region.h"
#include "images/tend.h"
#include "images/tier.h"
#include "images/upload.h"
#include "images/volume.h"
#include "launcher/instance/attach.h"
#include "launcher/instance/bundletask.h"
#include "launcher/instance/detach.h"
#include "launcher/instance/end.h"
#include "launcher/instance/job.h"
#include "launcher/instance/launch.h"
#include "launcher/instance/modify.h"
#include "launcher/instance/reboot.h"
#include "launcher/instance/rebundle.h"
#include "launcher/instance/reconcile.h"
#include "launcher/instance/replaceroot.h"
#include "launcher/instance/scaling.h"
#include "launcher/instance/start.h"
#include "launcher/instance/stop.h"
#include "launcher/instance/tell.h"

/* A kind is either recovered in one go, or a job that goes on in rounds. */
static const struct kind {
	const char *name;
	bool (*recover)(struct call *call, const struct op *op,
			struct error *err);
	bool (*job)(struct call *call, const struct op *op, usec_t *ret_due,
		    struct error *err);
} kinds[] = {
	{ .name = "import", .recover = import_recover },
	{ .name = "create-volume", .recover = volume_create_recover },
	{ .name = "attach-volume", .recover = attach_recover },
	{ .name = "modify-volume", .recover = modify_recover },
	{ .name = "snapshot", .recover = freeze_recover },
	{ .name = "start-snapshot", .recover = upload_start_recover },
	{ .name = "complete-snapshot", .recover = upload_finish_recover },
	{ .name = "bundle", .recover = bundle_source_recover },
	{ .name = "launch", .recover = launch_recover },
	{ .name = "start", .recover = start_recover },
	{ .name = "terminate", .recover = terminate_recover },
	{ .name = "rebundle", .recover = rebundle_recover },
	{ .name = "replace-root", .recover = replace_root_recover },
	{ .name = "stop", .job = stop_job },
	{ .name = "reboot", .job = reboot_job },
	{ .name = "detach-volume", .job = detach_job },
	{ .name = "tell", .job = tell_job },
	{ .name = "tend", .job = tend_job },
	{ .name = "thaw", .job = freeze_thaw_job },
	{ .name = "bundle-task", .job = bundletask_job },
	{ .name = "image-task", .job = imagetask_job },
	{ .name = "region-copy", .job = region_copy_job },
	{ .name = "reencrypt", .job = reencrypt_job },
	{ .name = "lifecycle", .job = lifecycle_job },
	{ .name = "archive", .job = tier_archive_job },
	{ .name = "unarchive", .job = tier_restore_job },
	{ .name = "archive-remove", .job = tier_remove_job },
	{ .name = "scaling", .job = scaling_job },
	{ .name = "fast-restore", .job = fast_job },
	{ .name = "fill", .job = reconcile_fill_job },
};

static const struct kind *kind_find(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

/* The call that an operation was part of, as far as its recovery needs it. */
static struct call call_of(struct call *call, const struct op *op)
{
	struct call own = {
		.store = call->store,
		.action = op->action,
		.client_token = op->client_token,
		.now = clock_now(),
	};

	snprintf(own.account, sizeof(own.account), "%s", op->account);
	snprintf(own.request, sizeof(own.request), "%s", op->request);
	return own;
}

bool recover_job(struct call *call, const struct op *op, usec_t *ret_due,
		 struct error *err)
{
	const struct kind *kind = kind_find(op->kind);
	struct call own = call_of(call, op);

	if (!kind || !kind->job)
		return fail(err, FAULT_INTERNAL, "'%s' is no job", op->kind);
	return kind->job(&own, op, ret_due, err);
}

/* Recovers one operation; false when it has to be tried again. */
static bool recover_one(struct call *call, const struct op *op)
{
	const struct kind *kind = kind_find(op->kind);
	struct call own = call_of(call, op);
	struct error err = { 0 };
	bool ok;

	log_info("recovering %s %s", op->kind, op->id);
	if (!kind)
		ok = fail(&err, FAULT_INTERNAL,
			  "this qami does not know operations of kind '%s'",
			  op->kind);
	else if (kind->job)
		ok = op_postpone(call->store->journal, op->id, clock_wall(),
				 &err);
	else
		ok = kind->recover(&own, op, &err);
	if (!ok)
		log_warning("%s %s could not be recovered: %s", op->kind,
			    op->id, err.text);
	return ok;
}

/* Operations that cannot be recovered now, to be given up at the end: until
 * then they are ours, so that op_take() does not find them again. */
struct failed {
	struct arena *arena;
	const char **ids;
	size_t count;
};

static bool failed_add(struct failed *failed, const char *id, struct error *err)
{
	failed->ids = arena_more(failed->arena, failed->ids, failed->count,
				 sizeof(*failed->ids));
	if (!failed->ids)
		return fail_memory(err);
	failed->ids[failed->count++] = arena_str(failed->arena, id);
	return true;
}

/* What is only housekeeping: it must not keep a call from its work. */
static void tidy(struct call *call,
		 bool (*chore)(struct call *call, struct error *err))
{
	struct error err = { 0 };

	if (!chore(call, &err))
		log_warning("%s", err.text);
}

bool recover_all(struct call *call, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct journal *journal = call->store->journal;
	struct failed failed = { .arena = arena };
	struct op op;
	bool found = true;

	if (!arena)
		return fail_memory(err);
	for (;;) {
		if (!op_take(journal, OP_DEAD, clock_wall(), arena, &op, &found,
			     err))
			return false;
		if (!found)
			break;
		if (!recover_one(call, &op) && !failed_add(&failed, op.id, err))
			return false;
	}
	for (size_t i = 0; i < failed.count; i++)
		if (!op_release(journal, failed.ids[i], err))
			return false;
	journal_sweep(journal);
	tidy(call, uploads_expire);
	tidy(call, kms_sweep);
	tidy(call, tier_expire);
	tidy(call, recycle_sweep);
	tidy(call, layers_reap);
	tidy(call, end_forget_old);
	return job_spawn(call, err);
}
