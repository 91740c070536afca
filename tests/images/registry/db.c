/* db.c - the registry's file: made from nothing, migrated, refused; nested
 * transactions; the life of layers; listings of many rows by their indexes */
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "images/registry/account.h"
#include "images/registry/image.h"
#include "images/registry/layer.h"
#include "images/registry/snapshot.h"
#include "images/registry/tag.h"
#include "tests/images/chain/testing.h"
#include "tests/sweep.h"

#define ACCOUNT "123456789012"
#define OTHER "222222222222"

static struct error err;

/* One statement on the side, by SQLite alone. */
static void sql(const char *path, const char *text)
{
	sqlite3 *raw;

	check(sqlite3_open(path, &raw) == SQLITE_OK);
	check(sqlite3_exec(raw, text, NULL, NULL, NULL) == SQLITE_OK);
	sqlite3_close(raw);
}

static struct db *open_db(const char *path)
{
	struct db *db;

	good(db_open(path, &db, &err));
	good(account_ensure(db, ACCOUNT, &err));
	good(account_ensure(db, OTHER, &err));
	return db;
}

static void versions(void)
{
	const char *path = in_dir("versions.db");
	struct stat st;
	struct db *db = open_db(path);
	struct arena *arena = arena_new();
	const char *value;

	check(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
	good(setting_get(db, "region", arena, &value, &err));
	check(!value);
	good(setting_set(db, "region", "eu-1", &err));
	good(setting_get(db, "region", arena, &value, &err));
	check(strcmp(value, "eu-1") == 0);
	good(db_check(db, &err));
	db_close(db);
	db_close(open_db(path)); /* nothing to do the second time */

	sql(path, "PRAGMA user_version = 999");
	bad(INTERNAL, "newer qami", db_open(path, &db, &err));
	make_file(path,
		  "not a database at all, but long enough for a header "
		  "that SQLite would look at and then refuse to open, "
		  "we hope",
		  100, 4096);
	check(!db_open(path, &db, &err) && err.fault == FAULT_INTERNAL);
	error_clear(&err);
	arena_free(arena);
}

/* Processes that make the same file at the same moment all get it. */
static void together(void)
{
	const char *path = in_dir("together.db");
	char byte;
	int status;

	for (int round = 0; round < (int)sampled(20, 100); round++) {
		int gate[2];

		check(pipe(gate) == 0);
		for (int i = 0; i < 8; i++) {
			if (fork())
				continue;
			close(gate[1]);
			check(read(gate[0], &byte, 1) == 0);
			open_db(path);
			_exit(0);
		}
		close(gate[0]);
		close(gate[1]);
		for (int i = 0; i < 8; i++)
			check(wait(&status) > 0 && status == 0);
		check(unlink(path) == 0);
		unlink(in_dir("together.db-wal"));
		unlink(in_dir("together.db-shm"));
	}
}

static const char *setting(struct db *db, const char *key)
{
	static char text[64];
	struct arena *arena = arena_new();
	const char *value;

	good(setting_get(db, key, arena, &value, &err));
	snprintf(text, sizeof(text), "%s", value ? value : "");
	arena_free(arena);
	return text;
}

static bool inner(struct db *db, bool commit)
{
	auto_tx tx = TX_INIT;

	good(tx_begin(&tx, db, &err));
	good(setting_set(db, "inner", "1", &err));
	return commit && tx_commit(&tx, &err);
}

static void nesting(void)
{
	struct db *db = open_db(in_dir("nesting.db"));

	{
		auto_tx tx = TX_INIT;

		good(tx_begin(&tx, db, &err));
		check(inner(db, true));
	} /* not committed */
	check(strcmp(setting(db, "inner"), "") == 0);
	{
		auto_tx tx = TX_INIT;

		good(tx_begin(&tx, db, &err));
		check(inner(db, true));
		good(tx_commit(&tx, &err));
	}
	check(strcmp(setting(db, "inner"), "1") == 0);
	good(setting_set(db, "inner", "0", &err));
	{
		auto_tx tx = TX_INIT;

		good(tx_begin(&tx, db, &err));
		good(setting_set(db, "outer", "1", &err));
		check(!inner(db, false));
		/* the whole is lost: nothing slips in alone, nothing commits */
		bad(INTERNAL, "rolled back",
		    setting_set(db, "late", "1", &err));
		bad(INTERNAL, "rolled back", tx_commit(&tx, &err));
	}
	check(strcmp(setting(db, "inner"), "0") == 0);
	check(strcmp(setting(db, "outer"), "") == 0);
	check(strcmp(setting(db, "late"), "") == 0);
	good(setting_set(db, "late", "2", &err));
	check(strcmp(setting(db, "late"), "2") == 0);
	db_close(db);
}

static void add_layer(struct db *db, const char *name, const char *parent,
		      const char *state)
{
	struct layer layer = { .name = name, .format = "qcow2",
			       .parent = parent, .size = 1, .state = state };

	good(layer_insert(db, &layer, &err));
}

static bool release(struct db *db, const char *name)
{
	bool doomed;

	good(layer_release(db, name, &doomed, &err));
	return doomed;
}

/* bottom <- middle <- top, a snapshot on the middle. */
static void layers(void)
{
	struct db *db = open_db(in_dir("layers.db"));
	struct arena *arena = arena_new();
	const struct layer *chain;
	const char *const *names;
	size_t count;
	struct snapshot snapshot = {
		.id = "snap-1", .owner = ACCOUNT, .layer = "middle",
		.volume = "vol-1", .size = 1, .description = "",
		.state = "completed",
	};

	add_layer(db, "bottom", NULL, "frozen");
	add_layer(db, "middle", "bottom", "frozen");
	add_layer(db, "top", "middle", "active");
	good(snapshot_insert(db, &snapshot, &err));
	good(layer_chain(db, "top", arena, &chain, &count, &err));
	check(count == 3 && strcmp(chain[2].name, "bottom") == 0);
	check(!release(db, "bottom") && !release(db, "middle"));
	check(release(db, "top") && !release(db, "top"));
	check(!release(db, "middle")); /* the snapshot's */
	good(layer_doomed(db, arena, &names, &count, &err));
	check(count == 1 && strcmp(names[0], "top") == 0);
	good(snapshot_delete(db, "snap-1", &err));
	check(release(db, "middle") && release(db, "bottom"));
	/* a base is removed after what stands on it */
	for (const char *const *want = (const char *const[]){
		     "top", "middle", "bottom", NULL }; *want; want++) {
		good(layer_doomed(db, arena, &names, &count, &err));
		check(count == 1 && strcmp(names[0], *want) == 0);
		good(layer_delete(db, *want, &err));
	}
	add_layer(db, "kept", NULL, "frozen");
	good(layer_delete(db, "kept", &err)); /* is not doomed: stays */
	good(layer_chain(db, "kept", arena, &chain, &count, &err));
	arena_free(arena);
	db_close(db);
}

/* How many rows SQLite's virtual machine went through for a query. */
static long steps;

static int count_step(void *data)
{
	(void)data;
	steps += 100;
	return 0;
}

static bool count_row(void *data, const struct image *image,
		      struct error *unused)
{
	(void)image;
	(void)unused;
	++*(int *)data;
	return true;
}

sqlite3 *db_raw(struct db *db); /* of db-private.h */

/* The rows that one filter finds, at less than `most` steps. */
static int find(struct db *db, const char *name, const char *value, long most)
{
	struct filter filter = { name, &value, 1 };
	struct query query = { .account = ACCOUNT, .filters = &filter,
			       .filter_count = 1 };
	int found = 0;

	steps = 0;
	good(image_list(db, &query, count_row, &found, &err));
	if (steps > most)
		fprintf(stderr, "%s=%s: %ld steps\n", name, value, steps);
	check(steps <= most);
	return found;
}

static void listings(void)
{
	const char *path = in_dir("listings.db");
	struct db *db = open_db(path);
	const char *id = "ami-77777";
	struct query query = { .account = ACCOUNT, .ids = &id, .id_count = 1 };
	int found = 0;

	sql(path,
	    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
	    "WHERE i < 100000) INSERT INTO image (id, owner, name, "
	    "description, kind, architecture, state, location, "
	    "root_device_type, ena, created) SELECT 'ami-' || i, "
	    "iif(i % 1000, '" ACCOUNT "', '" OTHER "'), 'n*[' || i || ']', '',"
	    " 'machine', 'x86_64', 'available', '', 'ebs', 1, i FROM n;"
	    "INSERT INTO tag SELECT id, 'Name', 'v' || seq, 'image', owner "
	    "FROM image WHERE seq % 10 = 1; ANALYZE;");
	sqlite3_progress_handler(db_raw(db), 100, count_step, NULL);
	check(find(db, "image-id", id, 2000) == 1);
	check(find(db, "name", "n*[501]", 2000000) == 1);
	check(find(db, "name", "n\\*[501]", 2000000) == 1);
	check(find(db, "name", "n\\*[50", 2000000) == 0);
	check(find(db, "tag:Name", "v501", 2000) == 1);
	check(find(db, "tag:Name", "v5?1", 2000000) == 10);
	check(find(db, "name", "n?[7777?]", 5000000) == 10);
	check(find(db, "owner-id", OTHER, 10000) == 0); /* not shared */
	good(launch_permission_add(db, "ami-5000", ACCOUNT, &err));
	good(launch_permission_add(db, "ami-6000", "all", &err));
	check(find(db, "owner-id", OTHER, 10000) == 2);
	check(find(db, "is-public", "true", 10000000) == 1);
	steps = 0;
	good(image_list(db, &query, count_row, &found, &err));
	check(found == 1 && steps < 2000);
	query = (struct query){ .account = ACCOUNT, .after = 90000,
				.limit = 5 };
	found = 0;
	steps = 0;
	good(image_list(db, &query, count_row, &found, &err));
	check(found == 5 && steps < 2000);
	db_close(db);
}

/* Whether another process finds a lock of ours on the file. */
static bool locked(const char *path)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	pid_t child = fork();
	int status;

	if (child == 0) {
		int fd = open(path, O_RDWR);

		_exit(fd < 0 || fcntl(fd, F_GETLK, &lock) != 0 ?
			      2 :
			      lock.l_type != F_UNLCK);
	}
	check(waitpid(child, &status, 0) == child && WIFEXITED(status) &&
	      WEXITSTATUS(status) < 2);
	return WEXITSTATUS(status);
}

/* A second connection of one process takes no lock from the first: without
 * them another process would drop the log that is written to. */
static void twice(void)
{
	const char *path = in_dir("twice.db");
	struct db *first = open_db(path), *second;

	check(locked(path));
	good(db_open(path, &second, &err));
	check(locked(path));
	db_close(second);
	check(locked(path));
	db_close(first);
	check(!locked(path));
}

/* Room that was made is the log's own: it has the blocks, and they stay when
 * it is written anew. */
static void room(void)
{
	const char *path = in_dir("room.db");
	auto_free char *log = format_text("%s-wal", path);
	struct db *db = open_db(path);
	struct stat st;

	good(db_make_room(db, 1 << 20, &err));
	check(stat(log, &st) == 0);
	check(st.st_blocks * 512LL >= st.st_size + (1 << 20));
	sql(path, "PRAGMA wal_checkpoint(RESTART)");
	good(setting_set(db, "region", "eu-1", &err));
	check(stat(log, &st) == 0 && st.st_blocks * 512LL >= 1 << 20);
	db_close(db);
	check(stat(log, &st) == 0);
}

/* The last one to close a registry leaves nothing in its log: the next would
 * read all of that, and copy it into the file again, to change nothing. The
 * log's blocks are kept, or somebody else might take the last of a disk. */
static void emptied(void)
{
	const char *path = in_dir("emptied.db");
	auto_free char *log = format_text("%s-wal", path);
	struct db *first = open_db(path), *second = open_db(path);
	struct stat st;

	good(setting_set(first, "region", "eu-1", &err));
	db_close(first);
	check(stat(log, &st) == 0 && st.st_size > 0);
	db_close(second);
	check(stat(log, &st) == 0 && st.st_size == 0);
	check(st.st_blocks * 512LL >= 256 << 10);
}

/* Something else has its name: that is said, and nobody dies of it. */
static void in_the_way(void)
{
	const char *path = in_dir("taken.db");
	struct db *db;

	check(mkdir(path, 0700) == 0);
	check(!db_open(path, &db, &err));
	check(strstr(err.text, "cannot open the registry"));
	error_clear(&err);
	check(!db_open(in_dir("no/where.db"), &db, &err));
	error_clear(&err);
}

static bool region_is(struct db *db, const char *wanted)
{
	auto_of(arena) arena = arena_new();
	const char *value;

	good(setting_get(db, "region", arena, &value, &err));
	return value && strcmp(value, wanted) == 0;
}

/* In a process that can open nothing any more: it sees what is committed and
 * hinders nobody. */
static void look_on(struct db *reader, const int *turns)
{
	const struct rlimit none = { 0, 0 };
	char turn;

	check(region_is(reader, "eu-1"));
	check(setrlimit(RLIMIT_NOFILE, &none) == 0);
	check(write(turns[1], "1", 1) == 1);
	while (read(turns[0], &turn, 1) == 1) {
		check(region_is(reader, turn == '2' ? "eu-2" : "eu-3"));
		check(write(turns[1], &turn, 1) == 1);
	}
	_exit(0);
}

static void readers(void)
{
	const char *path = in_dir("reading.db");
	int down[2], up[2], status;
	struct stat st;
	struct db *db, *reader;
	char turn;

	bad(INTERNAL, "unable to open", db_open_to_read(path, &reader, &err));
	check(access(path, F_OK) != 0);
	db = open_db(path);
	good(setting_set(db, "region", "eu-1", &err));
	good(db_open_to_read(path, &reader, &err));
	bad(INTERNAL, "readonly", setting_set(reader, "region", "x", &err));
	db_close(reader);

	check(pipe(down) == 0 && pipe(up) == 0);
	if (fork() == 0) {
		close(down[1]);
		good(db_open_to_read(path, &reader, &err));
		look_on(reader, (int[]){ down[0], up[1] });
	}
	close(down[0]);
	close(up[1]);
	check(read(up[0], &turn, 1) == 1);
	for (int i = 2; i <= 3; i++) {
		good(setting_set(db, "region", i == 2 ? "eu-2" : "eu-3", &err));
		check(write(down[1], i == 2 ? "2" : "3", 1) == 1);
		check(read(up[0], &turn, 1) == 1);
		/* for which all readers must have let go of the log */
		sql(path, "PRAGMA wal_checkpoint(TRUNCATE)");
		check(stat(in_dir("reading.db-wal"), &st) == 0 && !st.st_size);
	}
	close(down[1]);
	check(wait(&status) > 0 && status == 0);
	close(up[0]);
	sql(path, "PRAGMA user_version = 1");
	bad(INTERNAL, "another qami", db_open_to_read(path, &reader, &err));
	db_close(db);
}

int main(void)
{
	versions();
	readers();
	room();
	emptied();
	in_the_way();
	twice();
	together();
	nesting();
	layers();
	listings();
	return 0;
}
