/* testing.h - stores with layers in them, for the tests of this floor
 *
 * Layers get whole clusters of bytes by qemu-io and rows as the verbs write
 * them, so that a test says in a line what lies where.
 */
#ifndef QAMI_TESTS_IMAGES_TESTING_H
#define QAMI_TESTS_IMAGES_TESTING_H

#include "images/registry/account.h"
#include "images/registry/instance.h"
#include "images/registry/layer.h"
#include "images/registry/snapshot.h"
#include "images/store.h"
#include "tests/images/chain/testing.h"

#define ACCOUNT "123456789012"
#define CLUSTER (64 * 1024ULL)

static struct error err;
__attribute__((unused)) static struct call call = { .account = ACCOUNT,
						    .action = "Test" };

__attribute__((unused)) static void store_new(void)
{
	good(store_open(in_dir("store"), NULL, &call.store, &err));
	good(account_ensure(call.store->db, ACCOUNT, &err));
	call.now = clock_now();
}

/* The row of an instance of the caller's; its id is its UUID and MAC, too. */
__attribute__((unused)) static struct instance instance_row(const char *id,
							    const char *address,
							    const char *state)
{
	return (struct instance){
		.id = id,
		.owner = ACCOUNT,
		.reservation = "r-1",
		.image = "ami-1",
		.type = "t3.micro",
		.state = state,
		.architecture = "x86_64",
		.zone = "us-east-1a",
		.root_device_name = "/dev/sda1",
		.root_device_type = "ebs",
		.boot_mode = "uefi",
		.shutdown_behavior = "stop",
		.uuid = id,
		.mac = id,
		.address = address,
		.uri = "test:///default",
		.accel = "tcg",
		.boot_id = "",
		.network = "user",
		.http_tokens = "optional",
		.hop_limit = 1,
	};
}

/* Writes clusters '0' to '9' and the letters after them ('A' is 17) of a
 * layer, each full of `byte`; before a '-' the next one is made zeros. */
__attribute__((unused)) static void fill(const char *name, const char *clusters,
					 unsigned byte)
{
	const char *argv[160] = { "qemu-io", "-f", "qcow2" };
	auto_free char *path = layer_path(call.store->chain, name);
	size_t words = 3;
	bool zero = false;
	struct stat st;

	for (const char *c = clusters; *c; c++) {
		unsigned at = (unsigned)(*c - '0') * 64;

		if (*c == '-') {
			zero = true;
			continue;
		}
		argv[words++] = "-c";
		argv[words++] = keep(
			zero ? format_text("write -z -u %uk 64k", at) :
			       format_text("write -P %u %uk 64k", byte, at));
		zero = false;
	}
	argv[words] = path;
	if (words == 3)
		return;
	/* who is not root cannot write what is frozen */
	check(stat(path, &st) == 0);
	writable(path);
	run_argv(argv);
	check(chmod(path, st.st_mode & 07777) == 0);
}

/* The row of a snapshot of a layer. */
__attribute__((unused)) static void name_snapshot(const char *id,
						  const char *layer)
{
	const struct snapshot snapshot = {
		.id = id,
		.owner = ACCOUNT,
		.layer = layer,
		.volume = "vol-ffffffff",
		.size = 1,
		.description = "",
		.state = "completed",
		.created = 1,
	};

	good(snapshot_insert(call.store->db, &snapshot, &err));
}

/* A frozen layer of 1 GiB over another one (NULL: a bottom), named by a
 * snapshot of that id unless it is NULL. */
__attribute__((unused)) static void make_layer(char name[LAYER_NAME_SIZE],
					       const char *parent,
					       const char *snapshot,
					       const char *clusters,
					       unsigned byte)
{
	struct layer_ref below = { parent, LAYER_QCOW2 };
	struct layer row = { NULL, "qcow2", parent, (int64_t)GIB, "frozen" };

	layer_name_new(LAYER_QCOW2, name);
	row.name = name;
	good(layer_create(call.store->chain, name, parent ? &below : NULL, GIB,
			  &err));
	fill(name, clusters, byte);
	good(layer_freeze(call.store->chain, name, &err));
	good(layer_insert(call.store->db, &row, &err));
	if (snapshot)
		name_snapshot(snapshot, name);
}

#endif
