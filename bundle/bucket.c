/* bucket.c - names and keys, and what is the same for both kinds of bucket */
#include "bundle/bucket.h"

#include <ctype.h>
#include <string.h>

#include "bundle/bucket-private.h"

#define NAME_LEAST 3
#define NAME_MOST 63
#define KEY_MOST 1024

static bool small_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Four numbers with dots: a host's address, not its name. */
static bool is_address(const char *name)
{
	unsigned dots = 0;

	for (; *name; name++)
		if (*name == '.')
			dots++;
		else if (*name < '0' || *name > '9')
			return false;
	return dots == 3;
}

bool bucket_name_ok(const char *name)
{
	size_t size = strlen(name);

	if (size < NAME_LEAST || size > NAME_MOST || !small_or_digit(name[0]) ||
	    !small_or_digit(name[size - 1]))
		return false;
	for (size_t i = 0; i < size; i++)
		if (!small_or_digit(name[i]) && name[i] != '-' &&
		    (name[i] != '.' || name[i + 1] == '.'))
			return false;
	return !is_address(name);
}

bool bucket_name_check(const char *name, struct error *err)
{
	return bucket_name_ok(name) ||
	       fail(err, FAULT_INVALID_PARAMETER,
		    "'%.70s' cannot be the name of a bucket: it takes %d to %d "
		    "of a-z, 0-9, '-' and '.'",
		    name, NAME_LEAST, NAME_MOST);
}

/* How many bytes the UTF-8 sequence at `text` has; 0 when it is none, or a
 * control character. */
static size_t sequence(const unsigned char *text)
{
	size_t size = text[0] < 0x80 ? 1 :
		      text[0] < 0xe0 ? 2 :
		      text[0] < 0xf0 ? 3 :
				       4;
	unsigned long value = size == 1 ? text[0] : text[0] & (0x7fU >> size);
	static const unsigned long least[] = { 0, 0, 0x80, 0x800, 0x10000 };

	if ((text[0] >= 0x80 && text[0] < 0xc2) || text[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < size; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (text[i] & 0x3f);
	}
	if (value < 0x20 || (value >= 0x7f && value < 0xa0) ||
	    value < least[size] || (value >= 0xd800 && value < 0xe000) ||
	    value > 0x10ffff)
		return 0;
	return size;
}

static bool component_ok(const char *text, size_t size)
{
	return size && !(size <= 2 && strncmp(text, "..", size) == 0);
}

bool bucket_key_ok(const char *key)
{
	const unsigned char *text = (const unsigned char *)key;

	if (strlen(key) > KEY_MOST)
		return false;
	while (*text) {
		size_t size = sequence(text);

		if (!size)
			return false;
		text += size;
	}
	for (;;) {
		size_t size = strcspn(key, "/");

		if (!component_ok(key, size))
			return false;
		if (!key[size])
			return true;
		key += size + 1;
	}
}

bool bucket_cancelled(const struct bucket *bucket, struct error *err)
{
	if (!bucket->cancel ||
	    !__atomic_load_n(bucket->cancel, __ATOMIC_RELAXED))
		return false;
	fail(err, FAULT_UNAVAILABLE, "it was cancelled");
	return true;
}

bool(fail_key)(const struct bucket *bucket, const char *key, struct error *err)
{
	return fail(err, FAULT_KEY_NOT_FOUND,
		    "there is no '%.100s' in the bucket '%s'", key,
		    bucket->name);
}

/* A key that may be used now. */
static bool ready(const struct bucket *bucket, const char *key,
		  struct error *err)
{
	if (!bucket_key_ok(key))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "'%.100s' cannot be the key of an object", key);
	return !bucket_cancelled(bucket, err);
}

void bucket_cancel(struct bucket *bucket, const bool *cancel)
{
	bucket->cancel = cancel;
}

bool bucket_put(struct bucket *bucket, const char *key, int fd, const char *acl,
		struct error *err)
{
	return ready(bucket, key, err) &&
	       bucket->ops->put(bucket, key, fd, acl, NULL, err);
}

bool bucket_put_tagged(struct bucket *bucket, const char *key, int fd,
		       const char *tags, struct error *err)
{
	return ready(bucket, key, err) &&
	       bucket->ops->put(bucket, key, fd, NULL, tags, err);
}

bool bucket_start(struct bucket *bucket, const char *key, size_t size,
		  struct buf *ret_start, struct error *err)
{
	return ready(bucket, key, err) &&
	       bucket->ops->start(bucket, key, size, ret_start, err);
}

bool bucket_get(struct bucket *bucket, const char *key, uint64_t most, int fd,
		struct error *err)
{
	return ready(bucket, key, err) &&
	       bucket->ops->get(bucket, key, most, fd, err);
}

bool bucket_open_object(struct bucket *bucket, const char *key, uint64_t most,
			const char *scratch, int *ret_fd, struct error *err)
{
	return ready(bucket, key, err) &&
	       bucket->ops->open(bucket, key, most, scratch, ret_fd, err);
}

bool bucket_head(struct bucket *bucket, const char *key,
		 struct bucket_object *ret_object, struct error *err)
{
	return ready(bucket, key, err) &&
	       bucket->ops->head(bucket, key, ret_object, err);
}

bool bucket_holds(struct bucket *bucket, const char *key,
		  const struct sums *sums, bool *ret_holds, struct error *err)
{
	return ready(bucket, key, err) &&
	       bucket->ops->holds(bucket, key, sums, ret_holds, err);
}

bool bucket_remove(struct bucket *bucket, const char *key, struct error *err)
{
	return ready(bucket, key, err) && bucket->ops->remove(bucket, key, err);
}

bool bucket_list(struct bucket *bucket, const char *prefix,
		 bool (*each)(void *data, const struct bucket_object *object),
		 void *data, struct error *err)
{
	return !bucket_cancelled(bucket, err) &&
	       bucket->ops->list(bucket, prefix, each, data, err);
}

bool bucket_region(struct bucket *bucket, struct arena *arena,
		   const char **ret_region, struct error *err)
{
	return !bucket_cancelled(bucket, err) &&
	       bucket->ops->region(bucket, arena, ret_region, err);
}

bool bucket_drop(struct bucket *bucket, struct error *err)
{
	return !bucket_cancelled(bucket, err) && bucket->ops->drop(bucket, err);
}

void bucket_close(struct bucket *bucket)
{
	char *name = bucket ? bucket->name : NULL;

	if (bucket)
		bucket->ops->close(bucket);
	free(name);
}
