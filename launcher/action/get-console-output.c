/* get-console-output.c - what a machine's serial console has printed
 *
 * EC2 answers with the last 64 KiB; `qami logs` has more. On the wire
 * they are in base64, which every SDK takes off: so does the command line.
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "images/base/digest.h"
#include "images/base/file.h"
#include "launcher/action/action.h"
#include "launcher/instance/machine.h"

#define MOST 65536

/* Reads the end of the log; one that is not there is empty. */
static bool read_end(const char *path, struct buf *ret_text, usec_t *ret_time,
		     struct error *err)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	if (fd < 0)
		return true;
	if (fstat(fd, &st) != 0 ||
	    (st.st_size > MOST && lseek(fd, st.st_size - MOST, SEEK_SET) < 0))
		return fail_errno(err, "cannot read %s", path);
	*ret_time = st.st_mtim.tv_sec * USEC_PER_SEC;
	return file_read_fd(fd, path, 2 * MOST, ret_text, err);
}

/* A NUL from a guest must not end the text for people. */
static void drop_nul(struct buf *text)
{
	size_t kept = 0;

	for (size_t i = 0; i < text->size; i++)
		if (text->data[i])
			text->data[kept++] = text->data[i];
	if (kept < text->size)
		text->data[kept] = 0;
	text->size = kept;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *id = args_str(args, "InstanceId", "");
	auto_free char *path = machine_log_path(call, id);
	auto_free char *encoded = NULL;
	auto_buf text = BUF_INIT;
	struct instance instance;
	usec_t time = call->now;

	if (!arena || !path)
		return fail_memory(err);
	if (!authorise_instance(call, RIGHT_OWN, id, arena, &instance, err) ||
	    !call_dry_run(call, err) || !read_end(path, &text, &time, err))
		return false;
	encoded = base64_encode(buf_text(&text), text.size);
	if (!encoded)
		return fail_memory(err);
	node_str(reply->root, "InstanceId", "instanceId", id);
	node_str(reply->root, NULL, "output", encoded);
	drop_nul(&text);
	node_str(reply->root, "Output", NULL, buf_text(&text));
	node_time(reply->root, "Timestamp", "timestamp", time);
	return true;
}

const struct action action_get_console_output = {
	.name = "GetConsoleOutput",
	.brief = "show what a machine's console has printed",
	.about = "Answers with the last 64 KiB of the serial console; the "
		 "command line shows them as text. qami logs shows more.",
	.params = (const struct param[]) {
		{ "InstanceId", PARAM_ID, PARAM_REQUIRED, "i",
		  "the instance" },
		{ "Latest", PARAM_BOOLEAN, 0, NULL,
		  "accepted: it always is the latest" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INSTANCE_NOT_FOUND,
		FAULT_NONE },
	.example = "qami get-console-output --instance-id "
		   "i-0123456789abcdef0 --output text",
	.run = run,
};
