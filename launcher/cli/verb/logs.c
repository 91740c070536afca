/* logs.c - what a machine's console has printed */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "images/authorise.h"
#include "images/base/file.h"
#include "launcher/action/action.h"
#include "launcher/cli/progress.h"
#include "launcher/instance/machine.h"
#include "launcher/instance/reconcile.h"

#define LOOK_USEC 200000

/* Where the middle of a long log was. */
static bool say_gone(off_t bytes, struct error *err)
{
	char size[SIZE_TEXT_SIZE], text[SIZE_TEXT_SIZE + 32];

	size_text((uint64_t)bytes, size);
	snprintf(text, sizeof(text), "\n[%s are gone]\n", size);
	return write_all(STDOUT_FILENO, text, strlen(text), "stdout", err);
}

/* Copies what is there; false when stdout is gone or the log unreadable. */
static bool copy(int fd, struct error *err)
{
	off_t at = lseek(fd, 0, SEEK_CUR), gone;
	char data[65536];
	ssize_t got;

	while ((got = file_read_data(fd, data, sizeof(data))) > 0) {
		gone = lseek(fd, 0, SEEK_CUR) - got - at;
		at += gone + got;
		if ((gone && !say_gone(gone, err)) ||
		    !write_all(STDOUT_FILENO, data, (size_t)got, "stdout", err))
			return false;
	}
	return got == 0 || fail_errno(err, "cannot read the console log");
}

static bool runs(struct call *call, const char *id, bool *ret_runs,
		 struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct instance instance;

	if (!arena)
		return fail_memory(err);
	if (!reconcile(call, err) ||
	    !authorise_instance(call, RIGHT_OWN, id, arena, &instance, err))
		return false;
	*ret_runs = strcmp(instance.state, "terminated") != 0;
	return true;
}

static int logs(struct call *call, const struct args *args, struct error *err)
{
	const char *id = args_str(args, "Instance", "");
	bool follow = args_bool(args, "Follow", false);
	auto_free char *path = machine_log_path(call, id);
	auto_close int fd = -1;
	unsigned looks = 0;
	bool running;

	if (!path) {
		fail_memory(err);
		return -1;
	}
	if (!runs(call, id, &running, err))
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		fail_errno(err, "cannot read the console log of %s", id);
		return -1;
	}
	if (!copy(fd, err))
		return -1;
	while (follow && running) {
		usleep(LOOK_USEC);
		/* whether it still is there is worth a look now and then */
		if (++looks % 10 == 0 && !runs(call, id, &running, err))
			return -1;
		if (!copy(fd, err))
			return -1;
	}
	return 0;
}

const struct action verb_logs = {
	.name = "logs",
	.brief = "show what a machine's console has printed",
	.about = "Prints the console log, from the first start on; of a long "
		 "one the first MiB and the last ones, with a line in "
		 "between that says what is gone. With --follow it goes on "
		 "until the instance is terminated.",
	.params = (const struct param[]) {
		{ "Instance", PARAM_ID,
		  PARAM_POSITIONAL | PARAM_REQUIRED | PARAM_NAMED, "i",
		  "instance: id, name or beginning of an id" },
		{ "Follow", PARAM_BOOLEAN, 0, NULL, "what comes, too", NULL,
		  NULL, 'f' },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INSTANCE_NOT_FOUND,
		FAULT_NONE },
	.example = "qami logs -f web1",
	.local = true,
	.main = logs,
};
