/* lifecycle-put.c - make a lifecycle policy, or replace it */
#include <fcntl.h>

#include "images/base/file.h"
#include "images/lifecycle.h"
#include "launcher/action/action.h"

#define DOCUMENT_MOST (64 * 1024)

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	const char *name = args_str(args, "Name", "");
	const char *path = args_str(args, "Document", "");
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	auto_of(arena) arena = arena_new();
	auto_buf text = BUF_INIT;
	const char *id;

	if (fd < 0)
		return fail_path(err, "cannot open %s", path);
	if (!arena)
		return fail_memory(err);
	if (!file_read_fd(fd, path, DOCUMENT_MOST, &text, err) ||
	    !lifecycle_put(call, name, buf_text(&text), arena, &id, err))
		return false;
	node_str(reply->root, "PolicyId", NULL, id);
	node_str(reply->root, "Name", NULL, name);
	return true;
}

const struct action verb_lifecycle_put = {
	.name = "lifecycle put",
	.brief = "say what is copied when, and which copies are kept",
	.about = "Makes a lifecycle policy of the account (--account), or "
		 "replaces the one of that name. The document is Data "
		 "Lifecycle Manager's: tags say which volumes (or, for images, "
		 "instances) it is about, schedules when each gets a snapshot "
		 "(an image) and which of these are kept; Daily, Weekly and "
		 "Monthly in a RetainRule keep the latest of the last so many "
		 "days, weeks and months. Every member is checked. 'qami serve' "
		 "runs policies when they are due; 'qami lifecycle run' does "
		 "so from cron. Nothing is made for what was due before.",
	.params = (const struct param[]) {
		{ "Name", PARAM_STRING, PARAM_POSITIONAL | PARAM_REQUIRED, NULL,
		  "what it is called: 1 to 60 of A-Za-z0-9._-" },
		{ "Document", PARAM_FILE, PARAM_POSITIONAL | PARAM_REQUIRED,
		  NULL, "the policy, JSON" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INVALID_PARAMETER, FAULT_NONE },
	.example = "qami lifecycle put nightly nightly.json",
	.local = true,
	.run = run,
};
