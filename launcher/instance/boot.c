/* boot.c - how far a guest has booted */
#include "launcher/instance/boot.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "launcher/instance/console.h"

enum source {
	FROM_CONSOLE,  /* the mark is in a line; '%' is anything between */
	FROM_METADATA, /* … of its metadata's log, of an answered request */
	FROM_PORT,     /* the guest's SSH server said who it is */
};

enum stage {
	STAGE_KERNEL,
	STAGE_INIT,
	STAGE_METADATA,
	STAGE_CLOUD_INIT,
	STAGE_USER_DATA,
	STAGE_KEYS,
	STAGE_PORT,
	STAGE_CLOUD_INIT_END,
	STAGE_READY,
	STAGE_LOGIN,
	STAGE_COUNT,
};
_Static_assert(STAGE_COUNT == BOOT_STAGES, "a guest has other stages");

/* About in the order in which they come. */
static const struct {
	enum source source;
	unsigned towards; /* goals that it is on the way to */
	const char *mark;
	const char *name;
} stages[] = {
	[STAGE_KERNEL] = { FROM_CONSOLE, GOAL_BOOTED | GOAL_SSH,
			   "Linux version", "kernel up" },
	[STAGE_INIT] = { FROM_CONSOLE, 0, "Run /init as init process",
			 "first program started" },
	[STAGE_METADATA] = { FROM_METADATA, 0, "/meta-data/", "metadata read" },
	[STAGE_CLOUD_INIT] = { FROM_CONSOLE, 0, "Cloud-init v.",
			       "cloud-init at work" },
	[STAGE_USER_DATA] = { FROM_CONSOLE, 0, "qami-guest: user-data done",
			      "user data has run" },
	[STAGE_KEYS] = { FROM_CONSOLE, GOAL_SSH, CONSOLE_KEYS_END,
			 "host keys printed" },
	[STAGE_PORT] = { FROM_PORT, GOAL_SSH, NULL, "ssh ready" },
	[STAGE_CLOUD_INIT_END] = { FROM_CONSOLE, 0, "Cloud-init v.% finished",
				   "cloud-init finished" },
	[STAGE_READY] = { FROM_CONSOLE, 0, "qami-guest: ready", "guest ready" },
	[STAGE_LOGIN] = { FROM_CONSOLE, GOAL_BOOTED, "login:", "login prompt" },
};

/* Whether a line contains the mark's parts, which '%' separates, in order. */
static bool has_mark(const char *line, const char *mark)
{
	char part[64];
	size_t size = strcspn(mark, "%");

	snprintf(part, sizeof(part), "%.*s", (int)size, mark);
	line = strstr(line, part);
	return line && (!mark[size] || strstr(line + size, mark + size + 1));
}

/* `who`: whoever did it, or NULL. */
static void pass(struct boot *boot, enum stage stage, const char *who)
{
	char text[160];

	if (boot->passed[stage])
		return;
	boot->any = boot->passed[stage] = true;
	boot->reached = stages[stage].name;
	snprintf(text, sizeof(text), who ? "%s (%.64s)" : "%s",
		 stages[stage].name, who);
	if (stage == STAGE_PORT)
		return;
	/* one that began before the guest could answer may wait for long until
	 * its first packet is sent again */
	banner_again(&boot->banner);
	if (boot->call->stage)
		boot->call->stage(boot->call->watch_data, text);
}

static void console_line(void *data, const char *line, bool whole)
{
	struct boot *boot = data;

	(void)whole;
	for (int i = 0; i < STAGE_COUNT; i++)
		if (stages[i].source == FROM_CONSOLE &&
		    has_mark(line, stages[i].mark))
			pass(boot, i, NULL);
}

/* "TIME METHOD PATH STATUS PROGRAM"; the log may go on from start to start. */
static void metadata_line(void *data, const char *line, bool whole)
{
	struct boot *boot = data;
	const char *program = strstr(line, " 200 ");
	char time[TIME_SIZE];
	usec_t when;

	snprintf(time, sizeof(time), "%.*s", (int)strcspn(line, " "), line);
	if (!whole || !program || !time_parse(time, &when) ||
	    when < boot->since)
		return;
	program += strlen(" 200 ");
	for (int i = 0; i < STAGE_COUNT; i++)
		if (stages[i].source == FROM_METADATA &&
		    has_mark(line, stages[i].mark))
			pass(boot, i,
			     strcmp(program, "-") != 0 ? program : NULL);
}

bool boot_begin(struct boot *boot, struct call *call, const char *id,
		const struct access *access, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct instance instance;

	*boot = (struct boot){
		.call = call,
		.id = id,
		.access = access,
		.console = { .fd = console_open_boot(call, id) },
		.metadata = { .fd = -1 },
		.banner = { .fd = -1 },
		.reached = "machine started",
	};
	/* cloud-init prints them once in an instance's life */
	boot->knows_host = access && access->known_hosts;
	if (boot->console.fd < 0)
		return fail_errno(err, "cannot read the console of %s", id);
	if (!arena)
		return fail_memory(err);
	if (!authorise_instance(call, RIGHT_SEE, id, arena, &instance, err))
		return false;
	boot->since = instance.launched;
	return true;
}

void boot_done(struct boot *boot)
{
	if (boot->console.fd >= 0)
		close(boot->console.fd);
	if (boot->metadata.fd >= 0)
		close(boot->metadata.fd);
	banner_done(&boot->banner);
}

/* The log of requests is there from the first one on. */
static bool look_at_metadata(struct boot *boot, struct error *err)
{
	if (boot->metadata.fd < 0) {
		auto_free char *path = store_path(boot->call->store,
						  "instances/%s/metadata.log",
						  boot->id);

		if (!path)
			return fail_memory(err);
		boot->metadata.fd =
			open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	}
	return boot->metadata.fd < 0 ||
	       lines_read(&boot->metadata, false, metadata_line, boot, err);
}

bool boot_look(struct boot *boot, struct error *err)
{
	const struct access *access = boot->access;

	if (!lines_read(&boot->console, true, console_line, boot, err) ||
	    !look_at_metadata(boot, err))
		return false;
	if (access && !boot->passed[STAGE_PORT] &&
	    banner_look(&boot->banner, access->address, access->port)) {
		banner_done(&boot->banner);
		pass(boot, STAGE_PORT, NULL);
	}
	return true;
}

bool boot_reached(const struct boot *boot, enum goal goal)
{
	const bool *passed = boot->passed;

	if (goal == GOAL_SSH)
		return (passed[STAGE_KEYS] || boot->knows_host) &&
		       passed[STAGE_PORT];
	return passed[STAGE_CLOUD_INIT_END] || passed[STAGE_READY] ||
	       passed[STAGE_LOGIN];
}

const char *boot_missing(const struct boot *boot, enum goal goal)
{
	/* a quiet kernel is not missed when more has come after it */
	for (int i = boot->any ? STAGE_KERNEL + 1 : 0; i < STAGE_COUNT; i++)
		if (stages[i].towards & goal && !boot->passed[i] &&
		    !(i == STAGE_KEYS && boot->knows_host))
			return stages[i].name;
	return NULL;
}
