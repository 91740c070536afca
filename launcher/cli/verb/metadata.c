/* metadata.c - what a guest finds at 169.254.169.254, answered on a socket
 *
 * Started beside a machine it is given its sockets as systemd gives them
 * (LISTEN_FDS): the listener and, if there is a second one, the lifeline.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "images/authorise.h"
#include "images/base/file.h"
#include "launcher/action/action.h"
#include "launcher/metadata/metadata.h"

#define GIVEN 3 /* the first descriptor that systemd's protocol gives */
#define NAME "metadata.sock"

/* How many descriptors were given to us and not to a parent of ours. */
static int given(void)
{
	const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");

	return pid && count && strtol(pid, NULL, 10) == getpid() ? atoi(count) :
								   0;
}

/* Whether the name leads to somebody who listens. */
static bool is_served(const struct sockaddr_un *address)
{
	auto_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd >= 0 && connect(fd, (const struct sockaddr *)address,
				  sizeof(*address)) == 0;
}

/* Makes the socket where the instance's network looks for it. It is named from
 * within its directory, whose path may be too long for an address. */
static int make_socket(struct call *call, const char *id, struct error *err)
{
	auto_free char *directory =
		store_path(call->store, "instances/%s/net", id);
	struct sockaddr_un address = { .sun_family = AF_UNIX,
				       .sun_path = NAME };
	auto_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (!directory) {
		fail_memory(err);
		return -1;
	}
	if (!dir_make(directory, 0711, err))
		return -1;
	if (fd < 0 || chdir(directory) != 0) {
		fail_errno(err, "cannot make a socket in %s", directory);
		return -1;
	}
	if (is_served(&address)) {
		fail(err, FAULT_INCORRECT_STATE,
		     "%s has its metadata service already", id);
		return -1;
	}
	/* what nobody listens at is left from one who did */
	unlink(NAME);
	umask(077);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    listen(fd, SOMAXCONN) != 0) {
		fail_errno(err, "cannot listen in %s", directory);
		return -1;
	}
	fprintf(stderr, "%s/%s\n", directory, NAME);
	return take_fd(fd);
}

static bool one(struct call *call, const char *id, int count, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct instance instance;
	int listener = GIVEN;

	if (!arena)
		return fail_memory(err);
	if (!authorise_instance(call, RIGHT_OWN, id, arena, &instance, err))
		return false;
	if (!count)
		listener = make_socket(call, id, err);
	return listener >= 0 && metadata_serve(call, id, listener,
					       count > 1 ? GIVEN + 1 : -1, err);
}

static int metadata(struct call *call, const struct args *args,
		    struct error *err)
{
	bool bridge = args_bool(args, "Bridge", false), done;
	const char *id = args_str(args, "Instance", NULL);
	int count = given();

	if (bridge == (id != NULL))
		done = fail(err, FAULT_PARAMETER_COMBINATION,
			    "either an instance, or --bridge for all there");
	else if (!bridge)
		done = one(call, id, count, err);
	else if (count)
		done = metadata_serve_bridge(call, GIVEN, err);
	else
		done = fail(err, FAULT_UNSUPPORTED,
			    "the bridge's socket comes from who starts a "
			    "machine on it");
	return done ? 0 : -1;
}

const struct action verb_metadata = {
	.name = "metadata",
	.brief = "answer what a guest asks its metadata service",
	.about = "Answers as 169.254.169.254 does in the guest: what it is, "
		 "its user data and its public key. Each instance with a "
		 "network of its own has such a process beside it, which "
		 "starts and ends with its machine; nobody else needs to call "
		 "it. By hand it shows what a guest would be told, of an "
		 "instance that has no such process now: it makes the socket "
		 "that it prints, for curl --unix-socket, and answers until it "
		 "is interrupted. It reads the rows of its one instance, "
		 "afresh for each request, and changes none.",
	.params = (const struct param[]) {
		{ "Instance", PARAM_ID,
		  PARAM_POSITIONAL | PARAM_NAMED, "i",
		  "instance: id, name or beginning of an id" },
		{ "Bridge", PARAM_BOOLEAN, 0, NULL,
		  "all instances on the bridge, by their addresses" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INSTANCE_NOT_FOUND,
		FAULT_INCORRECT_STATE, FAULT_PARAMETER_COMBINATION,
		FAULT_UNSUPPORTED, FAULT_NONE },
	.example = "qami metadata web1",
	.local = true,
	.reads = true,
	.main = metadata,
};
