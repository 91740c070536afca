/* list.c - reading and writing digest lists
 *
 * A list is one piece of memory that is the file, so that its own digest is
 * taken of exactly what is written. It is rewritten under one temporary name
 * for each layer: what a killed writer leaves, the next one or the layer's
 * removal takes away.
 */
#include "images/chain/list.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "images/base/buf.h"
#include "images/base/file.h"
#include "images/chain/chain-private.h"
#include "images/chain/qcow2.h"

#define DIRECTORY "../digests" /* from the layer directory */
#define MAGIC "qamidgst"
#define VERSION 1
#define VERSION_KEYED 2

enum {
	AT_VERSION = 8,
	AT_BLOCK = 12,
	AT_SIZE = 16,
	AT_COUNT = 24,
	HEAD = 32,
	AT_MARK = HEAD,
	HEAD_KEYED = AT_MARK + BLOCK_DIGEST_SIZE,
};

static size_t body_size(const struct list *list)
{
	return list->head + list->count * LIST_ENTRY_SIZE;
}

struct list *list_new(uint64_t size, uint64_t count, const uint8_t *mark)
{
	auto_of(list) list = calloc(1, sizeof(*list));

	if (!list || count > SIZE_MAX / 2 / LIST_ENTRY_SIZE)
		return NULL;
	list->count = count;
	list->head = mark ? HEAD_KEYED : HEAD;
	list->data = calloc(1, body_size(list) + BLOCK_DIGEST_SIZE);
	if (!list->data)
		return NULL;
	memcpy(list->data, MAGIC, 8);
	put32(list->data + AT_VERSION, mark ? VERSION_KEYED : VERSION);
	if (mark)
		memcpy(list->data + AT_MARK, mark, BLOCK_DIGEST_SIZE);
	put32(list->data + AT_BLOCK, BLOCK_SIZE);
	put64(list->data + AT_SIZE, size);
	return take(list);
}

void list_free(struct list *list)
{
	if (!list)
		return;
	free(list->data);
	free(list);
}

uint8_t *list_entry(const struct list *list, uint64_t i)
{
	return list->data + list->head + i * LIST_ENTRY_SIZE;
}

bool list_owns(const struct list *list, const uint8_t *entry)
{
	return list->count && entry >= list_entry(list, 0) &&
	       entry < list_entry(list, list->count);
}

const uint8_t *list_mark(const struct list *list)
{
	return list->head == HEAD_KEYED ? list->data + AT_MARK : NULL;
}

bool list_same_key(const struct list *left, const struct list *right)
{
	const uint8_t *one = list_mark(left), *other = list_mark(right);

	return one && other ? memcmp(one, other, BLOCK_DIGEST_SIZE) == 0 :
			      one == other;
}

uint64_t entry_block(const uint8_t *entry)
{
	return get64(entry);
}

void entry_set_block(uint8_t *entry, uint64_t block)
{
	put64(entry, block);
}

uint64_t list_size(const struct list *list)
{
	return get64(list->data + AT_SIZE);
}

/* Whether the file in memory, of so many bytes, is what list_write() wrote. */
static bool is_whole(const struct list *list, size_t bytes)
{
	uint8_t digest[BLOCK_DIGEST_SIZE];
	const uint8_t *data = list->data;
	uint64_t blocks = list_size(list) / BLOCK_SIZE + 1;

	if (memcmp(data, MAGIC, 8) != 0 ||
	    get32(data + AT_VERSION) !=
		    (list_mark(list) ? VERSION_KEYED : VERSION) ||
	    get32(data + AT_BLOCK) != BLOCK_SIZE ||
	    get64(data + AT_COUNT) != list->count)
		return false;
	SHA256(data, bytes - sizeof(digest), digest);
	if (memcmp(data + bytes - sizeof(digest), digest, sizeof(digest)) != 0)
		return false;
	for (uint64_t i = 0; i < list->count; i++) {
		uint64_t block = entry_block(list_entry(list, i));

		if (block >= blocks ||
		    (i && block <= entry_block(list_entry(list, i - 1))))
			return false;
	}
	return true;
}

/* The path of a list below the layer directory's descriptor. */
static void path_of(const char *prefix, const char *layer,
		    char ret_path[sizeof(DIRECTORY) + DRAFT_NAME_SIZE])
{
	snprintf(ret_path, sizeof(DIRECTORY) + DRAFT_NAME_SIZE,
		 DIRECTORY "/%s%s", prefix, layer);
}

bool list_exists(const struct chain *chain, const char *layer)
{
	char path[sizeof(DIRECTORY) + DRAFT_NAME_SIZE];
	enum layer_format format;

	path_of("", layer, path);
	return layer_name_format(layer, &format) &&
	       faccessat(chain->fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* An empty list of the form and the number of entries that a file says and has
 * room for; *ret_list is NULL when it can be no list. */
static bool shape(int fd, size_t bytes, struct list **ret_list,
		  struct error *err)
{
	static const uint8_t unknown[BLOCK_DIGEST_SIZE];
	uint8_t version[4] = { 0 };
	auto_of(list) list = NULL;
	size_t rest, least;
	bool keyed;

	keyed = pread(fd, version, 4, AT_VERSION) == 4 &&
		get32(version) == VERSION_KEYED;
	least = (keyed ? HEAD_KEYED : HEAD) + BLOCK_DIGEST_SIZE;
	rest = bytes < least ? 0 : bytes - least;
	*ret_list = NULL;
	if (bytes < least || rest % LIST_ENTRY_SIZE)
		return true;
	list = list_new(0, rest / LIST_ENTRY_SIZE, keyed ? unknown : NULL);
	if (!list)
		return fail_memory(err);
	*ret_list = take(list);
	return true;
}

/* Reads a file of known size whole. */
static bool read_file(int fd, const char *layer, struct list *list,
		      size_t bytes, struct error *err)
{
	for (size_t have = 0; have < bytes;) {
		ssize_t got = read(fd, list->data + have, bytes - have);

		if (got < 0 && errno == EINTR)
			continue;
		if (got == 0)
			errno = EIO;
		if (got <= 0)
			return fail_errno(err, "cannot read the digests of %s",
					  layer);
		have += (size_t)got;
	}
	return true;
}

bool list_read(const struct chain *chain, const char *layer,
	       struct list **ret_list, struct error *err)
{
	char path[sizeof(DIRECTORY) + DRAFT_NAME_SIZE];
	auto_of(list) list = NULL;
	auto_close int fd = -1;
	struct stat st;

	if (!layer_name_check(layer, err))
		return false;
	path_of("", layer, path);
	fd = openat(chain->fd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		*ret_list = NULL;
		return true;
	}
	if (fd < 0 || fstat(fd, &st) != 0)
		return fail_errno(err, "cannot open the digests of %s", layer);
	if (!shape(fd, (size_t)st.st_size, &list, err) ||
	    (list && !read_file(fd, layer, list, (size_t)st.st_size, err)))
		return false;
	if (!list || !is_whole(list, (size_t)st.st_size))
		return fail(err, FAULT_INTERNAL,
			    "the digests of %s are damaged", layer);
	*ret_list = take(list);
	return true;
}

bool list_write(const struct chain *chain, const char *layer, struct list *list,
		struct error *err)
{
	const size_t body = body_size(list);
	auto_free char *dir = format_text("%s/" DIRECTORY, chain->path);
	char path[sizeof(DIRECTORY) + DRAFT_NAME_SIZE];
	char draft[sizeof(DIRECTORY) + DRAFT_NAME_SIZE];
	auto_close int fd = -1;

	if (!dir)
		return fail_memory(err);
	if (!layer_name_check(layer, err) || !dir_make(dir, 0700, err))
		return false;
	path_of("", layer, path);
	path_of(DRAFT_PREFIX, layer, draft);
	put64(list->data + AT_COUNT, list->count);
	SHA256(list->data, body, list->data + body);
	fd = openat(chain->fd, draft,
		    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	if (fd < 0)
		return fail_errno(err, "cannot make the digests of %s", layer);
	if (!write_all(fd, list->data, body + BLOCK_DIGEST_SIZE, layer, err))
		goto undo;
	if (fsync(fd) != 0 ||
	    renameat(chain->fd, draft, chain->fd, path) != 0) {
		fail_errno(err, "cannot write the digests of %s", layer);
		goto undo;
	}
	return dir_sync(dir, err);
undo:
	unlinkat(chain->fd, draft, 0);
	return false;
}

bool list_remove(const struct chain *chain, const char *layer,
		 struct error *err)
{
	char path[sizeof(DIRECTORY) + DRAFT_NAME_SIZE];

	if (!layer_name_check(layer, err))
		return false;
	path_of(DRAFT_PREFIX, layer, path);
	if (unlinkat(chain->fd, path, 0) != 0 && errno != ENOENT)
		return fail_errno(err, "cannot remove the digests of %s",
				  layer);
	path_of("", layer, path);
	if (unlinkat(chain->fd, path, 0) != 0 && errno != ENOENT)
		return fail_errno(err, "cannot remove the digests of %s",
				  layer);
	return true;
}

struct each {
	void (*found)(void *data, const char *layer);
	void *data;
};

static void each_name(void *data, const char *name)
{
	const struct each *each = data;
	char layer[LAYER_NAME_SIZE];

	if (layer_of_file(name, layer))
		each->found(each->data, layer);
}

bool digests_each(struct chain *chain,
		  void (*found)(void *data, const char *layer), void *data,
		  struct error *err)
{
	struct each each = { found, data };

	/* it is made with the first list */
	return faccessat(chain->fd, DIRECTORY, F_OK, 0) != 0 ||
	       chain_each_in(chain, DIRECTORY, each_name, &each, err);
}
