/* fsck.c - each fault is found and named, and repairs only move aside */
#include "images/fsck.h"

#include "images/chain/digests.h"
#include "images/registry/volume.h"
#include "images/tend.h"
#include "images/kmskeys.h"
#include "tests/images/testing.h"

static struct buf found = BUF_INIT;
static char base[LAYER_NAME_SIZE], top[LAYER_NAME_SIZE], head[LAYER_NAME_SIZE];

static void note(void *data, const struct finding *finding)
{
	(void)data;
	buf_printf(&found, "%s: %s%s%s\n", finding->subject, finding->text,
		   finding->repaired ? " (repaired)" : "",
		   finding->note ? " (note)" : "");
}

static struct fsck fsck(bool repair, bool deep, usec_t until)
{
	struct fsck run = {
		.repair = repair,
		.deep = deep,
		.until = until,
		.found = note,
	};

	buf_done(&found);
	found = (struct buf)BUF_INIT;
	good(fsck_run(&call, &run, &err));
	buf_str(&found, "");
	return run;
}

/* One fault about a subject, in these words. */
static void finds(const char *subject, const char *words)
{
	struct fsck run = fsck(false, false, 0);
	auto_free char *line = format_text("%s: %s", subject, words);

	if (run.faults != 1 || !strstr(found.data, line)) {
		fprintf(stderr, "wanted one fault: %s\n%u: %s", line,
			run.faults, found.data);
		check(!"it is found");
	}
}

static void sound(void)
{
	struct fsck run = fsck(false, false, 0);

	if (run.faults)
		fprintf(stderr, "%s", found.data);
	check(run.faults == 0 && !found.data[0]);
}

static char *path_of(const char *name)
{
	return keep(layer_path(call.store->chain, name));
}

/* Runs SQL behind the program's back. */
#define sql(...) \
	run("sqlite3", in_dir("store/qami.db"), keep(format_text(__VA_ARGS__)))

static void make(void)
{
	struct layer_ref below = { top, LAYER_QCOW2 };
	struct layer row = { head, "qcow2", top, (int64_t)GIB, "active" };
	const struct volume volume = {
		.id = "vol-00000000000000001",
		.owner = ACCOUNT,
		.layer = head,
		.snapshot = "",
		.size = 1,
		.type = "gp2",
		.zone = "us-east-1a",
		.state = "available",
		.created = 1,
	};

	make_layer(base, NULL, "snap-00000000000000001", "0123", 1);
	make_layer(top, base, "snap-00000000000000002", "13", 2);
	layer_name_new(LAYER_QCOW2, head);
	good(layer_create(call.store->chain, head, &below, GIB, &err));
	good(layer_insert(call.store->db, &row, &err));
	good(volume_insert(call.store->db, &volume, &err));
}

static void files(void)
{
	char *moved = in_dir("moved");
	struct fsck run;

	check(rename(path_of(base), moved) == 0);
	run = fsck(false, false, 0);
	check(run.faults >= 1 && strstr(found.data, "its file is missing"));
	check(rename(moved, path_of(base)) == 0);
	check(link(path_of(base), moved) == 0);
	finds(base, "it is no file of its own");
	check(unlink(moved) == 0);
	sound();

	make_file(path_of("layer-0123456789abcdef0.qcow2"), "x", 1, 1);
	finds("layer-0123456789abcdef0.qcow2", "no row names this file");
	run = fsck(true, false, 0);
	check(!run.faults && strstr(found.data, "lost+found (repaired)"));
	check(access(in_dir("store/lost+found/layer-0123456789abcdef0.qcow2"),
		     F_OK) == 0);
	make_file(path_of("new-layer-0123456789abcdef0.qcow2"), "x", 1, 1);
	finds("new-layer-0123456789abcdef0.qcow2", "no row names this file");
	check(unlink(path_of("new-layer-0123456789abcdef0.qcow2")) == 0);
	sound();
}

static void modes(void)
{
	struct fsck run;

	check(chmod(path_of(top), 0644) == 0 &&
	      chmod(path_of(head), 0444) == 0);
	run = fsck(false, false, 0);
	check(run.faults == 2);
	check(strstr(found.data, "its mode is 0644, not 0400"));
	check(strstr(found.data, "its mode is 0444, not 0600"));
	check(!fsck(true, false, 0).faults);
	sound();
}

static void headers(void)
{
	struct fsck run;

	run("qemu-img", "rebase", "-u", "-F", "qcow2", "-b", base,
	    path_of(head));
	finds(head, keep(format_text("its file stands on %s, its row on %s",
				     base, top)));
	/* the header is the truth; what it names is below */
	check(!fsck(true, false, 0).faults);
	sound();
	run("qemu-img", "rebase", "-u", "-F", "qcow2", "-b", top,
	    path_of(head));
	run = fsck(true, false, 0);
	check(run.faults == 1); /* that is further up: nobody can tell why */
	sql("UPDATE layer SET parent = (SELECT layer FROM snapshot WHERE id = "
	    "'snap-00000000000000002') WHERE name = '%s'",
	    head);
	sound();
	run("qemu-img", "resize", "-q", "-f", "qcow2", path_of(head), "2G");
	finds(head, "its file shows 2147483648 bytes, its row says 1073741824");
	run("qemu-img", "resize", "-q", "--shrink", "-f", "qcow2",
	    path_of(head), "1G");
	sound();
}

/* A refcount of 0 for a cluster that is used is corruption to QEMU. */
static void tables(void)
{
	auto_free char *copy = in_dir("copy") ? strdup(in_dir("copy")) : NULL;
	uint8_t block[8];
	int fd;

	run("cp", "-p", path_of(base), copy);
	fd = open(writable(path_of(base)), O_RDWR | O_CLOEXEC);
	check(fd >= 0 && fchmod(fd, 0400) == 0);
	/* the first refcount block, by way of the table's first entry */
	check(pread(fd, block, 8, 48) == 8);
	check(pread(fd, block, 8, (off_t)be64toh(*(uint64_t *)block)) == 8);
	check(pwrite(fd, "\0\0\0\0\0\0\0\0", 8,
		     (off_t)be64toh(*(uint64_t *)block)) == 8);
	close(fd);
	finds(base, "its tables are damaged");
	check(rename(copy, path_of(base)) == 0);
	sound();
}

static void rows(void)
{
	sql("UPDATE volume SET size = 3 WHERE layer = '%s'", head);
	finds("vol-00000000000000001", "its layer shows 1073741824 bytes, the "
				       "volume has 3221225472");
	sql("UPDATE volume SET size = 1 WHERE layer = '%s'", head);
	sql("UPDATE layer SET state = 'active' WHERE name = '%s'", base);
	check(fsck(false, false, 0).faults >= 2);
	check(strstr(found.data,
		     "snap-00000000000000001: its layer is active"));
	sql("UPDATE layer SET state = 'frozen' WHERE name = '%s'", base);
	sql("INSERT INTO layer SELECT 'layer-0fedcba9876543210.qcow2', format, "
	    "NULL, size, 'frozen', 1, 0, NULL, NULL FROM layer WHERE name = '%s'",
	    base);
	check(fsck(false, false, 0).faults == 2);
	check(strstr(found.data, "layer-0fedcba9876543210.qcow2: it belongs "
				 "to nothing"));
	sql("DELETE FROM layer WHERE name = 'layer-0fedcba9876543210.qcow2'");
	sound();
}

/* Content that changed where nothing but its digests can tell. */
static void deep(void)
{
	struct tend_report report;
	struct fsck run = fsck(false, true, 0);
	unsigned rounds = 0;

	check(!run.faults && run.finished);
	check(strstr(found.data, "not hashed yet (note)"));
	good(tend_all(&call, &report, &err));
	check(report.listed == 2);
	run = fsck(false, true, 0);
	check(!run.faults && run.finished && !found.data[0]);
	fill(base, "0", 77);
	/* what stands on it shows the same block */
	run = fsck(false, true, 0);
	check(run.faults == 2 && run.finished);
	check(strstr(found.data, base) && strstr(found.data, top));
	check(strstr(found.data, "its content is not what it was, from block "
				 "0 on"));
	/* a time that is up at once: each call gets further all the same */
	do {
		run = fsck(false, true, 1);
		check(++rounds < 100);
	} while (!run.finished);
	check(rounds > 1);
	fill(base, "0", 1);
	run = fsck(false, true, 0);
	check(!run.faults);
}

/* Keys whose rows were damaged, and all of them when the master key is. */
static void keys(void)
{
	auto_of(arena) arena = arena_new();
	struct kms_key key;

	good(kms_create(&call, "", arena, &key, &err));
	sound();
	sql("CREATE TABLE kept AS SELECT sealed FROM kms_key; "
	    "UPDATE kms_key SET sealed = zeroblob(60)");
	finds(key.id, "cannot be unsealed");
	sql("UPDATE kms_key SET sealed = (SELECT sealed FROM kept)");
	sound();
	run("mv", in_dir("store/keys/master"), in_dir("away"));
	finds(key.id, "cannot be unsealed: the store's master key is lost");
	run("mv", in_dir("away"), in_dir("store/keys/master"));
	sound();
}

int main(void)
{
	store_new();
	make();
	sound();
	files();
	modes();
	headers();
	tables();
	rows();
	keys();
	deep();
	store_close(call.store);
	return 0;
}
