/* kms.c - keys seal and open for those who may, and nothing opens what was
 * altered, moved to another row or sealed under another master key
 */
#include "images/kmskeys.h"

#include <ctype.h>
#include <ftw.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <sys/prctl.h>

#include "images/base/file.h"
#include "images/base/hex.h"
#include "images/chain/blocks.h"
#include "images/masterkey.h"
#include "tests/images/testing.h"

#define OTHER "222222222222"
#define HOUR (3600 * USEC_PER_SEC)
#define DAY (24 * HOUR)
#define MAKE KMS_GENERATE_DATA_KEY_WITHOUT_PLAINTEXT

static struct arena *arena;

/* One statement on the side. */
__attribute__((format(printf, 1, 2))) static void sql(const char *format, ...)
{
	auto_buf text = BUF_INIT;
	va_list args;
	sqlite3 *raw;

	va_start(args, format);
	buf_vprintf(&text, format, args);
	va_end(args);
	check(sqlite3_open(in_dir("store/qami.db"), &raw) == SQLITE_OK);
	check(sqlite3_exec(raw, buf_text(&text), NULL, NULL, NULL) ==
	      SQLITE_OK);
	sqlite3_close(raw);
}

static void become(const char *account)
{
	snprintf(call.account, sizeof(call.account), "%s", account);
	good(account_ensure(call.store->db, account, &err));
}

static struct kms_key made(void)
{
	struct kms_key key;

	good(kms_create(&call, "a key", arena, &key, &err));
	return key;
}

static const char *disk_under(const struct kms_key *key)
{
	char id[UUID_SIZE];

	good(disk_key_new(&call, key, id, &err));
	return keep(strdup(id));
}

static void opens(const char *disk, char ret_text[SECRET_TEXT_SIZE])
{
	struct disk_secret secret;

	good(disk_key_open(&call, disk, DISK_KEY_CALLER, &secret, &err));
	check(strlen(secret.text) == SECRET_TEXT_SIZE - 1 &&
	      strspn(secret.text, "0123456789abcdef") == SECRET_TEXT_SIZE - 1);
	memcpy(ret_text, secret.text, SECRET_TEXT_SIZE);
}

#define SHUT(fault, words, disk, use)                                         \
	do {                                                                  \
		struct disk_secret secret_;                                   \
									      \
		bad(fault, words,                                             \
		    disk_key_open(&call, disk, use, &secret_, &err));         \
	} while (0)

static unsigned faults;

static void count_fault(void *data, const char *id, const char *why)
{
	check(strstr((const char *)data, id) && *why);
	faults++;
}

/* fsck finds so many, each with an id that is among `ids`. */
static void finds(unsigned wanted, const char *ids)
{
	faults = 0;
	good(kms_check(&call, count_fault, (void *)(uintptr_t)ids, &err));
	check(faults == wanted);
}

static void test_opening(void)
{
	char one[SECRET_TEXT_SIZE], two[SECRET_TEXT_SIZE];
	struct kms_key key = made();
	const char *disk = disk_under(&key);

	opens(disk, one);
	opens(disk, two);
	check(strcmp(one, two) == 0);
	opens(disk_under(&key), two);
	check(strcmp(one, two) != 0);
	check(prctl(PR_GET_DUMPABLE) == 0);
	finds(0, "");
	SHUT(INTERNAL, "there is no disk key", "none", DISK_KEY_STORE);
}

/* Puts bytes into the row of a key or disk key. */
static void put_sealed(const char *table, const char *id,
		       const struct sealed_key *sealed, size_t size)
{
	char digits[2 * SEALED_KEY_SIZE + 1];

	hex_write(sealed->bytes, size, digits);
	sql("UPDATE %s SET sealed = X'%s' WHERE id = '%s'", table, digits, id);
}

/* Every bit of what is sealed counts, as does the row it stands in. */
static void test_altered(void)
{
	struct kms_key key = made(), other = made();
	const char *one = disk_under(&key), *two = disk_under(&key);
	struct disk_key row, neighbour;
	char before[SECRET_TEXT_SIZE], after[SECRET_TEXT_SIZE];
	bool found;

	opens(one, before);
	good(disk_key_get(call.store->db, one, arena, &row, &found, &err));
	good(disk_key_get(call.store->db, two, arena, &neighbour, &found,
			  &err));
	for (size_t at = 0; at < SEALED_KEY_SIZE; at += 7) {
		struct sealed_key altered = row.sealed;

		altered.bytes[at] ^= 0x20;
		put_sealed("disk_key", one, &altered, SEALED_KEY_SIZE);
		SHUT(INTERNAL, "is damaged", one, DISK_KEY_CALLER);
	}
	put_sealed("disk_key", one, &row.sealed, SEALED_KEY_SIZE - 1);
	SHUT(INTERNAL, "is damaged", one, DISK_KEY_STORE);
	put_sealed("disk_key", one, &row.sealed, 0);
	SHUT(INTERNAL, "is damaged", one, DISK_KEY_STORE);

	/* another disk key's bytes; the right ones under another key */
	put_sealed("disk_key", one, &neighbour.sealed, SEALED_KEY_SIZE);
	SHUT(INTERNAL, one, one, DISK_KEY_CALLER);
	put_sealed("disk_key", one, &row.sealed, SEALED_KEY_SIZE);
	sql("UPDATE disk_key SET kms_key = '%s' WHERE id = '%s'", other.id,
	    one);
	SHUT(INTERNAL, one, one, DISK_KEY_CALLER);
	finds(1, one);
	sql("UPDATE disk_key SET kms_key = '%s' WHERE id = '%s'", key.id, one);

	/* the material of another key */
	put_sealed("kms_key", key.id, &other.sealed, SEALED_KEY_SIZE);
	SHUT(INTERNAL, key.id, one, DISK_KEY_CALLER);
	finds(3, keep(format_text("%s %s %s", key.id, one, two)));
	put_sealed("kms_key", key.id, &key.sealed, SEALED_KEY_SIZE);
	finds(0, "");
	opens(one, after);
	check(strcmp(before, after) == 0);
}

/* A master key that is lost, another one's or open to others opens nothing,
 * and no second one is made; put back, it opens all again. */
static void test_master(void)
{
	char *path = in_dir("store/keys/master");
	struct kms_key key = made(), more;
	const char *disk = disk_under(&key);
	char bytes[SECRET_SIZE + 1], text[SECRET_TEXT_SIZE];
	auto_buf kept = BUF_INIT;

	good(file_read(path, SECRET_SIZE, &kept, &err));
	check(kept.size == SECRET_SIZE);
	memcpy(bytes, kept.data, SECRET_SIZE);
	check(unlink(path) == 0);
	SHUT(INTERNAL, "lost", disk, DISK_KEY_CALLER);
	bad(INTERNAL, "lost", kms_create(&call, "", arena, &more, &err));
	check(access(path, F_OK) != 0);

	bytes[31] ^= 1;
	good(file_write(path, bytes, SECRET_SIZE, 0600, &err));
	SHUT(INTERNAL, "is not the key", disk, DISK_KEY_CALLER);
	bytes[31] ^= 1;
	good(file_write(path, bytes, SECRET_SIZE + 1, 0600, &err));
	SHUT(INTERNAL, "is damaged", disk, DISK_KEY_CALLER);
	good(file_write(path, bytes, SECRET_SIZE - 1, 0600, &err));
	SHUT(INTERNAL, "is damaged", disk, DISK_KEY_CALLER);
	good(file_write(path, bytes, SECRET_SIZE, 0640, &err));
	SHUT(INTERNAL, "chmod 600", disk, DISK_KEY_CALLER);
	check(unlink(path) == 0 && symlink("/dev/zero", path) == 0);
	SHUT(INTERNAL, "cannot read the master key", disk, DISK_KEY_CALLER);
	good(file_write(path, bytes, SECRET_SIZE, 0600, &err));
	opens(disk, text);
}

/* A file that was there before its digest was noted has sealed nothing yet. */
static void test_master_adopted(void)
{
	char bytes[SECRET_SIZE] = "as if a first call had died here";
	struct call own = call;
	struct secret key;

	check(mkdir(in_dir("half"), 0700) == 0);
	check(mkdir(in_dir("half/keys"), 0700) == 0);
	good(file_write(in_dir("half/keys/master"), bytes, SECRET_SIZE, 0600,
			&err));
	good(store_open(in_dir("half"), NULL, &own.store, &err));
	bad(INTERNAL, "lost", master_key(&own, false, &key, &err));
	good(master_key(&own, true, &key, &err));
	check(memcmp(key.bytes, bytes, SECRET_SIZE) == 0);
	good(master_key(&own, false, &key, &err));
	store_close(own.store);
}

/* What EC2's calls may name a key by, and who may. */
static void test_names(void)
{
	struct kms_key key = made(), got, again;
	const char *arn = kms_arn(&call, key.owner, key.id, arena);

	good(kms_name(&call, "alias/web", key.id, &err));
	good(kms_resolve(&call, key.id, MAKE, arena, &got, &err));
	check(strcmp(got.id, key.id) == 0);
	good(kms_resolve(&call, arn, MAKE, arena, &got, &err));
	good(kms_resolve(&call, "alias/web", MAKE, arena, &got, &err));
	check(strcmp(got.id, key.id) == 0);
	good(kms_resolve(&call, "arn:aws:kms:us-east-1:" ACCOUNT ":alias/web",
			 MAKE, arena, &got, &err));
	check(strcmp(got.id, key.id) == 0 && !kms_is_default(&got));
	good(kms_resolve(&call, NULL, MAKE, arena, &got, &err));
	good(kms_resolve(&call, "", MAKE, arena, &again, &err));
	check(strcmp(got.id, again.id) == 0 && kms_is_default(&got));

	bad(KMS_KEY_NOT_FOUND, "'nonsense'",
	    kms_resolve(&call, "nonsense", MAKE, arena, &got, &err));
	bad(KMS_KEY_NOT_FOUND, "alias/none",
	    kms_resolve(&call, "alias/none", MAKE, arena, &got, &err));
	bad(KMS_KEY_NOT_FOUND, "eu-west-1",
	    kms_resolve(&call, "arn:aws:kms:eu-west-1:" ACCOUNT ":alias/web",
			MAKE, arena, &got, &err));
	bad(KMS_KEY_ARN, "no ARN",
	    kms_resolve(&call, "arn:aws:kms:us-east-1", MAKE, arena, &got,
			&err));
	bad(KMS_KEY_ARN, "no ARN",
	    kms_resolve(&call, "arn:aws:s3:us-east-1:" ACCOUNT ":key/x", MAKE,
			arena, &got, &err));
}

/* What a stranger is told of a key, in `ret_text`. */
static void told(const char *name, char ret_text[256])
{
	struct kms_key got;

	check(!kms_resolve(&call, name, MAKE, arena, &got, &err));
	check(err.fault == FAULT_KMS_KEY_NOT_FOUND);
	snprintf(ret_text, 256, "%s", err.text);
	error_clear(&err);
}

static void test_grants(void)
{
	struct kms_key key = made(), got;
	const char *disk = disk_under(&key);
	const char *arn = kms_arn(&call, key.owner, key.id, arena);
	struct kms_grant_request request = {
		.key = key.id,
		.grantee = OTHER,
		.name = "",
		.operations = INT64_C(1) << KMS_DECRYPT |
			      INT64_C(1) << KMS_CREATE_GRANT,
	};
	char text[SECRET_TEXT_SIZE], grant[GRANT_ID_SIZE];
	char foreign[256], absent[256], fake[128], last;

	become(OTHER);
	snprintf(fake, sizeof(fake), "%s", arn);
	last = fake[strlen(fake) - 1];
	fake[strlen(fake) - 1] = last == '0' ? '1' : '0';
	told(arn, foreign);
	told(fake, absent);
	absent[strlen(absent) - strlen("' does not exist") - 1] = last;
	check(strcmp(foreign, absent) == 0);
	told(key.id, foreign);
	SHUT(KMS_KEY_NOT_FOUND, arn, disk, DISK_KEY_CALLER);

	become(ACCOUNT);
	good(kms_grant(&call, &request, grant, &err));
	become(OTHER);
	opens(disk, text);
	/* no more than was allowed, and nobody by the id alone */
	bad(KMS_KEY_NOT_FOUND, arn,
	    kms_resolve(&call, arn, MAKE, arena, &got, &err));
	told(key.id, foreign);
	request.key = arn;
	request.grantee = "333333333333";
	request.operations = INT64_C(1) << KMS_DESCRIBE_KEY;
	bad(KMS_DENIED, "more than", kms_grant(&call, &request, grant, &err));
	request.operations = INT64_C(1) << KMS_DECRYPT;
	good(kms_grant(&call, &request, fake, &err));
	bad(KMS_KEY_NOT_FOUND, "does not exist",
	    kms_revoke(&call, arn, grant, &err));

	become(ACCOUNT);
	good(kms_revoke(&call, key.id, fake, &err));
	bad(KMS_KEY_NOT_FOUND, "Grant ID",
	    kms_revoke(&call, key.id, fake, &err));
	become("333333333333");
	SHUT(KMS_KEY_NOT_FOUND, arn, disk, DISK_KEY_CALLER);
	become(ACCOUNT);
}

/* A disabled key opens nothing, but the store goes on looking after layers; a
 * deleted one opens nothing for anybody, for ever. */
static void test_states(void)
{
	struct kms_key key = made(), got;
	const char *disk = disk_under(&key);
	char text[SECRET_TEXT_SIZE];
	struct disk_secret secret;

	good(kms_enable(&call, key.id, false, &err));
	SHUT(KMS_KEY_DISABLED, "is disabled", disk, DISK_KEY_CALLER);
	bad(KMS_KEY_DISABLED, "is disabled",
	    kms_resolve(&call, key.id, MAKE, arena, &got, &err));
	good(disk_key_open(&call, disk, DISK_KEY_STORE, &secret, &err));
	good(kms_enable(&call, key.id, true, &err));
	opens(disk, text);

	good(kms_schedule_deletion(&call, key.id, 7, arena, &got, &err));
	check(got.deletion == call.now + 7 * DAY);
	SHUT(KMS_KEY_STATE, "pending deletion", disk, DISK_KEY_CALLER);
	bad(KMS_KEY_STATE, "pending deletion",
	    kms_enable(&call, key.id, true, &err));
	good(kms_cancel_deletion(&call, key.id, arena, &got, &err));
	SHUT(KMS_KEY_DISABLED, "is disabled", disk, DISK_KEY_CALLER);
	bad(KMS_KEY_STATE, "not pending",
	    kms_cancel_deletion(&call, key.id, arena, &got, &err));

	good(kms_schedule_deletion(&call, key.id, 30, arena, &got, &err));
	call.now += 30 * DAY - 1;
	good(kms_sweep(&call, &err));
	good(kms_find(&call, key.id, KMS_DESCRIBE_KEY, arena, &got, &err));
	good(disk_key_open(&call, disk, DISK_KEY_STORE, &secret, &err));
	call.now++;
	/* its time has come, whether or not anybody swept */
	bad(KMS_KEY_NOT_FOUND, "does not exist",
	    kms_find(&call, key.id, KMS_DESCRIBE_KEY, arena, &got, &err));
	SHUT(KMS_KEY_NOT_FOUND, "does not exist", disk, DISK_KEY_STORE);
	bad(KMS_KEY_NOT_FOUND, "does not exist",
	    kms_cancel_deletion(&call, key.id, arena, &got, &err));
	good(kms_sweep(&call, &err));
	SHUT(KMS_KEY_NOT_FOUND, "does not exist", disk, DISK_KEY_STORE);
	finds(0, "");
	/* not even a clock that is put back brings it back */
	call.now -= 31 * DAY;
	SHUT(KMS_KEY_NOT_FOUND, "does not exist", disk, DISK_KEY_STORE);
	call.now += DAY;
}

/* A chain of two keys and a plain bottom; what cannot be opened leaves
 * nothing. */
static void test_chain(void)
{
	struct kms_key key = made(), other = made();
	const char *upper = disk_under(&key), *lower = disk_under(&other);
	const struct layer layers[] = {
		{ .name = "d", .disk_key = upper },
		{ .name = "c", .disk_key = lower },
		{ .name = "b", .disk_key = upper },
		{ .name = "a" },
	};
	struct disk_secret got[4];
	char one[SECRET_TEXT_SIZE], two[SECRET_TEXT_SIZE];

	opens(upper, one);
	opens(lower, two);
	good(chain_secrets(&call, layers, 4, DISK_KEY_CALLER, got, &err));
	check(strcmp(got[0].text, one) == 0 && strcmp(got[1].text, two) == 0 &&
	      strcmp(got[2].text, one) == 0 && !*got[3].text);
	good(kms_enable(&call, other.id, false, &err));
	bad(KMS_KEY_DISABLED, other.id,
	    chain_secrets(&call, layers, 4, DISK_KEY_CALLER, got, &err));
	check(!memmem(got, sizeof(got), one, SECRET_TEXT_SIZE - 1));
	good(chain_secrets(&call, layers, 4, DISK_KEY_STORE, got, &err));
	check(strcmp(got[1].text, two) == 0);
}

static bool count_disk(void *data, const struct disk_key *disk,
		       struct error *found_err)
{
	(void)disk;
	(void)found_err;
	++*(unsigned *)data;
	return true;
}

static unsigned disks(void)
{
	unsigned count = 0;

	good(disk_key_list(call.store->db, count_disk, &count, &err));
	return count;
}

/* What the chain is told of layers: an encrypted one is made, and read, with
 * its row's key, and not without. */
static void test_layers(void)
{
	struct kms_key key = made();
	struct layer layer = { "layer-00000000000000009.qcow2", "qcow2", NULL,
			       (int64_t)GIB, "frozen", disk_under(&key) };
	struct layer_secret secret = { "" };
	char text[SECRET_TEXT_SIZE];

	good(layer_insert(call.store->db, &layer, &err));
	good(layer_secret_find(call.store, layer.name, &secret, &err));
	opens(layer.disk_key, text);
	check(strcmp(secret.key, layer.disk_key) == 0 &&
	      strcmp(secret.text, text) == 0);
	/* the store looks after what a disabled key encrypts */
	good(kms_enable(&call, key.id, false, &err));
	good(layer_secret_find(call.store, layer.name, &secret, &err));
	memset(&secret, 0, sizeof(secret));
	good(layer_secret_find(call.store, "layer-none.qcow2", &secret, &err));
	check(!*secret.key && !*secret.text);
	sql("UPDATE kms_key SET state = 'Deleted', sealed = NULL "
	    "WHERE id = '%s'",
	    key.id);
	bad(KMS_KEY_NOT_FOUND, "does not exist",
	    layer_secret_find(call.store, layer.name, &secret, &err));
	check(!*secret.key && !*secret.text);
	sql("DELETE FROM layer WHERE name = '%s'", layer.name);
}

/* Whether a layer of this process's store can be written and read, by its row's
 * key; in a process that is not dumpable any more. */
static void test_disk(void)
{
	struct kms_key key = made();
	struct layer layer = { NULL, "qcow2", NULL, (int64_t)GIB, "active",
			       disk_under(&key) };
	char name[LAYER_NAME_SIZE], bytes[4096], back[4096];
	struct chain *chain = call.store->chain;
	struct layer_ref ref = { name, LAYER_QCOW2 };
	struct layer_secret secret = { "" };
	auto_of(disk) disk = NULL;
	bool encrypted;

	layer_name_new(LAYER_QCOW2, name);
	layer.name = name;
	opens(layer.disk_key, secret.text);
	memcpy(secret.key, layer.disk_key, UUID_SIZE);
	good(layer_create_encrypted(chain, name, NULL, GIB, &secret, &err));
	bad(INTERNAL, "", disk_open_write(chain, &ref, &disk, &err));
	good(layer_insert(call.store->db, &layer, &err));
	good(layer_encrypted(chain, name, &encrypted, &err));
	check(encrypted && prctl(PR_GET_DUMPABLE) == 0);
	memset(bytes, 'q', sizeof(bytes));
	good(disk_open_write(chain, &ref, &disk, &err));
	good(disk_write(disk, bytes, sizeof(bytes), 65536, &err));
	good(disk_flush(disk, &err));
	disk_close(disk);
	disk = NULL;
	good(disk_open(chain, &ref, &disk, &err));
	good(disk_read(disk, back, sizeof(back), 65536, &err));
	check(memcmp(bytes, back, sizeof(back)) == 0);
	disk_close(disk);
	disk = NULL;
	sql("UPDATE layer SET state = 'doomed' WHERE name = '%s'", name);
	good(layer_remove(chain, name, &err));
	good(layer_delete(call.store->db, name, &err));
}

/* A disk key goes with the last layer that has it, and when nothing does. */
static void test_forgotten(void)
{
	struct kms_key key = made();
	const char *disk = disk_under(&key), *spare = disk_under(&key);
	struct layer layer = { "layer-00000000000000001.qcow2", "qcow2", NULL,
			       (int64_t)GIB, "doomed", disk };
	unsigned before = disks();
	struct op op = {
		.kind = "test",
		.account = ACCOUNT,
		.action = "Test",
		.request = "",
		.payload = keep(format_text("{\"key\": \"%s\"}", spare)),
	};
	const char *answer;

	good(layer_insert(call.store->db, &layer, &err));
	layer.name = "layer-00000000000000002.qcow2";
	good(layer_insert(call.store->db, &layer, &err));
	good(layer_delete(call.store->db, "layer-00000000000000001.qcow2",
			  &err));
	check(disks() == before);
	/* in one step: who dies in it leaves neither without the other */
	sql("CREATE TRIGGER held BEFORE DELETE ON disk_key "
	    "BEGIN SELECT raise(ABORT, 'held'); END");
	check(!layer_delete(call.store->db, layer.name, &err));
	error_clear(&err);
	sql("DROP TRIGGER held");
	check(disks() == before);
	good(layer_delete(call.store->db, layer.name, &err));
	check(disks() == before - 1);

	/* what an operation has still to put into a row stays */
	good(op_begin(call.store->journal, &op, arena, &answer, &err));
	good(disk_key_sweep(call.store->db, call.now + HOUR, &err));
	check(disks() == 1);
	good(op_step(call.store->journal, op.id, "aborted", 1, NULL, NULL,
		     &err));
	good(disk_key_sweep(call.store->db, call.now - HOUR, &err));
	check(disks() == 1);
	good(disk_key_sweep(call.store->db, call.now + HOUR, &err));
	check(disks() == 0);
}

/* What must be in no file. */
static struct {
	const void *bytes;
	size_t size;
	bool master;
} needles[64];
static size_t needle_count, files;

/* A key's bytes as they are and as digits of both cases. */
static void add_needle(const uint8_t *bytes, bool master)
{
	char *lower = keep(malloc(SECRET_TEXT_SIZE)), *upper;

	hex_write(bytes, SECRET_SIZE, lower);
	upper = keep(strdup(lower));
	for (char *c = upper; *c; c++)
		*c = (char)toupper(*c);
	check(needle_count + 3 <= sizeof(needles) / sizeof(*needles));
	needles[needle_count].bytes = bytes;
	needles[needle_count].master = master;
	needles[needle_count++].size = SECRET_SIZE;
	needles[needle_count].bytes = lower;
	needles[needle_count++].size = SECRET_TEXT_SIZE - 1;
	needles[needle_count].bytes = upper;
	needles[needle_count++].size = SECRET_TEXT_SIZE - 1;
}

static void search(const char *path, bool is_master)
{
	auto_buf text = BUF_INIT;

	good(file_read(path, 64 << 20, &text, &err));
	for (size_t i = 0; i < needle_count; i++)
		if (!(is_master && needles[i].master) && text.size &&
		    memmem(text.data, text.size, needles[i].bytes,
			   needles[i].size)) {
			fprintf(stderr, "key bytes (%zu) in %s\n", i, path);
			exit(1);
		}
	files++;
}

static int search_one(const char *path, const struct stat *st, int kind,
		      struct FTW *where)
{
	(void)st;
	(void)where;
	if (kind == FTW_F)
		search(path, strstr(path, "/keys/master") != NULL);
	return 0;
}

/* No key's bytes are in any file of the store, its log included, but the
 * master key's in its own; nor in what this process shows of itself. */
static void test_nowhere(void)
{
	static struct secret master, material, plain[3];
	struct kms_key key = made();
	char digits[SECRET_TEXT_SIZE];

	good(master_key(&call, false, &master, &err));
	add_needle(master.bytes, true);
	check(cipher_open(&master, &key.sealed, key.id, &material));
	add_needle(material.bytes, false);
	for (size_t i = 0; i < 3; i++) {
		opens(disk_under(&key), digits);
		check(hex_read(digits, plain[i].bytes, SECRET_SIZE));
		add_needle(plain[i].bytes, false);
	}
	check(nftw(in_dir("store"), search_one, 16, FTW_PHYS) == 0);
	check(files >= 4 && access(in_dir("store/qami.db-wal"), F_OK) == 0);
	/* which only root can ask a process that is not dumpable for */
	if (access("/proc/self/environ", R_OK) == 0)
		search("/proc/self/environ", false);
	search("/proc/self/cmdline", false);
}

int main(void)
{
	store_new();
	arena = arena_new();
	check(arena);
	test_opening();
	test_altered();
	test_master();
	test_master_adopted();
	test_names();
	test_grants();
	test_states();
	test_chain();
	test_layers();
	test_disk();
	test_forgotten();
	test_nowhere();
	arena_free(arena);
	store_close(call.store);
	return 0;
}
