/* run.c - launch one machine and say what happens */
#include <stdio.h>

#include "images/base/digest.h"
#include "images/keypair.h"
#include "launcher/action/action.h"
#include "launcher/action/mapping.h"
#include "launcher/action/query.h"
#include "launcher/cli/ownkey.h"
#include "launcher/cli/session.h"
#include "launcher/cli/tail.h"
#include "launcher/cli/talk.h"
#include "launcher/cli/terminal.h"
#include "launcher/instance/job.h"
#include "launcher/instance/launch.h"
#include "launcher/instance/wait.h"

#define WAIT_SECONDS 600

static bool find_id(void *data, const struct instance *instance,
		    struct error *err)
{
	char *id = data;

	(void)err;
	snprintf(id, ID_SIZE, "%s", instance->id);
	return true;
}

/* The one instance of a reservation. */
static bool instance_of(struct call *call, const char *reservation,
			char ret_id[ID_SIZE], struct error *err)
{
	struct filter filter = { "reservation-id", &reservation, 1 };
	struct query query = {
		.account = call->account,
		.filters = &filter,
		.filter_count = 1,
	};

	return instance_list(call->store->db, &query, find_id, ret_id, err);
}

static bool read_user_data(const struct args *args, struct launch *launch,
			   void **ret_data, struct error *err)
{
	const char *text = args_str(args, "UserData", NULL);

	if (!text)
		return true;
	*ret_data = base64_decode(text, &launch->user_data_size);
	launch->user_data = *ret_data;
	return *ret_data || fail_memory(err);
}

/* Who wants to go in and has no key is given one; *ret_key is its public half,
 * the caller's. */
static bool make_key(char **ret_key, struct error *err)
{
	auto_free char *path = NULL;

	if (!own_key_make(ret_key, &path, err))
		return false;
	fputs("qami run: made you a key to log in with: ", stderr);
	terminal_text(path, stderr);
	fputc('\n', stderr);
	return true;
}

/* The pair that was asked for, "" being none; else the caller's own, if there
 * is one by that name or a key to make it of. */
static bool choose_key(struct call *call, const struct args *args,
		       struct arena *arena, const char **ret_name,
		       struct error *err)
{
	const char *name = args_str(args, "KeyName", NULL);
	struct key_pair pair;
	bool fresh;

	if (name) {
		*ret_name = *name ? name : NULL;
		return true;
	}
	if (keypair_for_launch(call, KEY_PAIR_OWN, arena, &pair, &fresh, err)) {
		*ret_name = KEY_PAIR_OWN;
		return true;
	}
	if (err->fault != FAULT_KEY_PAIR_NOT_FOUND)
		return false;
	error_clear(err);
	return true;
}

/* Who goes in by a key pair that is neither there nor to be had of a key of his
 * own is given one. */
static bool provide_key(struct visit *visit, const struct args *args,
			char **ret_made, struct error *err)
{
	struct reply reply = { 0 };
	bool there;

	if (!args_bool(args, "Ssh", false) || visit->own_key ||
	    args_str(args, "KeyName", NULL))
		return true;
	there = visit_ask(visit, "describe-key-pairs",
			  json_pack("{s:[s]}", "KeyNames", KEY_PAIR_OWN),
			  &reply, err);
	reply_done(&reply);
	if (there || err->fault != FAULT_KEY_PAIR_NOT_FOUND)
		return there;
	error_clear(err);
	if (!make_key(ret_made, err))
		return false;
	visit->own_key = *ret_made;
	return true;
}

static bool check_session(const struct args *args, struct error *err)
{
	bool ssh = args_bool(args, "Ssh", false);
	bool console = args_bool(args, "Console", false);

	if (ssh && console)
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "either --ssh or --console");
	if (args_bool(args, "Rm", false) && !ssh && !console)
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "--rm ends with a session: it needs --ssh or "
			    "--console");
	if (args_has(args, "Command") && !ssh)
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "a command needs --ssh, before it");
	return true;
}

/* What the launch begins with. Whether there is such an image is for the
 * launch to say, which needs none when it was asked for before. */
static void say_image(struct call *call, const char *id)
{
	auto_of(arena) arena = arena_new();
	struct error ignored = { 0 };
	const struct mapping *mappings;
	struct image image;
	char text[256], size[32] = "";
	size_t count;

	if (!call->stage || !arena ||
	    !authorise_image(call, RIGHT_SEE, id, arena, &image, &ignored) ||
	    !image_mappings(call->store->db, id, arena, &mappings, &count,
			    &ignored))
		return;
	if (count && mappings[0].size)
		snprintf(size, sizeof(size), " (%lld GiB)",
			 (long long)mappings[0].size);
	snprintf(text, sizeof(text), "image %s %.128s%s", id, image.name, size);
	call->stage(call->watch_data, text);
}

static bool await_boot(struct call *call, const struct args *args,
		       const char *id, struct error *err)
{
	unsigned seconds = (unsigned)args_int(args, "Timeout", WAIT_SECONDS);

	if (!args_bool(args, "Wait", false) ||
	    wait_boot(call, id, GOAL_BOOTED, seconds, err))
		return true;
	if (err->fault == FAULT_WAITER)
		tail_console(call, id);
	return false;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct pair name = { "Name", args_str(args, "Name", "") };
	struct launch launch = {
		.image = args_str(args, "Image", ""),
		.least = 1,
		.most = 1,
		.type = args_str(args, "Type", NULL),
		.shutdown_behavior = args_str(args, "ShutdownBehavior", NULL),
		.instance_tags = &name,
		.instance_tag_count = args_has(args, "Name"),
	};
	auto_free void *user_data = NULL;
	char reservation[ID_SIZE], id[ID_SIZE];

	if (!arena)
		return fail_memory(err);
	if (!id_valid(launch.image, "ami"))
		return fail(err, FAULT_IMAGE_NOT_FOUND,
			    "no image is called '%.64s' (see: qami images)",
			    launch.image);
	if (!args_mappings(args_get(args, "BlockDeviceMappings"), arena,
			   &launch.mappings, &launch.mapping_count, err) ||
	    !choose_key(call, args, arena, &launch.key_name, err) ||
	    !read_user_data(args, &launch, &user_data, err))
		return false;
	say_image(call, launch.image);
	if (!launch_instances(call, &launch, reservation, err) ||
	    !instance_of(call, reservation, id, err))
		return false;
	node_str(reply->root, "InstanceId", "instanceId", id);
	reply->raw_text = true;
	return await_boot(call, args, id, err);
}

/* Launches the machine, as without a session. */
static bool launch_for(struct visit *visit, const struct args *args,
		       char ret_id[ID_SIZE], struct error *err)
{
	static const char *const ours[] = { "Command", "Ssh", "Console", "Rm",
					    "Wait" };
	json_t *params = json_copy(args->root);
	struct reply reply = { 0 };
	bool done;

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		json_object_del(params, ours[i]);
	done = visit_ask(visit, "run", params, &reply, err);
	if (done)
		snprintf(ret_id, ID_SIZE, "%s",
			 visit_text(reply.root, "InstanceId", ""));
	reply_done(&reply);
	return done;
}

/* Launches a machine and goes in. What is to be done meanwhile is not left
 * until it is left. */
static int go_in(struct visit *visit, const struct args *args,
		 struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_free char *made_key = NULL;
	char id[ID_SIZE];
	struct session session = {
		.id = id,
		.console = args_bool(args, "Console", false),
		.remove = args_bool(args, "Rm", false),
		.seconds = (unsigned)args_int(args, "Timeout", WAIT_SECONDS),
	};
	int code;

	if (!arena) {
		fail_memory(err);
		return -1;
	}
	if (!check_session(args, err) ||
	    (session.console && !talk_allowed(visit, err)) ||
	    !args_texts(args_get(args, "Command"), arena, &session.command,
			&session.command_count, err) ||
	    !provide_key(visit, args, &made_key, err))
		return -1;
	if (session.remove)
		session_catch();
	return launch_for(visit, args, id, err) &&
			       (!visit->call || job_spawn(visit->call, err)) &&
			       session_hold(visit, &session, &code, err) ?
		       code :
		       -1;
}

const struct action verb_run = {
	.name = "run",
	.brief = "launch an instance",
	.about = "Launches one machine and prints its id. The public key in "
		 "your ~/.ssh goes into the guest. With --wait it says "
		 "how far the guest has booted and returns when it has. With "
		 "--ssh it goes in as soon as it can, or runs what follows "
		 "there as qami ssh does, and returns its exit code; who has "
		 "no key is given one. With --console it shows the serial "
		 "console from the first byte; Ctrl-] leaves. Then no id is "
		 "printed. When the time is up the console's last lines are "
		 "shown, 255 is returned and the machine left running, also "
		 "with --rm.",
	.params = (const struct param[]) {
		{ "Image", PARAM_ID,
		  PARAM_POSITIONAL | PARAM_REQUIRED | PARAM_NAMED, "ami",
		  "image: id, name or beginning of an id" },
		{ "Name", PARAM_STRING, 0, NULL, "the instance's Name tag",
		  NULL, NULL, 'n' },
		{ "UserData", PARAM_BLOB, PARAM_TEXT_BLOB | PARAM_SECRET, NULL,
		  "text, or file://PATH" },
		{ "KeyName", PARAM_STRING, PARAM_EMPTY, NULL,
		  "key pair; if not given the pair \"default\", which your own "
		  "public key becomes, \"\": none" },
		{ "Type", PARAM_STRING, 0, NULL, "instance type", NULL, NULL,
		  't' },
		PARAMS_MAPPINGS,
		{ "ShutdownBehavior", PARAM_STRING, 0, "stop|terminate",
		  "what the guest's own power-off means" },
		{ "Command", PARAM_STRING,
		  PARAM_POSITIONAL | PARAM_LIST | PARAM_REST | PARAM_EMPTY |
			  PARAM_HERE,
		  NULL, "with --ssh: what to run there; a shell if not given" },
		{ "Wait", PARAM_BOOLEAN, 0, NULL,
		  "until the guest has booted", NULL, NULL, 'w' },
		{ "Ssh", PARAM_BOOLEAN, PARAM_HERE, NULL,
		  "log in when the guest is ready" },
		{ "Console", PARAM_BOOLEAN, PARAM_HERE, NULL,
		  "connect the terminal to its console" },
		{ "Rm", PARAM_BOOLEAN, PARAM_HERE, NULL,
		  "terminate it when that session ends or is interrupted" },
		{ "Timeout", PARAM_INTEGER, 0, NULL,
		  "seconds to wait, 600 if not given" },
		PARAMS_CLIENT_TOKEN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_IMAGE_NOT_FOUND, FAULT_IMAGE_UNAVAILABLE,
		FAULT_KEY_PAIR_NOT_FOUND,
		FAULT_BLOCK_DEVICE_MAPPING, FAULT_INSTANCE_CAPACITY,
		FAULT_VOLUME_CAPACITY, FAULT_PARAMETER_COMBINATION,
		FAULT_WAITER, FAULT_NONE },
	.example = "qami run debian12 --name web1 --ssh",
	.local = true,
	.travels = true,
	.waits = true,
	.machines = true,
	.run = run,
	.visit = go_in,
};
