/* tier.c - what others do to a snapshot while its temporary restore ends, and
 * what is done about an archive whose disk is not mounted
 */
#include "images/tier.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include "images/archive.h"
#include "images/registry/image.h"
#include "tests/images/testing.h"

#define OBJECT "arc-00000000000000001"
#define IMAGE "ami-00000000000000001"
#define SNAPSHOT "snap-00000000000000001"

static const struct archive_object *object_in(const char *place)
{
	static struct archive_object object;

	object = (struct archive_object){
		.id = OBJECT,
		.place = place,
		.account = ACCOUNT,
		.size = (int64_t)GIB,
		.bytes = 1,
		.full = 1,
		.created = 1,
	};
	return &object;
}

/* A snapshot that has been restored for some days, which are over. */
static void restored(void)
{
	char layer[LAYER_NAME_SIZE];
	const struct snapshot_tier tier = {
		.snapshot = SNAPSHOT,
		.status = "temporary-restore-completed",
		.object = OBJECT,
		.progress = 100,
		.days = 1,
		.started = 1,
		.archived = 1,
		.expires = 2,
	};

	make_layer(layer, NULL, SNAPSHOT, "0", 7);
	good(archive_object_insert(call.store->db, object_in(""), &err));
	good(snapshot_tier_set(call.store->db, &tier, &err));
}

static const char *tier_of(struct arena *arena)
{
	struct snapshot_tier tier;
	bool found;

	good(snapshot_tier_get(call.store->db, SNAPSHOT, arena, &tier, &found,
			       &err));
	check(found);
	return tier.tier;
}

static void open_store(void)
{
	good(store_open(in_dir("store"), NULL, &call.store, &err));
}

/* Somebody's image of it is written by a transaction that began before the
 * one that archives it, and ends when that waits already. */
static void register_meanwhile(int ready)
{
	const struct image image = {
		.id = IMAGE,
		.owner = ACCOUNT,
		.name = "web",
		.description = "",
		.kind = "machine",
		.architecture = "x86_64",
		.state = "available",
		.location = "",
		.root_device_name = "/dev/sda1",
		.root_device_type = "ebs",
		.created = 1,
	};
	const struct mapping mapping = {
		.device = "/dev/sda1",
		.snapshot = SNAPSHOT,
		.size = 1,
		.type = "gp3",
	};
	auto_tx tx = TX_INIT;

	open_store();
	good(tx_begin(&tx, call.store->db, &err));
	check(write(ready, "", 1) == 1);
	usleep(300000);
	good(image_insert(call.store->db, &image, &err));
	good(image_mapping_insert(call.store->db, IMAGE, 0, &mapping, &err));
	good(tx_commit(&tx, &err));
	store_close(call.store);
}

/* An image keeps what it stands on from going back, also one that is written
 * between the look for what is over and the turn of each. */
static void expire(void)
{
	auto_of(arena) arena = arena_new();
	int ready[2], status;
	pid_t pid;
	char byte;

	check(pipe(ready) == 0);
	store_close(call.store);
	pid = fork();
	if (pid == 0) {
		register_meanwhile(ready[1]);
		_exit(0);
	}
	check(pid > 0 && read(ready[0], &byte, 1) == 1);
	open_store();
	good(tier_expire(&call, &err));
	check(waitpid(pid, &status, 0) == pid && status == 0);
	check(strcmp(tier_of(arena), "standard") == 0);
	good(image_set_state(call.store->db, IMAGE, "deregistered", &err));
	good(tier_expire(&call, &err));
	check(strcmp(tier_of(arena), "archive") == 0);
	close(ready[0]);
	close(ready[1]);
}

/* Puts an object with one byte in it. */
static void put(const struct archive_object *object)
{
	auto_close int fd = -1;

	good(archive_draft(&call, object, &fd, &err));
	check(write(fd, "x", 1) == 1);
	good(archive_put(&call, object, fd, &err));
}

static void unavailable(bool ok)
{
	check(!ok && err.fault == FAULT_UNAVAILABLE);
	error_clear(&err);
}

/* Nothing can be said of an object while its place is away. */
static void is_away(const struct archive_object *object)
{
	uint64_t bytes;
	bool there;
	int fd;

	unavailable(archive_look(&call, object, &there, &bytes, &err));
	unavailable(archive_open(&call, object, &fd, &err));
	unavailable(archive_remove(&call, object, &err));
}

/* A directory that is not mounted is no directory without objects. */
static void mounts(void)
{
	const char *place = in_dir("cheap"), *away = in_dir("away");
	const struct archive_object *object = object_in(place);
	uint64_t bytes;
	bool there;
	int fd;

	check(mkdir(place, 0700) == 0);
	put(object);
	check(rename(place, away) == 0);
	is_away(object);
	check(mkdir(place, 0700) == 0);
	is_away(object);
	check(rmdir(place) == 0 && rename(away, place) == 0);
	good(archive_look(&call, object, &there, &bytes, &err));
	check(there && bytes == 1);
	good(archive_remove(&call, object, &err));
	/* the last one has gone, and that is known */
	good(archive_look(&call, object, &there, &bytes, &err));
	check(!there);
	check(!archive_open(&call, object, &fd, &err) &&
	      err.fault == FAULT_KEY_NOT_FOUND);
	error_clear(&err);
	good(archive_remove(&call, object, &err));
}

int main(void)
{
	store_new();
	restored();
	expire();
	mounts();
	store_close(call.store);
	return 0;
}
