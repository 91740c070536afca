/* store.c - opening a store */
#include "images/store.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "images/base/buf.h"
#include "images/base/clockfile.h"
#include "images/base/file.h"
#include "images/base/log.h"
#include "images/chain/filling.h"
#include "images/fill.h"
#include "images/kms.h"
#include "images/registry/account.h"

#define STORE_MODE 0711

/* An environment variable that is set to something, else NULL. */
static const char *environment(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static char *default_path(void)
{
	const char *data = environment("XDG_DATA_HOME");
	const char *home = environment("HOME");
	const struct passwd *user;

	if (geteuid() == 0)
		return strdup("/var/lib/qami");
	if (data)
		return format_text("%s/qami", data);
	user = home ? NULL : getpwuid(geteuid());
	if (user)
		home = user->pw_dir;
	return home ? format_text("%s/.local/share/qami", home) : NULL;
}

char *store_place(const char *path)
{
	if (!path)
		path = environment("QAMI_STORE");
	return path ? strdup(path) : default_path();
}

/* Finds and makes the store's directory. Its path is absolute and has no link
 * in it, whatever the caller's name for it: it goes into domain XML and into
 * comparisons. */
static char *open_path(const char *path, bool make, struct error *err)
{
	auto_free char *chosen = store_place(path);
	char *real;

	if (!chosen || !*chosen) {
		fail(err, FAULT_INTERNAL,
		     "no place for the store: set QAMI_STORE");
		return NULL;
	}
	if (make && !dir_make(chosen, STORE_MODE, err))
		return NULL;
	real = realpath(chosen, NULL);
	if (!real)
		fail_errno(err, "cannot open the store %s", chosen);
	return real;
}

static bool make_dirs(const struct store *store, struct error *err)
{
	static const char *const names[] = { "layers", "scratch", "instances",
					     "run" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		auto_free char *dir = store_path(store, "%s", names[i]);

		if (!dir)
			return fail_memory(err);
		if (!dir_make(dir, STORE_MODE, err))
			return false;
	}
	return true;
}

/* Room that is kept for the registry, and given to it when the disk is full:
 * without it nobody could commit the termination that frees more. */
#define RESERVE (1 << 20)
#define RESERVE_BELOW (RESERVE / 2)
#define RESERVE_ABOVE (16 * RESERVE)

static bool keep_reserve(const struct store *store, struct error *err)
{
	auto_free char *path = store_path(store, "reserve");
	auto_close int fd = -1;
	struct statvfs fs;
	uint64_t room;

	if (!path)
		return fail_memory(err);
	if (statvfs(store->path, &fs) != 0)
		return fail_errno(err, "cannot look at %s", store->path);
	room = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (room < RESERVE_BELOW)
		return file_remove(path, err);
	if (room < RESERVE_ABOVE || access(path, F_OK) == 0)
		return true;
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || posix_fallocate(fd, 0, RESERVE) != 0)
		unlink(path); /* then it goes without */
	return true;
}

void store_spend(const struct store *store)
{
	auto_free char *path = store_path(store, "reserve");

	if (path && unlink(path) == 0)
		log_info("the registry takes the room that was kept for it");
}

/* The region of a new store; processes that make it at once agree. */
static bool write_region(struct store *store, const char *wanted,
			 struct arena *arena, const char **ret_region,
			 struct error *err)
{
	const char *region = wanted ? wanted : environment("AWS_REGION");
	auto_tx tx = TX_INIT;

	region = region ? region : "us-east-1";
	if (strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-") !=
		    strlen(region) ||
	    strlen(region) > 32)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "'%s' is no region's name", region);
	if (!tx_begin(&tx, store->db, err) ||
	    !setting_get(store->db, "region", arena, ret_region, err))
		return false;
	if (*ret_region)
		return true;
	*ret_region = region;
	return setting_set(store->db, "region", region, err) &&
	       tx_commit(&tx, err);
}

/* The region that was written down when the store was made. */
static bool open_region(struct store *store, const char *wanted,
			struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *region = NULL;

	if (!arena)
		return fail_memory(err);
	if (!setting_get(store->db, "region", arena, &region, err))
		return false;
	if (!wanted)
		wanted = environment("QAMI_REGION");
	if (!region && !store->journal)
		return fail(err, FAULT_INTERNAL, "%s is no store", store->path);
	if (!region && !write_region(store, wanted, arena, &region, err))
		return false;
	if (wanted && *wanted && strcmp(region, wanted) != 0)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "the store %s is region %s, not %s", store->path,
			    region, wanted);
	store->region = strdup(region);
	return store->region || fail_memory(err);
}

/* Where the disk has no room for a clock it is the host's. A store that a
 * process opens beside its own has what it does there dated by its own. */
static void open_clock(struct store *store, bool make)
{
	auto_free char *path = store_path(store, "clock");

	store->clocked = path && clock_enter(path, make);
}

bool store_open(const char *path, const char *region, struct store **ret_store,
		struct error *err)
{
	auto_of(store) store = calloc(1, sizeof(*store));
	auto_free char *db = NULL, *layers = NULL, *run = NULL;

	if (!store)
		return fail_memory(err);
	store->path = open_path(path, true, err);
	if (!store->path)
		return false;
	db = store_path(store, "qami.db");
	layers = store_path(store, "layers");
	run = store_path(store, "run");
	if (!db || !layers || !run)
		return fail_memory(err);
	if (access(db, F_OK) != 0 && !make_dirs(store, err))
		return false;
	open_clock(store, true);
	if (!keep_reserve(store, err) || !db_open(db, &store->db, err) ||
	    !chain_open(layers, &store->chain, err) ||
	    !journal_open(store->db, run, &store->journal, err) ||
	    !open_region(store, region, err))
		return false;
	chain_set_secrets(store->chain, layer_secret_find, store);
	chain_set_filler(store->chain, fill_wake, store);
	*ret_store = take(store);
	return true;
}

bool store_open_to_read(const char *path, const char *region,
			struct store **ret_store, struct error *err)
{
	auto_of(store) store = calloc(1, sizeof(*store));
	auto_free char *db = NULL;

	if (!store)
		return fail_memory(err);
	store->path = open_path(path, false, err);
	if (!store->path)
		return false;
	db = store_path(store, "qami.db");
	if (!db)
		return fail_memory(err);
	open_clock(store, false);
	if (!db_open_to_read(db, &store->db, err) ||
	    !open_region(store, region, err))
		return false;
	*ret_store = take(store);
	return true;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	if (store->clocked)
		clock_leave();
	journal_close(store->journal);
	chain_close(store->chain);
	db_close(store->db);
	free(store->region);
	free(store->path);
	free(store);
}

const char *store_zone(const struct store *store, struct arena *arena)
{
	return arena_format(arena, "%sa", store->region);
}

/* The short form that zone ids begin with: "eu-west-1" is euw1 and
 * "ap-southeast-2" apse2. What is not named so keeps its letters. */
static void zone_id_write(const char *region, struct buf *id)
{
	static const char *const winds[] = { "north", "south", "east", "west",
					     "central" };

	while (*region) {
		size_t i = 0;

		while (id->size && i < 5 &&
		       strncmp(region, winds[i], strlen(winds[i])) != 0)
			i++;
		if (id->size && i < 5) {
			buf_char(id, winds[i][0]);
			region += strlen(winds[i]);
		} else {
			if (*region != '-')
				buf_char(id, *region);
			region++;
		}
	}
	buf_str(id, "-az1");
}

const char *store_zone_id(const struct store *store, struct arena *arena)
{
	auto_buf id = BUF_INIT;

	zone_id_write(store->region, &id);
	return id.broken ? NULL : arena_str(arena, buf_text(&id));
}

char *store_path(const struct store *store, const char *format, ...)
{
	auto_buf buf = BUF_INIT;
	va_list args;

	buf_printf(&buf, "%s/", store->path);
	va_start(args, format);
	buf_vprintf(&buf, format, args);
	va_end(args);
	return buf_take(&buf);
}

/* The number of the account that somebody has given that name. */
static bool named_account(struct call *call, const char *name,
			  struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct account account;
	bool found;

	if (!arena)
		return fail_memory(err);
	if (!account_named(call->store->db, name, arena, &account, &found, err))
		return false;
	if (!found)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "'%.64s' is no account: it is neither 12 digits "
			    "nor a name that was given to one",
			    name);
	snprintf(call->account, sizeof(call->account), "%s", account.id);
	return true;
}

bool call_account(struct call *call, const char *account, struct error *err)
{
	if (!account)
		account = environment("QAMI_ACCOUNT");
	if (!account)
		account = "123456789012";
	if (!account_valid(account))
		return named_account(call, account, err);
	snprintf(call->account, sizeof(call->account), "%s", account);
	/* who only reads makes nobody known */
	return !call->store->journal ||
	       account_ensure(call->store->db, account, err);
}
