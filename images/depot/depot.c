/* depot.c - a region's keys, and what is sealed under them
 *
 * Key bytes are guarded before they are made; what is sealed is never written
 * to a file of this host in clear, because whatever goes into one was sealed
 * before.
 */
#include <stdio.h>
#include <string.h>

#include "images/depot/depot-private.h"

#define REGION "region"
#define REGION_SIZE 64
#define REGION_MAGIC "qamirgn\n"
#define REGION_VERSION 8
#define REGION_BLOCK 12
#define REGION_CHECK 32
#define VERSION 1

bool(depot_bad)(const char *name, const char *why, struct error *err)
{
	return fail(err, FAULT_INTERNAL, "the region's object %s %s", name,
		    why);
}

static void derive(const struct secret *key, const char *word,
		   struct secret *ret_key)
{
	secret_guard(ret_key, sizeof(*ret_key));
	hmac_sha256(key->bytes, word, strlen(word), ret_key->bytes);
}

/* The bytes of "region". */
static void describe(const struct secret *key, uint8_t ret_bytes[REGION_SIZE])
{
	auto_secret check = { .bytes = { 0 } };

	derive(key, "check", &check);
	memset(ret_bytes, 0, REGION_SIZE);
	memcpy(ret_bytes, REGION_MAGIC, strlen(REGION_MAGIC));
	put32(ret_bytes + REGION_VERSION, VERSION);
	put32(ret_bytes + REGION_BLOCK, DEPOT_BLOCK);
	hmac_sha256(check.bytes, ret_bytes, REGION_CHECK,
		    ret_bytes + REGION_CHECK);
}

static bool check_region(const struct buf *is,
			 const uint8_t wanted[REGION_SIZE], struct error *err)
{
	const uint8_t *bytes = (const uint8_t *)is->data;

	if (is->size < REGION_CHECK ||
	    memcmp(bytes, wanted, REGION_VERSION) != 0)
		return depot_bad(REGION, "is none", err);
	if (get32(bytes + REGION_VERSION) != VERSION)
		return fail(err, FAULT_UNSUPPORTED,
			    "the region is of version %u, which is not known "
			    "here",
			    get32(bytes + REGION_VERSION));
	if (is->size != REGION_SIZE || memcmp(bytes, wanted, REGION_CHECK) != 0)
		return depot_bad(REGION, "was altered", err);
	return secret_equal(bytes + REGION_CHECK, wanted + REGION_CHECK,
			    SHA256_SIZE) ||
	       fail(err, FAULT_AUTH_FAILURE,
		    "the region was made with another key");
}

bool depot_exists(const struct depot_ops *ops, void *data, bool *ret_exists,
		  struct error *err)
{
	return ops->has(data, REGION, ret_exists, err);
}

/* Finds the region, or makes it; it is looked for again then, because somebody
 * with another key may have been quicker. */
static bool find(const struct depot_ops *ops, void *data,
		 const struct secret *key, bool make, struct error *err)
{
	uint8_t wanted[REGION_SIZE];
	auto_buf is = BUF_INIT;

	describe(key, wanted);
	for (bool made = false;; made = true) {
		if (ops->get(data, REGION, REGION_SIZE, &is, err))
			return check_region(&is, wanted, err);
		if (err->fault == FAULT_INVALID_PARAMETER) {
			error_clear(err);
			return depot_bad(REGION, "is too large for one", err);
		}
		if (err->fault != FAULT_KEY_NOT_FOUND || made)
			return false;
		error_clear(err);
		if (!make)
			return fail(err, FAULT_REGION_NOT_FOUND,
				    "there is no region in that place");
		if (!ops->put(data, REGION, wanted, sizeof(wanted), err))
			return false;
	}
}

bool depot_open(const struct depot_ops *ops, void *data,
		const struct secret *key, bool make, struct depot **ret_depot,
		struct error *err)
{
	auto_of(depot) depot = calloc(1, sizeof(*depot));

	if (!depot)
		return fail_memory(err);
	if (!find(ops, data, key, make, err))
		return false;
	depot->ops = ops;
	depot->data = data;
	derive(key, "names", &depot->names);
	derive(key, "seal", &depot->seal);
	*ret_depot = take(depot);
	return true;
}

void depot_close(struct depot *depot)
{
	if (!depot)
		return;
	secret_done(&depot->names);
	secret_done(&depot->seal);
	free(depot);
}

bool depot_object_put(struct depot *depot, const char *name,
		      const void *content, size_t size, struct error *err)
{
	auto_free uint8_t *sealed = malloc(size + CIPHER_EXTRA);

	if (!sealed)
		return fail_memory(err);
	return cipher_seal_bytes(&depot->seal, content, size, name, sealed,
				 err) &&
	       depot->ops->put(depot->data, name, sealed, size + CIPHER_EXTRA,
			       err);
}

bool depot_object_fetch(struct depot *depot, const char *name, size_t most,
			struct buf *ret_sealed, struct error *err)
{
	if (!depot->ops->get(depot->data, name, most + CIPHER_EXTRA, ret_sealed,
			     err)) {
		if (err->fault != FAULT_INVALID_PARAMETER)
			return false;
		error_clear(err);
		return depot_bad(name, "is larger than it may be", err);
	}
	return ret_sealed->size >= CIPHER_EXTRA ||
	       depot_bad(name, "was cut short", err);
}

bool depot_object_open(const struct depot *depot, const char *name,
		       const struct buf *sealed, uint8_t *ret_content,
		       struct error *err)
{
	return cipher_open_bytes(&depot->seal, (const uint8_t *)sealed->data,
				 sealed->size, name, ret_content) ||
	       depot_bad(name,
			 "does not open under the region's key and its name: "
			 "it was altered, cut short or exchanged",
			 err);
}

bool depot_object_get(struct depot *depot, const char *name, size_t most,
		      uint8_t **ret_content, size_t *ret_size,
		      struct error *err)
{
	auto_free uint8_t *content = NULL;
	auto_buf sealed = BUF_INIT;
	size_t size;

	if (!depot_object_fetch(depot, name, most, &sealed, err))
		return false;
	size = sealed.size - CIPHER_EXTRA;
	content = malloc(size + 1);
	if (!content)
		return fail_memory(err);
	if (!depot_object_open(depot, name, &sealed, content, err))
		return false;
	content[size] = 0;
	*ret_content = take(content);
	*ret_size = size;
	return true;
}
