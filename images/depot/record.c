/* record.c - lists of blocks, and what is said of snapshots and images
 *
 * Both are taken apart as if anybody had written them, although they open only
 * if somebody with the region's key has: his store need not be this one.
 */
#include <stdio.h>
#include <string.h>

#include "images/base/hex.h"
#include "images/base/id.h"
#include "images/depot/depot-private.h"

#define LIST_HEAD 16
#define ENTRY_SIZE (8 + DEPOT_DIGEST)
#define LIST_MOST (LIST_HEAD + (size_t)DEPOT_BLOCKS_MOST * ENTRY_SIZE)
#define RECORD_HEAD (8 + DEPOT_DIGEST)

void list_name(const struct depot *depot, const uint8_t digest[DEPOT_DIGEST],
	       char ret_name[DEPOT_NAME_SIZE])
{
	char digits[2 * SHA256_SIZE + 1];
	uint8_t mac[SHA256_SIZE];

	name_of(depot, "list", digest, mac);
	hex_write(mac, sizeof(mac), digits);
	snprintf(ret_name, DEPOT_NAME_SIZE, "lists/%s", digits);
}

void depot_list_done(struct depot_list *list)
{
	free(list->entries);
	list->entries = NULL;
	list->count = 0;
}

bool depot_put_list(struct depot *depot, const struct depot_list *list,
		    uint8_t ret_digest[DEPOT_DIGEST], struct error *err)
{
	size_t size = LIST_HEAD + list->count * ENTRY_SIZE;
	auto_free uint8_t *content = NULL;
	char name[DEPOT_NAME_SIZE];
	bool there;

	if (list->count > DEPOT_BLOCKS_MOST)
		return fail(err, FAULT_UNSUPPORTED,
			    "a snapshot with %zu blocks that are not zeros is "
			    "too large for a region in a bucket: it takes %u",
			    list->count, DEPOT_BLOCKS_MOST);
	content = malloc(size);
	if (!content)
		return fail_memory(err);
	put64(content, list->size);
	put64(content + 8, list->count);
	for (size_t i = 0; i < list->count; i++) {
		uint8_t *entry = content + LIST_HEAD + i * ENTRY_SIZE;

		put64(entry, list->entries[i].number);
		memcpy(entry + 8, list->entries[i].digest, DEPOT_DIGEST);
	}
	sha256(content, size, ret_digest);
	list_name(depot, ret_digest, name);
	return depot->ops->has(depot->data, name, &there, err) &&
	       (there || depot_object_put(depot, name, content, size, err));
}

static bool read_entries(const char *name, const uint8_t *content,
			 struct depot_list *list, struct error *err)
{
	uint64_t next = 0,
		 blocks = (list->size + DEPOT_BLOCK - 1) / DEPOT_BLOCK;

	list->entries = calloc(list->count + 1, sizeof(*list->entries));
	if (!list->entries)
		return fail_memory(err);
	for (size_t i = 0; i < list->count; i++) {
		const uint8_t *entry = content + LIST_HEAD + i * ENTRY_SIZE;
		uint64_t number = get64(entry);

		if (number < next || number >= blocks)
			return depot_bad(name, "has blocks out of order", err);
		next = number + 1;
		list->entries[i].number = number;
		memcpy(list->entries[i].digest, entry + 8, DEPOT_DIGEST);
	}
	return true;
}

static bool read_list(const char *name, const uint8_t *content, size_t size,
		      struct depot_list *ret_list, struct error *err)
{
	struct depot_list list = { 0 };

	if (size < LIST_HEAD)
		return depot_bad(name, "is no list of blocks", err);
	list.size = get64(content);
	list.count = get64(content + 8);
	if (!list.size || list.size % 512 || list.size > DEPOT_DISK_MOST ||
	    list.count > DEPOT_BLOCKS_MOST ||
	    size != LIST_HEAD + list.count * ENTRY_SIZE)
		return depot_bad(name, "is no list of blocks", err);
	if (!read_entries(name, content, &list, err)) {
		depot_list_done(&list);
		return false;
	}
	*ret_list = list;
	return true;
}

bool depot_get_list(struct depot *depot, const uint8_t digest[DEPOT_DIGEST],
		    struct depot_list *ret_list, struct error *err)
{
	auto_free uint8_t *content = NULL;
	char name[DEPOT_NAME_SIZE];
	uint8_t is[SHA256_SIZE];
	size_t size;

	list_name(depot, digest, name);
	if (!depot_object_get(depot, name, LIST_MOST, &content, &size, err)) {
		if (err->fault != FAULT_KEY_NOT_FOUND)
			return false;
		error_clear(err);
		return depot_bad(name, "is missing", err);
	}
	sha256(content, size, is);
	if (memcmp(is, digest, sizeof(is)) != 0)
		return depot_bad(name, "is another list", err);
	return read_list(name, content, size, ret_list, err);
}

/* The object of an id; false where that is none. */
static bool record_name(const char *id, char ret_name[DEPOT_NAME_SIZE])
{
	bool image = id_valid(id, "ami");

	snprintf(ret_name, DEPOT_NAME_SIZE, "%s/%.31s",
		 image ? "images" : "snapshots", id);
	return image || id_valid(id, "snap");
}

static bool no_record(const char *id, struct error *err)
{
	return fail(err, FAULT_KEY_NOT_FOUND, "there is no %.31s in the region",
		    id);
}

bool depot_put_record(struct depot *depot, const char *id,
		      const struct depot_record *record, struct error *err)
{
	size_t size = strlen(record->text);
	auto_free uint8_t *content = malloc(RECORD_HEAD + size);
	char name[DEPOT_NAME_SIZE];

	if (!content)
		return fail_memory(err);
	if (!record_name(id, name))
		return no_record(id, err);
	if (size > DEPOT_RECORD_MOST)
		return fail(err, FAULT_UNSUPPORTED,
			    "%s has more to be said of it than a region keeps",
			    id);
	put64(content, (uint64_t)record->serial);
	memcpy(content + 8, record->list, DEPOT_DIGEST);
	memcpy(content + RECORD_HEAD, record->text, size);
	return depot_object_put(depot, name, content, RECORD_HEAD + size, err);
}

static bool read_record(const char *name, const uint8_t *content, size_t size,
			struct depot_record *ret_record, struct error *err)
{
	if (size < RECORD_HEAD || get64(content) > INT64_MAX ||
	    !get64(content) ||
	    memchr(content + RECORD_HEAD, 0, size - RECORD_HEAD))
		return depot_bad(name, "is no record", err);
	ret_record->serial = (int64_t)get64(content);
	memcpy(ret_record->list, content + 8, DEPOT_DIGEST);
	ret_record->text = strdup((const char *)content + RECORD_HEAD);
	return ret_record->text || fail_memory(err);
}

bool depot_get_record(struct depot *depot, const char *id,
		      struct depot_record *ret_record, struct error *err)
{
	auto_free uint8_t *content = NULL;
	char name[DEPOT_NAME_SIZE];
	size_t size;

	if (!record_name(id, name))
		return no_record(id, err);
	if (depot_object_get(depot, name, RECORD_HEAD + DEPOT_RECORD_MOST,
			     &content, &size, err))
		return read_record(name, content, size, ret_record, err);
	if (err->fault != FAULT_KEY_NOT_FOUND)
		return false;
	error_clear(err);
	return no_record(id, err);
}

bool depot_remove_record(struct depot *depot, const char *id, struct error *err)
{
	char name[DEPOT_NAME_SIZE];

	return !record_name(id, name) ||
	       depot->ops->remove(depot->data, name, err);
}

/* A listing of ids. */
struct naming {
	const char *prefix;
	size_t skip;
	bool (*each)(void *data, const char *id);
	void *data;
};

static bool tell_id(void *data, const char *name, uint64_t size)
{
	const struct naming *naming = data;
	const char *id = name + naming->skip;

	(void)size;
	return !id_valid(id, naming->prefix) || naming->each(naming->data, id);
}

bool depot_each(struct depot *depot, const char *prefix,
		bool (*each)(void *data, const char *id), void *data,
		struct error *err)
{
	const char *directory = strcmp(prefix, "ami") == 0 ? "images/" :
							     "snapshots/";
	struct naming naming = { prefix, strlen(directory), each, data };

	return depot->ops->list(depot->data, directory, tell_id, &naming, err);
}

void depot_id(const struct depot *depot, const char *source, char ret_id[32])
{
	char digits[2 * SHA256_SIZE + 1], about[64];
	uint8_t mac[SHA256_SIZE];

	snprintf(about, sizeof(about), "id %.40s", source);
	hmac_sha256(depot->names.bytes, about, strlen(about), mac);
	hex_write(mac, sizeof(mac), digits);
	snprintf(ret_id, ID_SIZE, "%.*s-%.*s",
		 (int)strcspn(source, "-") > 5 ? 5 : (int)strcspn(source, "-"),
		 source, ID_DIGITS, digits);
}
