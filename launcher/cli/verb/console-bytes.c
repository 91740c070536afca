/* console-bytes.c - some bytes of a console's log, for who may not open it */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "images/authorise.h"
#include "images/base/file.h"
#include "launcher/action/action.h"
#include "launcher/instance/machine.h"
#include "launcher/instance/reconcile.h"

#define SOME ((size_t)256 << 10)

/* What is there from an offset on, as far as the next hole; `Offset` is where
 * it ends. */
static bool answer_bytes(const char *path, const char *id, off_t from,
			 struct reply *reply, struct error *err)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	auto_free char *data = malloc(SOME);
	ssize_t got;

	if (!data)
		return fail_memory(err);
	if (fd < 0 || lseek(fd, from, SEEK_SET) < 0)
		return fail_errno(err, "cannot read the console log of %s", id);
	got = file_read_data(fd, data, SOME);
	if (got < 0)
		return fail_errno(err, "cannot read the console log of %s", id);
	node_int(reply->root, "Offset", NULL,
		 got ? lseek(fd, 0, SEEK_CUR) : from);
	reply_body(reply, data, (size_t)got);
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	const char *id = args_str(args, "Instance", "");
	int64_t from = args_int(args, "Offset", 0);
	auto_free char *path = machine_log_path(call, id);
	auto_of(arena) arena = arena_new();
	struct instance instance;

	if (!arena || !path)
		return fail_memory(err);
	if (from < 0)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "an offset is no less than 0");
	if (args_bool(args, "Look", false) && !reconcile(call, err))
		return false;
	if (!authorise_instance(call, RIGHT_OWN, id, arena, &instance, err))
		return false;
	node_str(reply->root, "InstanceId", NULL, id);
	node_bool(reply->root, "Lives", NULL,
		  strcmp(instance.state, "terminated") != 0);
	return answer_bytes(path, id, from, reply, err);
}

const struct action verb_console_bytes = {
	.name = "console-bytes",
	.brief = "tell some bytes of a console's log",
	.about = "For logs, which asks this of a store that may be another "
		 "user's: what the machine has printed from an offset on, at "
		 "most 256 KiB, and where that ends.",
	.params = (const struct param[]) {
		{ "Instance", PARAM_ID,
		  PARAM_POSITIONAL | PARAM_REQUIRED | PARAM_NAMED, "i",
		  "instance: id, name or beginning of an id" },
		{ "Offset", PARAM_INTEGER, 0, NULL, "where to begin" },
		{ "Look", PARAM_BOOLEAN, 0, NULL,
		  "find out first whether its machine still runs" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INSTANCE_NOT_FOUND,
		FAULT_NONE },
	.example = "qami console-bytes web1",
	.local = true,
	.travels = true,
	.run = run,
};
