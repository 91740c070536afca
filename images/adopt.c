/* adopt.c - a bundle that was made for another cloud becomes this store's */
#include "images/adopt.h"

#include <string.h>
#include <sys/mman.h>

#include "images/base/file.h"
#include "images/bucket.h"
#include "images/bundlekey.h"
#include "images/store.h"

static bool read_manifest(struct bucket *bucket, const char *key, int scratch,
			  struct arena *arena, struct manifest *ret_manifest,
			  struct error *err)
{
	return bucket_get(bucket, key, MANIFEST_SIZE_MOST, scratch, err) &&
	       (lseek(scratch, 0, SEEK_SET) == 0 ||
		fail_errno(err, "cannot read the manifest")) &&
	       manifest_read(scratch, arena, ret_manifest, NULL, err);
}

/* Whether the store has to be given the secret, which it gets by the key. */
static bool unwrap(struct call *call, const struct manifest *manifest,
		   const struct rsa *key, struct bundle_key *ret_secret,
		   bool *ret_needed, struct error *err)
{
	*ret_needed = false;
	if (bundle_key_open(call, call->account, manifest, ret_secret, err))
		return true;
	if (err->fault != FAULT_AUTH_FAILURE)
		return false;
	error_clear(err);
	*ret_needed = true;
	return bundle_key_unwrap(manifest, key, ret_secret, err);
}

/* Replaces the manifest by one for this store. */
static bool rewrite(struct call *call, struct bucket *bucket, const char *name,
		    struct manifest *manifest, const struct rsa *key,
		    const struct bundle_key *secret, struct arena *arena,
		    struct error *err)
{
	auto_close int fd = memfd_create("manifest", MFD_CLOEXEC);
	auto_of(rsa) own = NULL;
	auto_buf text = BUF_INIT;

	if (fd < 0)
		return fail_errno(err, "cannot write the manifest");
	return bundle_key_of(call, BUNDLE_KEY_EC2, &own, err) &&
	       bundle_key_wrap(secret, own, arena, &manifest->ec2_key,
			       &manifest->ec2_iv, err) &&
	       manifest_write(manifest, key, &text, err) &&
	       write_all(fd, text.data, text.size, "the manifest", err) &&
	       bucket_put(bucket, name, fd, "aws-exec-read", err);
}

bool bundle_adopt(struct call *call, const char *location,
		  const struct rsa *key, struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_close int fd = memfd_create("manifest", MFD_CLOEXEC);
	auto_of(bucket) bucket = NULL;
	struct bundle_key secret = { 0 };
	struct manifest manifest;
	struct location at;
	bool needed, done;

	if (!arena)
		return fail_memory(err);
	if (fd < 0)
		return fail_errno(err, "cannot read the manifest");
	done = location_split(location, arena, &at, err) &&
	       bucket_find(call, &at, false, &bucket, err) &&
	       read_manifest(bucket, at.key, fd, arena, &manifest, err) &&
	       unwrap(call, &manifest, key, &secret, &needed, err) &&
	       (!needed || rewrite(call, bucket, at.key, &manifest, key,
				   &secret, arena, err));
	explicit_bzero(&secret, sizeof(secret));
	return done;
}
