/* bundled.c - images that are bundles in a bucket
 *
 * What a bundle unpacks to is known by a digest over its manifest and its
 * owner: an account that has got hold of somebody else's manifest alone must
 * not be given what the other's launches have unpacked.
 */
#include "images/bundled.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "bundle/transfer.h"
#include "images/base/digest.h"
#include "images/bucket.h"
#include "images/bundlekey.h"
#include "images/device.h"
#include "images/import.h"
#include "images/registry/bundle.h"

/* EC2's limit for a root of this kind. */
#define ROOT_MOST (10LL << 30)

/* A bundle whose manifest is read and whose parts can be opened. */
struct opened {
	struct bucket *bucket;
	struct manifest manifest;
	struct parts parts;
	bool has_parts;
	char digest[SHA256_TEXT_SIZE];
};

static void opened_done(struct opened *opened)
{
	if (opened->has_parts)
		parts_close(&opened->parts);
	bucket_close(opened->bucket);
}
#define auto_opened __attribute__((cleanup(opened_done))) struct opened

/* Tells what lower rooms said as what RegisterImage and RunInstances say of a
 * bundle. A full disk and our own troubles stay what they are. */
static bool fail_manifest(const char *location, const struct error *why,
			  struct error *err)
{
	if (why->fault == FAULT_BUCKET_NOT_FOUND ||
	    why->fault == FAULT_KEY_NOT_FOUND)
		return fail(err, FAULT_INVALID_MANIFEST,
			    "HTTP 404 (Not Found) response for %.100s: check "
			    "your manifest path is correct",
			    location);
	if (why->fault == FAULT_INVALID_MANIFEST ||
	    why->fault == FAULT_INVALID_PARAMETER ||
	    why->fault == FAULT_AUTH_FAILURE)
		return fail(err, FAULT_INVALID_MANIFEST, "%s", why->text);
	return fail(err, why->fault, "%s", why->text);
}

static void add(struct buf *buf, const char *text)
{
	buf_printf(buf, "%s\n", text ? text : "");
}

/* A name for what the bundle unpacks to. */
static bool identify(const char *owner, const struct manifest *manifest,
		     char ret_digest[SHA256_TEXT_SIZE], struct error *err)
{
	auto_buf text = BUF_INIT;

	add(&text, owner);
	add(&text, manifest->name);
	add(&text, manifest->digest);
	buf_printf(&text, "%" PRIu64 " %" PRIu64 "\n", manifest->size,
		   manifest->bundled_size);
	add(&text, manifest->ec2_key);
	add(&text, manifest->ec2_iv);
	add(&text, manifest->user_key);
	add(&text, manifest->user_iv);
	for (size_t i = 0; i < manifest->part_count; i++) {
		add(&text, manifest->parts[i].name);
		add(&text, manifest->parts[i].digest);
	}
	if (text.broken)
		return fail_memory(err);
	sha256_text(text.data, text.size, ret_digest);
	return true;
}

/* Opens the bundle at a location as the caller. */
static bool bundle_find(struct call *call, const char *text,
			struct arena *arena, struct opened *ret_opened,
			struct error *err)
{
	auto_free char *scratch = store_path(call->store, "scratch");
	struct location location;
	struct error why = { 0 };

	if (!scratch)
		return fail_memory(err);
	if (!location_split(text, arena, &location, err))
		return false;
	if (!*location.key)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "'%.100s' names a bucket and no manifest in it",
			    text);
	if (!bucket_find(call, &location, false, &ret_opened->bucket, &why) ||
	    !bundle_open(ret_opened->bucket, location.key, scratch, arena,
			 &ret_opened->manifest, &ret_opened->parts, &why))
		return fail_manifest(text, &why, err);
	ret_opened->has_parts = true;
	return identify(call->account, &ret_opened->manifest,
			ret_opened->digest, err);
}

/* The secret that the bundle is under, if it is for this store or the caller.
 */
static bool open_secret(struct call *call, const struct manifest *manifest,
			struct bundle_key *ret_secret, struct error *err)
{
	struct error why = { 0 };

	if (bundle_key_open(call, call->account, manifest, ret_secret, &why))
		return true;
	if (why.fault != FAULT_AUTH_FAILURE)
		return fail(err, why.fault, "%s", why.text);
	return fail(err, FAULT_INVALID_MANIFEST,
		    "The bundle was not encrypted for this store: bundle it "
		    "with --ec2cert and the store's certificate");
}

static bool unpack(struct call *call, const struct opened *opened, int fd,
		   struct error *err)
{
	struct bundle_key secret;
	struct unpack unpack = {
		.manifest = &opened->manifest,
		.parts = &opened->parts,
		.key = &secret,
		.progress = call->progress,
		.watch_data = call->watch_data,
	};
	struct error why = { 0 };
	bool ok = open_secret(call, &opened->manifest, &secret, err);

	if (ok && !unpack_file(&unpack, fd, &why))
		ok = fail_manifest(opened->manifest.name, &why, err);
	explicit_bzero(&secret, sizeof(secret));
	return ok;
}

bool bundled_unpack(struct call *call, const struct image *image,
		    const char *digest, int fd, struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_opened opened = { 0 };
	struct call own = *call;

	if (!arena)
		return fail_memory(err);
	/* a launch permission is enough: the bucket is the owner's affair */
	snprintf(own.account, sizeof(own.account), "%s", image->owner);
	if (!bundle_find(&own, image->location, arena, &opened, err))
		return false;
	if (strcmp(opened.digest, digest) != 0)
		return fail(err, FAULT_INVALID_MANIFEST,
			    "The bundle of %s has changed since the image was "
			    "registered",
			    image->id);
	return unpack(&own, &opened, fd, err);
}

/* "machine", "kernel" or "ramdisk"; NULL after a failure. */
static const char *manifest_kind(const struct manifest *manifest,
				 struct error *err)
{
	bool kernel = manifest->kernel && strcmp(manifest->kernel, "true") == 0;
	bool ramdisk = manifest->ramdisk &&
		       strcmp(manifest->ramdisk, "true") == 0;
	const char *type = manifest->type ? manifest->type : "machine";

	if (kernel && ramdisk) {
		fail(err, FAULT_INVALID_MANIFEST,
		     "An image cannot be both a kernel and a ramdisk");
		return NULL;
	}
	if (manifest->kernel && strcmp(manifest->kernel, "windows") == 0) {
		fail(err, FAULT_INVALID_MANIFEST,
		     "Windows images cannot have an instance-store root");
		return NULL;
	}
	return kernel ? "kernel" : ramdisk ? "ramdisk" : type;
}

/* A device's name from the manifest as block device mappings have it; NULL
 * after a failure. */
static const char *manifest_device(struct arena *arena, const char *text,
				   struct error *err)
{
	const char *bare = strncmp(text, "/dev/", 5) == 0 ? text + 5 : text;
	const char *device;

	if (!device_valid(bare)) {
		fail(err, FAULT_INVALID_MANIFEST,
		     "Invalid block device mapping: Invalid device name "
		     "'%.64s'",
		     text);
		return NULL;
	}
	device = arena_format(arena, "/dev/%s", bare);
	if (!device)
		fail_memory(err);
	return device;
}

/* The root's name: the request's, else what the manifest calls "root", else
 * what it calls "ami". */
static bool root_name(const struct manifest *manifest, struct arena *arena,
		      struct image_request *full, struct error *err)
{
	const char *name = NULL;

	if (full->root_device_name)
		return device_valid(full->root_device_name +
				    (strncmp(full->root_device_name, "/dev/",
					     5) == 0 ?
					     5 :
					     0)) ||
		       fail(err, FAULT_INVALID_PARAMETER,
			    "Invalid device name '%.64s'.",
			    full->root_device_name);
	for (size_t i = 0; i < manifest->mapping_count; i++) {
		const struct manifest_mapping *one = &manifest->mappings[i];

		if (strcmp(one->virtual_name, "root") == 0 ||
		    (!name && strcmp(one->virtual_name, "ami") == 0))
			name = one->device;
	}
	full->root_device_name =
		manifest_device(arena, name ? name : "/dev/sda1", err);
	return full->root_device_name != NULL;
}

/* Whether the request says anything of a manifest's entry itself. */
static bool overridden(const struct image_request *request, const char *device,
		       const char *virtual_name)
{
	for (size_t i = 0; i < request->mapping_count; i++) {
		const struct mapping *one = &request->mappings[i];

		if (device_same(one->device, device) ||
		    (one->virtual_name &&
		     strcmp(one->virtual_name, virtual_name) == 0))
			return true;
	}
	return false;
}

/* The request's mapping, and the instance-store disks of the manifest's that
 * it does not override. "ami", "root" and "swap" are no disks of their own. */
static bool merge_mappings(const struct manifest *manifest, struct arena *arena,
			   struct image_request *full, struct error *err)
{
	size_t count = full->mapping_count;
	struct mapping *all = arena_alloc(
		arena, (count + manifest->mapping_count + 1) * sizeof(*all));

	if (!all)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++)
		all[i] = full->mappings[i];
	for (size_t i = 0; i < manifest->mapping_count; i++) {
		const struct manifest_mapping *one = &manifest->mappings[i];
		const char *device;

		if (ephemeral_number(one->virtual_name) < 0)
			continue;
		device = manifest_device(arena, one->device, err);
		if (!device)
			return false;
		if (overridden(full, device, one->virtual_name))
			continue;
		all[count++] = (struct mapping){
			.device = device,
			.virtual_name = one->virtual_name,
			.delete_on_termination = -1,
		};
	}
	full->mappings = all;
	full->mapping_count = count;
	return true;
}

/* A kernel or ramdisk that the manifest names; the request's own are checked
 * with the rest of it. */
static bool manifest_part_of(struct call *call, const char *id,
			     const char *kind, const char **wanted,
			     struct error *err)
{
	struct error why = { 0 };

	if (*wanted || !id || !*id)
		return true;
	if (!image_kind_check(call, id, kind, &why))
		return fail(err, FAULT_INVALID_MANIFEST,
			    "Invalid or unaccessible %s id in ami manifest: "
			    "%s",
			    kind, why.text);
	*wanted = id;
	return true;
}

static bool register_machine(struct call *call, const struct opened *opened,
			     const struct image_request *full,
			     struct arena *arena, char ret_id[ID_SIZE],
			     struct error *err)
{
	const struct manifest *manifest = &opened->manifest;
	struct image_request machine = *full;
	const struct image_bundle bundle = {
		.digest = opened->digest,
		.size = (int64_t)manifest->size,
	};

	if (manifest->size > ROOT_MOST)
		return fail(err, FAULT_INVALID_MANIFEST,
			    "An instance-store root has at most %lld GiB",
			    ROOT_MOST >> 30);
	machine.bundle = &bundle;
	return root_name(manifest, arena, &machine, err) &&
	       merge_mappings(manifest, arena, &machine, err) &&
	       manifest_part_of(call, manifest->kernel, "kernel",
				&machine.kernel, err) &&
	       manifest_part_of(call, manifest->ramdisk, "ramdisk",
				&machine.ramdisk, err) &&
	       image_register(call, &machine, ret_id, err);
}

/* A kernel is a file of the store's as any other that was imported: it is
 * small, and what boots with it must not depend on a bucket. */
static bool register_kernel(struct call *call, const struct opened *opened,
			    const char *kind, const struct image_request *full,
			    char ret_id[ID_SIZE], struct error *err)
{
	auto_free char *scratch = store_path(call->store, "scratch");
	struct import import = {
		.path = full->location,
		.kind = kind,
		.description = full->description,
		.image = full,
	};
	char snapshot[ID_SIZE];
	auto_close int fd = -1;

	if (!scratch)
		return fail_memory(err);
	if (full->mapping_count || full->kernel || full->ramdisk ||
	    full->root_device_name)
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "The bundle holds a %s: it has neither disks nor "
			    "another kernel or ramdisk",
			    kind);
	if (!image_name_check(call, full->name, err))
		return false;
	fd = open(scratch, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail_errno(err, "cannot make a file in %s", scratch);
	import.fd = fd;
	return unpack(call, opened, fd, err) &&
	       import_disk(call, &import, snapshot, ret_id, err);
}

/* The location in its one form: without slashes before and behind it. */
static bool plain_location(struct image_request *full, struct arena *arena,
			   struct error *err)
{
	struct location location;

	if (!location_split(full->location, arena, &location, err))
		return false;
	full->location = arena_format(arena, "%s%s/%s",
				      location.server ? "s3://" : "",
				      location.bucket, location.key);
	return full->location || fail_memory(err);
}

bool bundled_register(struct call *call, const struct image_request *request,
		      char ret_id[ID_SIZE], struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct image_request full = *request;
	struct bundle_key secret;
	auto_opened opened = { 0 };
	const char *architecture, *kind;
	bool ok;

	if (!arena)
		return fail_memory(err);
	if (!plain_location(&full, arena, err) ||
	    !bundle_find(call, full.location, arena, &opened, err))
		return false;
	kind = manifest_kind(&opened.manifest, err);
	if (!kind)
		return false;
	ok = open_secret(call, &opened.manifest, &secret, err);
	explicit_bzero(&secret, sizeof(secret));
	if (!ok)
		return false;
	architecture = opened.manifest.architecture;
	if (!full.architecture)
		full.architecture = architecture ? architecture : "i386";
	if (strcmp(full.architecture, "i386") != 0 &&
	    strcmp(full.architecture, "x86_64") != 0)
		return fail(err, FAULT_INVALID_MANIFEST,
			    "Invalid architecture '%.32s' in ami manifest",
			    full.architecture);
	if (strcmp(kind, "machine") == 0)
		return register_machine(call, &opened, &full, arena, ret_id,
					err);
	return register_kernel(call, &opened, kind, &full, ret_id, err);
}
