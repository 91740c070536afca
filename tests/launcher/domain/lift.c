/* lift.c - run directories in memory, as whoever was killed may leave them */
#include "tests/launcher/domain/testing.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "launcher/domain/home.h"
#include "launcher/domain/lift.h"
#include "launcher/domain/tree.h"
#include "tests/small-disk.h"

#define UUID "ec2e1916-9099-4caf-8a21-0123456789ab"
#define STATUS "run/qemu/i-1.xml"

/* What the test does in a home, by the path below it. */
static void put(const struct home *home, const char *name, const char *text)
{
	auto_free char *path = format_text("%s/%s", home->path, name);
	struct error err = { FAULT_NONE };

	must(file_write(path, text, strlen(text), 0600, &err), &err);
}

static bool there(const struct home *home, const char *name)
{
	auto_free char *path = format_text("%s/%s", home->path, name);

	return access(path, F_OK) == 0;
}

static void check_text(const struct home *home, const char *name,
		       const char *wanted)
{
	auto_free char *path = format_text("%s/%s", home->path, name);
	struct error err = { FAULT_NONE };
	auto_buf text = BUF_INIT;

	must(file_read(path, 4096, &text, &err), &err);
	assert(strcmp(buf_text(&text), wanted) == 0);
}

/* Where a link in a home leads; NULL when it is none. Caller frees. */
static char *link_of(const struct home *home, const char *name)
{
	auto_free char *path = format_text("%s/%s", home->path, name);
	char target[256] = "";

	return readlink(path, target, sizeof(target) - 1) > 0 ? strdup(target) :
								NULL;
}

static bool is_lifted(const struct home *home)
{
	auto_free char *target = link_of(home, "run");

	return target;
}

/* Takes all the room that there is, to the last byte; or gives it back. */
static void fill(const char *store, bool full)
{
	auto_free char *path = format_text("%s/filler", store);
	static const char zeros[4096];
	auto_close int fd = -1;

	if (!full) {
		unlink(path);
		return;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	while (write(fd, zeros, sizeof(zeros)) > 0)
		;
	assert(errno == ENOSPC);
}

/* A home as a driver has left it that started a machine. */
static void make(const char *root, struct home *ret_home)
{
	auto_free char *dir = NULL;
	struct error err = { FAULT_NONE };

	must(home_open(root, UUID, 0, ret_home, &err), &err);
	must(home_prepare(ret_home, &err), &err);
	dir = format_text("%s/run/qemu", ret_home->path);
	must(dir_make(dir, 0755, &err), &err);
	put(ret_home, STATUS, "old");
	put(ret_home, "run/driver.pid", "1");
	put(ret_home, "run/qemu/gone", "");
}

/* What a driver does while it is awake. */
static void work(const struct home *home)
{
	auto_free char *gone = format_text("%s/run/qemu/gone", home->path);

	put(home, STATUS, "new");
	assert(unlink(gone) == 0);
}

/* The next one who has the turn. */
static void next_turn(const char *root, struct home *home)
{
	struct error err = { FAULT_NONE };

	home_done(home);
	must(home_open(root, UUID, 0, home, &err), &err);
}

/* Ends a home; nothing of it stays, on the disk or in memory. */
static void end(struct home *home)
{
	auto_free char *place =
		link_of(home, is_lifted(home) ? "run" : "lifted");

	home_remove(home);
	assert(!there(home, ""));
	assert(place && access(place, F_OK) != 0);
	home_done(home);
}

/* On a full disk a driver writes in memory, and what it wrote is found. */
static void check_full(const char *store, const char *root)
{
	struct home home;
	auto_free char *place = NULL;
	struct stat st;

	make(root, &home);
	place = link_of(&home, "lifted");
	fill(store, true);
	assert(lift(home.path));
	assert(is_lifted(&home));
	assert(stat(place, &st) == 0 && (st.st_mode & 0777) == 0711);
	work(&home);
	/* no room yet for a file more: it stays where it is */
	home_settle(&home);
	assert(is_lifted(&home));
	next_turn(root, &home);
	assert(is_lifted(&home));
	check_text(&home, STATUS, "new");
	assert(lift(home.path));
	fill(store, false);
	next_turn(root, &home);
	assert(!is_lifted(&home));
	check_text(&home, STATUS, "new");
	check_text(&home, "run/driver.pid", "1");
	assert(!there(&home, "run/qemu/gone"));
	assert(access(place, F_OK) != 0);
	/* once more, and removed meanwhile */
	fill(store, true);
	assert(lift(home.path));
	end(&home);
	fill(store, false);
}

/* Who is killed half-way through lifting leaves a part of it in memory. */
static void check_half(const char *root)
{
	struct home home;
	auto_free char *place = NULL, *part = NULL;

	make(root, &home);
	place = link_of(&home, "lifted");
	part = format_text("%s/driver.pid", place);
	assert(mkdir(place, 0711) == 0 && symlink("nowhere", part) == 0);
	next_turn(root, &home);
	assert(access(place, F_OK) != 0);
	check_text(&home, STATUS, "old");
	/* before anybody cleared up, lifting is not spoilt by it */
	assert(mkdir(place, 0711) == 0);
	assert(lift(home.path) && is_lifted(&home));
	check_text(&home, STATUS, "old");
	end(&home);
	tree_remove(place);
}

/* What is lost from memory leaves the disk's. */
static void check_lost(const char *root)
{
	struct home home;
	auto_free char *place = NULL;

	make(root, &home);
	place = link_of(&home, "lifted");
	assert(lift(home.path) && is_lifted(&home));
	work(&home);
	tree_remove(place);
	next_turn(root, &home);
	assert(!is_lifted(&home));
	check_text(&home, STATUS, "old");
	/* and it can be lifted again */
	assert(lift(home.path) && is_lifted(&home));
	work(&home);
	next_turn(root, &home);
	check_text(&home, STATUS, "new");
	end(&home);
}

/* Another's directory of that name is neither used nor removed. */
static void check_squatter(const char *root)
{
	struct home home;
	auto_free char *place = NULL, *other = NULL;

	make(root, &home);
	place = link_of(&home, "lifted");
	assert(mkdir(place, 0777) == 0 && chmod(place, 0777) == 0);
	next_turn(root, &home);
	assert(access(place, F_OK) == 0);
	assert(lift(home.path) && is_lifted(&home));
	other = link_of(&home, "run");
	assert(strcmp(other, place) != 0);
	end(&home);
	assert(rmdir(place) == 0);
	/* nor is a link to elsewhere believed */
	make(root, &home);
	free(place);
	place = format_text("%s/lifted", home.path);
	assert(unlink(place) == 0 && symlink(root, place) == 0);
	lift_drop(home.path);
	assert(there(&home, STATUS));
	home_remove(&home);
	home_done(&home);
}

/* Somebody who has the driver awake without the turn keeps his directory. */
static void check_awake(const char *root)
{
	struct home home;
	auto_free char *path = NULL;
	auto_close int fd = -1;

	make(root, &home);
	path = format_text("%s/run/driver.pid", home.path);
	fd = file_lock(path, false);
	assert(fd >= 0);
	assert(!lift(home.path) && !is_lifted(&home));
	close(take_fd(fd));
	assert(lift(home.path) && is_lifted(&home));
	fd = file_lock(path, false);
	next_turn(root, &home);
	assert(is_lifted(&home));
	close(take_fd(fd));
	next_turn(root, &home);
	assert(!is_lifted(&home));
	end(&home);
}

/* Where there is plenty of room nothing is lifted. */
static void check_plenty(void)
{
	auto_free char *store = store_make("plenty");
	auto_free char *root = format_text("%s/embed", store);
	struct error err = { FAULT_NONE };
	struct home home;
	struct statfs fs;

	must(dir_make(root, 0711, &err), &err);
	assert(statfs(root, &fs) == 0);
	if (fs.f_bavail * (uint64_t)fs.f_bsize < 2ULL << 30)
		return;
	make(root, &home);
	assert(lift(home.path) && !is_lifted(&home));
	assert(!there(&home, "run.room"));
	end(&home);
}

int main(void)
{
	auto_free char *store = store_make("l");
	auto_free char *root = format_text("%s/embed", store);
	struct error err = { FAULT_NONE };

	check_plenty();
	if (!small_disk(store, "size=4M,mode=711")) {
		printf("no small file system can be mounted here\n");
		return 77;
	}
	must(dir_make(root, 0711, &err), &err);
	check_full(store, root);
	check_half(root);
	check_lost(root);
	check_squatter(root);
	check_awake(root);
	return 0;
}
