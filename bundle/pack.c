/* pack.c - a bundle is made in a hidden directory beside where it goes
 *
 * ".PREFIX.packing" is locked by whoever packs, so that a killed run's leavings
 * are told from a bundle in the making. In it lie the parts, by their indexes,
 * and at last the manifest; from then on, parts move out under their names, and
 * the manifest after them. A part with a name whose index is not in the hidden
 * directory any more, beside a manifest that still is, came from there.
 */
#include "bundle/pack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "bundle/archive.h"
#include "bundle/deflate.h"
#include "bundle/encrypt.h"
#include "images/base/arena.h"
#include "images/base/file.h"

#define TRIES 100
#define THREADS_MOST 64
#define MANIFEST "manifest" /* its name in the hidden directory */

/* Where a bundle goes. */
struct place {
	const char *prefix;
	int directory;
	int hidden; /* -1: there is none */
	char hidden_name[256];
	char manifest_name[256];
};

static void place_done(struct place *place)
{
	if (place->hidden >= 0)
		close(place->hidden);
	if (place->directory >= 0)
		close(place->directory);
}

#define auto_place __attribute__((cleanup(place_done))) struct place

/* Whether a name is a part's of a prefix, and which. */
static bool is_part(const char *name, const char *prefix, size_t *ret_index)
{
	size_t size = strlen(prefix);
	const char *digits = name + size + 6;

	if (strncmp(name, prefix, size) != 0 ||
	    strncmp(name + size, ".part.", 6) != 0 || !*digits ||
	    strspn(digits, "0123456789") != strlen(digits))
		return false;
	*ret_index = strtoull(digits, NULL, 10);
	return true;
}

static bool is_there(int directory, const char *name)
{
	struct stat st;

	return fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Calls `found` with each name in a directory. */
static bool each_name(int directory,
		      bool (*found)(const struct place *place, const char *name,
				    struct error *err),
		      const struct place *place, struct error *err)
{
	int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	bool done = true;

	if (!dir) {
		fail_errno(err, "cannot list the directory");
		if (fd >= 0)
			close(fd);
		return false;
	}
	while (done && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			done = found(place, entry->d_name, err);
	closedir(dir);
	return done;
}

static bool refuse_taken(const struct place *place, const char *name,
			 struct error *err)
{
	size_t index;

	return (strcmp(name, place->manifest_name) != 0 &&
		!is_part(name, place->prefix, &index)) ||
	       fail(err, FAULT_INVALID_PARAMETER,
		    "the bundle's directory has a file %.100s", name);
}

/* Removes a named part that came from the hidden directory. */
static bool remove_moved(const struct place *place, const char *name,
			 struct error *err)
{
	char hidden[24];
	size_t index;

	if (!is_part(name, place->prefix, &index))
		return true;
	snprintf(hidden, sizeof(hidden), "%zu", index);
	return is_there(place->hidden, hidden) ||
	       unlinkat(place->directory, name, 0) == 0 ||
	       fail_errno(err, "cannot remove %.100s", name);
}

static bool remove_hidden(const struct place *place, const char *name,
			  struct error *err)
{
	return unlinkat(place->hidden, name, 0) == 0 || errno == ENOENT ||
	       fail_errno(err, "cannot remove %.100s", name);
}

/* Removes all that is not a finished bundle, the manifest's draft after the
 * parts that it tells of. */
static bool place_clear(struct place *place, struct error *err)
{
	if (is_there(place->hidden, MANIFEST) &&
	    !is_there(place->directory, place->manifest_name) &&
	    !each_name(place->directory, remove_moved, place, err))
		return false;
	return each_name(place->hidden, remove_hidden, place, err);
}

static bool place_drop(struct place *place, struct error *err)
{
	if (!place_clear(place, err))
		return false;
	return unlinkat(place->directory, place->hidden_name, AT_REMOVEDIR) ==
		       0 ||
	       fail_errno(err, "cannot remove %.100s", place->hidden_name);
}

/* Locks the hidden directory that was opened; *ret_lost when it is no more what
 * its name stands for. */
static bool hidden_lock(const struct place *place, bool *ret_lost,
			struct error *err)
{
	struct stat mine, there;

	if (flock(place->hidden, LOCK_EX | LOCK_NB) != 0)
		return errno == EWOULDBLOCK ?
			       fail(err, FAULT_INCORRECT_STATE,
				    "somebody is packing the bundle %.100s "
				    "there",
				    place->prefix) :
			       fail_errno(err, "cannot lock %.100s",
					  place->hidden_name);
	*ret_lost = fstat(place->hidden, &mine) != 0 ||
		    fstatat(place->directory, place->hidden_name, &there,
			    AT_SYMLINK_NOFOLLOW) != 0 ||
		    mine.st_dev != there.st_dev || mine.st_ino != there.st_ino;
	return true;
}

/* Opens the place; its hidden directory is made with `make`, and locked. */
static bool place_open(const char *directory, const char *prefix, bool make,
		       struct place *place, struct error *err)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	bool lost = true;

	if (!bundle_name_ok(prefix))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "'%.100s' is no name for a bundle", prefix);
	place->prefix = prefix;
	snprintf(place->hidden_name, sizeof(place->hidden_name), ".%s.packing",
		 prefix);
	snprintf(place->manifest_name, sizeof(place->manifest_name),
		 "%s.manifest.xml", prefix);
	place->directory = open(directory, flags);
	if (place->directory < 0)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "cannot open the directory %.100s: %m", directory);
	for (int i = 0; i < TRIES && lost; i++) {
		if (place->hidden >= 0)
			close(take_fd(place->hidden));
		if (make &&
		    mkdirat(place->directory, place->hidden_name, 0700) != 0 &&
		    errno != EEXIST)
			return fail_path(err, "cannot write in %.100s",
					 directory);
		place->hidden = openat(place->directory, place->hidden_name,
				       flags | O_NOFOLLOW);
		if (place->hidden < 0 && errno == ENOENT) {
			if (!make)
				return true;
			continue;
		}
		if (place->hidden < 0)
			return fail_errno(err, "cannot open %.100s",
					  place->hidden_name);
		if (!hidden_lock(place, &lost, err))
			return false;
	}
	return !lost ||
	       fail(err, FAULT_INCORRECT_STATE,
		    "others are packing the bundle %.100s there", prefix);
}

static bool check(const struct pack *pack, struct error *err)
{
	if (!pack->source->size)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "a disk without a byte cannot be bundled");
	if (pack->about->name && !bundle_name_ok(pack->about->name))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "'%.100s' is no name for an image",
			    pack->about->name);
	if (!pack->user && !pack->ec2)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "nobody is said to read the bundle");
	if (pack->level < 0 || pack->level > DEFLATE_LEVEL_MOST)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "the level of compression is 1 to %d",
			    DEFLATE_LEVEL_MOST);
	return true;
}

static bool write_piece(void *data, const void *bytes, size_t size,
			struct error *err)
{
	return encrypt_write(data, bytes, size, err);
}

/* How many this process may run on. */
static unsigned cores(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 ?
		       (unsigned)CPU_COUNT(&set) :
		       1;
}

/* Writes the parts and tells their names and digests. */
static bool make_parts(const struct pack *pack, const struct place *place,
		       const struct bundle_key *key, struct arena *arena,
		       struct manifest *manifest, struct error *err)
{
	unsigned threads = pack->threads ? pack->threads : cores();
	struct archive archive = {
		.source = pack->source,
		.name = manifest->name,
		.level = pack->level ? pack->level : DEFLATE_LEVEL,
		.threads = threads < THREADS_MOST ? threads : THREADS_MOST,
		.sparse = pack->sparse,
		.cancel = pack->cancel,
		.progress = pack->progress,
		.watch_data = pack->watch_data,
	};
	auto_of(encryption) encryption = NULL;
	const char(*digests)[SHA1_TEXT_SIZE];
	struct manifest_part *parts;

	if (!encrypt_open(place->hidden, key,
			  pack->part_size ? pack->part_size : BUNDLE_PART_SIZE,
			  &encryption, err) ||
	    !archive_write(&archive, write_piece, encryption, manifest->digest,
			   err) ||
	    !encrypt_end(encryption, &manifest->part_count, &digests,
			 &manifest->bundled_size, err))
		return false;
	parts = arena_alloc(arena, manifest->part_count * sizeof(*parts));
	for (size_t i = 0; parts && i < manifest->part_count; i++) {
		auto_free char *name = manifest_part_name(place->prefix, i,
							  manifest->part_count);

		parts[i].name = name ? arena_str(arena, name) : NULL;
		if (!parts[i].name)
			return fail_memory(err);
		memcpy(parts[i].digest, digests[i], SHA1_TEXT_SIZE);
	}
	manifest->parts = parts;
	return parts || fail_memory(err);
}

/* Wraps the secret for those who may read the bundle. */
static bool wrap(const struct pack *pack, const struct bundle_key *key,
		 struct arena *arena, struct manifest *manifest,
		 struct error *err)
{
	const struct rsa *ec2 = pack->ec2 ? pack->ec2 : pack->user;

	if (!bundle_key_wrap(key, ec2, arena, &manifest->ec2_key,
			     &manifest->ec2_iv, err))
		return false;
	manifest->user_key = manifest->user_iv = NULL;
	return !pack->user ||
	       bundle_key_wrap(key, pack->user, arena, &manifest->user_key,
			       &manifest->user_iv, err);
}

static bool draft_manifest(const struct place *place, const struct buf *text,
			   struct error *err)
{
	auto_close int fd = openat(
		place->hidden, MANIFEST,
		O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return fail_errno(err, "cannot make the manifest");
	if (!write_all(fd, text->data, text->size, "the manifest", err))
		return false;
	if (fsync(fd) != 0 || fsync(place->hidden) != 0)
		return fail_errno(err, "cannot write the manifest");
	return true;
}

/* Moves a file out of the hidden directory, in no other's place where the
 * filesystem can tell. */
static bool move_out(const struct place *place, const char *from,
		     const char *to, struct error *err)
{
	if (renameat2(place->hidden, from, place->directory, to,
		      RENAME_NOREPLACE) == 0)
		return true;
	if (errno == EEXIST)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "the bundle's directory has a file %.100s", to);
	if ((errno == EINVAL || errno == ENOSYS) &&
	    renameat(place->hidden, from, place->directory, to) == 0)
		return true;
	return fail_errno(err, "cannot name %.100s", to);
}

static bool publish(const struct place *place, const struct manifest *manifest,
		    struct error *err)
{
	char name[24];

	for (size_t i = 0; i < manifest->part_count; i++) {
		snprintf(name, sizeof(name), "%zu", i);
		if (!move_out(place, name, manifest->parts[i].name, err))
			return false;
	}
	if (fsync(place->directory) != 0)
		return fail_errno(err, "cannot flush the bundle's directory");
	if (!move_out(place, MANIFEST, place->manifest_name, err))
		return false;
	if (fsync(place->directory) == 0)
		return true;
	fail_errno(err, "cannot flush the bundle's directory");
	renameat(place->directory, place->manifest_name, place->hidden,
		 MANIFEST);
	return false;
}

static bool pack_into(const struct pack *pack, struct place *place,
		      struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct manifest manifest = *pack->about;
	auto_buf text = BUF_INIT;
	struct bundle_key key;
	bool made;

	if (!arena)
		return fail_memory(err);
	if (!place_clear(place, err) ||
	    !each_name(place->directory, refuse_taken, place, err))
		return false;
	if (!manifest.name)
		manifest.name = pack->prefix;
	manifest.size = pack->source->size;
	bundle_key_make(&key);
	made = wrap(pack, &key, arena, &manifest, err) &&
	       make_parts(pack, place, &key, arena, &manifest, err);
	explicit_bzero(&key, sizeof(key));
	return made && manifest_write(&manifest, pack->signer, &text, err) &&
	       draft_manifest(place, &text, err) &&
	       publish(place, &manifest, err);
}

bool pack_directory(const struct pack *pack, const char *directory,
		    struct error *err)
{
	auto_place place = { .directory = -1, .hidden = -1 };
	struct error ignored = { FAULT_NONE };
	bool packed;

	if (!check(pack, err) ||
	    !place_open(directory, pack->prefix, true, &place, err))
		return false;
	packed = pack_into(pack, &place, err);
	/* what is left of the hidden directory harms nobody: the next one to
	 * pack there removes it */
	if (!place_drop(&place, &ignored))
		error_clear(&ignored);
	return packed;
}

bool pack_clean(const char *directory, const char *prefix, struct error *err)
{
	auto_place place = { .directory = -1, .hidden = -1 };

	if (!place_open(directory, prefix, false, &place, err))
		return false;
	return place.hidden < 0 || place_drop(&place, err);
}
