/* waiter.c - the AWS CLI's waiters: aws ec2 wait instance-running …
 *
 * What is asked and what its answer means are botocore's for EC2, for the
 * actions that there are. Looking costs milliseconds here, so it is done twice
 * a second instead of every 15, for as long in all. (KeyPairExists asks there
 * that all of a boolean be true, which nothing is; here it is as was meant.)
 */
#include "launcher/cli/waiter.h"

#include <string.h>
#include <unistd.h>

#include "launcher/cli/cli.h"
#include "launcher/cli/query.h"
#include "launcher/cli/render.h"
#include "launcher/cli/terminal.h"

#define LOOK_USEC (USEC_PER_SEC / 2)
#define MEANINGS 6

enum meaning { NOTHING, REACHED, FAILED, AGAIN };
enum matcher { PATH, PATH_ALL, PATH_ANY, FAULT_CODE };

struct waiter {
	const char *name;
	const char *action;
	unsigned seconds;
	struct {
		enum meaning meaning;
		enum matcher matcher;
		const char *expected;
		const char *argument; /* JMESPath; NULL for an error's code */
	} means[MEANINGS];	      /* the first that matches counts */
};

static const struct waiter waiters[] = {
	{ "BundleTaskComplete", "DescribeBundleTasks", 600, {
		{ REACHED, PATH_ALL, "complete", "BundleTasks[].State" },
		{ FAILED, PATH_ANY, "failed", "BundleTasks[].State" },
	} },
	{ "ConsoleOutputAvailable", "GetConsoleOutput", 600, {
		{ REACHED, PATH, "True", "length(Output || '') > `0`" },
	} },
	{ "ImageAvailable", "DescribeImages", 600, {
		{ REACHED, PATH_ALL, "available", "Images[].State" },
		{ FAILED, PATH_ANY, "failed", "Images[].State" },
	} },
	{ "ImageExists", "DescribeImages", 600, {
		{ REACHED, PATH, "True", "length(Images[]) > `0`" },
		{ AGAIN, FAULT_CODE, "InvalidAMIID.NotFound", NULL },
	} },
	{ "InstanceExists", "DescribeInstances", 200, {
		{ REACHED, PATH, "True", "length(Reservations[]) > `0`" },
		{ AGAIN, FAULT_CODE, "InvalidInstanceID.NotFound", NULL },
	} },
	{ "InstanceRunning", "DescribeInstances", 600, {
		{ REACHED, PATH_ALL, "running",
		  "Reservations[].Instances[].State.Name" },
		{ FAILED, PATH_ANY, "shutting-down",
		  "Reservations[].Instances[].State.Name" },
		{ FAILED, PATH_ANY, "terminated",
		  "Reservations[].Instances[].State.Name" },
		{ FAILED, PATH_ANY, "stopping",
		  "Reservations[].Instances[].State.Name" },
		{ AGAIN, FAULT_CODE, "InvalidInstanceID.NotFound", NULL },
	} },
	{ "InstanceStatusOk", "DescribeInstanceStatus", 600, {
		{ REACHED, PATH_ALL, "ok",
		  "InstanceStatuses[].InstanceStatus.Status" },
		{ AGAIN, FAULT_CODE, "InvalidInstanceID.NotFound", NULL },
	} },
	{ "InstanceStopped", "DescribeInstances", 600, {
		{ REACHED, PATH_ALL, "stopped",
		  "Reservations[].Instances[].State.Name" },
		{ FAILED, PATH_ANY, "pending",
		  "Reservations[].Instances[].State.Name" },
		{ FAILED, PATH_ANY, "terminated",
		  "Reservations[].Instances[].State.Name" },
	} },
	{ "InstanceTerminated", "DescribeInstances", 600, {
		{ REACHED, PATH_ALL, "terminated",
		  "Reservations[].Instances[].State.Name" },
		{ FAILED, PATH_ANY, "pending",
		  "Reservations[].Instances[].State.Name" },
		{ FAILED, PATH_ANY, "stopping",
		  "Reservations[].Instances[].State.Name" },
	} },
	{ "KeyPairExists", "DescribeKeyPairs", 30, {
		{ REACHED, PATH, "True",
		  "length(KeyPairs[].KeyName) > `0`" },
		{ AGAIN, FAULT_CODE, "InvalidKeyPair.NotFound", NULL },
	} },
	{ "NetworkInterfaceAvailable", "DescribeNetworkInterfaces", 200, {
		{ REACHED, PATH_ALL, "available",
		  "NetworkInterfaces[].Status" },
		{ FAILED, FAULT_CODE, "InvalidNetworkInterfaceID.NotFound",
		  NULL },
	} },
	{ "PasswordDataAvailable", "GetPasswordData", 600, {
		{ REACHED, PATH, "True", "length(PasswordData) > `0`" },
	} },
	{ "SnapshotCompleted", "DescribeSnapshots", 600, {
		{ REACHED, PATH_ALL, "completed", "Snapshots[].State" },
	} },
	{ "SubnetAvailable", "DescribeSubnets", 600, {
		{ REACHED, PATH_ALL, "available", "Subnets[].State" },
	} },
	{ "SystemStatusOk", "DescribeInstanceStatus", 600, {
		{ REACHED, PATH_ALL, "ok",
		  "InstanceStatuses[].SystemStatus.Status" },
	} },
	{ "VolumeAvailable", "DescribeVolumes", 600, {
		{ REACHED, PATH_ALL, "available", "Volumes[].State" },
		{ FAILED, PATH_ANY, "deleted", "Volumes[].State" },
	} },
	{ "VolumeDeleted", "DescribeVolumes", 600, {
		{ REACHED, PATH_ALL, "deleted", "Volumes[].State" },
		{ REACHED, FAULT_CODE, "InvalidVolume.NotFound", NULL },
	} },
	{ "VolumeInUse", "DescribeVolumes", 600, {
		{ REACHED, PATH_ALL, "in-use", "Volumes[].State" },
		{ FAILED, PATH_ANY, "deleted", "Volumes[].State" },
	} },
	{ "VpcAvailable", "DescribeVpcs", 600, {
		{ REACHED, PATH_ALL, "available", "Vpcs[].State" },
	} },
};

const struct waiter *waiter_find(const char *const *words,
				 const struct action **ret_action,
				 size_t *ret_words)
{
	size_t at = words[0] && strcmp(words[0], "ec2") == 0;
	char name[NAME_SIZE];

	if (!words[at] || strcmp(words[at], "wait") != 0 || !words[at + 1])
		return NULL;
	for (size_t i = 0; i < sizeof(waiters) / sizeof(waiters[0]); i++) {
		name_to_kebab(waiters[i].name, name);
		if (strcmp(name, words[at + 1]) != 0)
			continue;
		*ret_action = action_find_in("ec2", waiters[i].action);
		*ret_words = at + 2;
		return *ret_action ? &waiters[i] : NULL;
	}
	return NULL;
}

static bool is(const struct node *node, const char *expected)
{
	char buffer[SCALAR_SIZE];

	return node_scalar(node) &&
	       strcmp(node_text(node, buffer), expected) == 0;
}

/* An empty list has reached nothing. */
static bool matches(const struct node *value, enum matcher matcher,
		    const char *expected)
{
	const struct node *child;

	if (matcher == PATH)
		return is(value, expected);
	if (value->type != NODE_LIST)
		return false;
	for (child = node_first(value); child; child = node_next(child))
		if (is(child, expected) == (matcher == PATH_ANY))
			return matcher == PATH_ANY;
	return matcher == PATH_ALL && node_first(value);
}

static int give_up(const struct waiter *waiter, const char *why)
{
	fprintf(stderr, "\nWaiter %s failed: %s\n", waiter->name, why);
	return EXIT_GENERAL;
}

static int conclude(const struct waiter *waiter, size_t which)
{
	const char *argument = waiter->means[which].argument;
	const char *expected = waiter->means[which].expected;
	char why[256];

	if (waiter->means[which].meaning != FAILED)
		return waiter->means[which].meaning == REACHED ? 0 :
								 WAITER_AGAIN;
	if (!argument)
		snprintf(why, sizeof(why),
			 "Waiter encountered a terminal failure state: Matched "
			 "expected service error code: %s",
			 expected);
	else
		snprintf(why, sizeof(why),
			 "Waiter encountered a terminal failure state: For "
			 "expression \"%s\" we matched expected path: \"%s\" "
			 "at least once",
			 argument, expected);
	return give_up(waiter, why);
}

int waiter_look(const struct waiter *waiter, struct reply *reply,
		const struct error *err)
{
	const char *code = fault_code(err->fault);

	for (size_t i = 0; i < MEANINGS && waiter->means[i].meaning; i++) {
		const char *argument = waiter->means[i].argument;
		const char *expected = waiter->means[i].expected;
		struct error ignored = { 0 };
		const struct node *value;

		if (reply && argument &&
		    query_run(argument, reply, &value, &ignored) &&
		    matches(value, waiter->means[i].matcher, expected))
			return conclude(waiter, i);
		if (!reply && !argument && strcmp(code, expected) == 0)
			return conclude(waiter, i);
	}
	if (reply)
		return WAITER_AGAIN;
	fprintf(stderr,
		"\nWaiter %s failed: An error occurred (%s): ", waiter->name,
		code);
	terminal_text(err->text, stderr);
	fputc('\n', stderr);
	return EXIT_GENERAL;
}

bool waiter_sleep(const struct waiter *waiter, usec_t start)
{
	if (clock_monotonic() > start + waiter->seconds * USEC_PER_SEC) {
		give_up(waiter, "Max attempts exceeded");
		return false;
	}
	usleep(LOOK_USEC);
	return true;
}
