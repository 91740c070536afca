/* unbundle.c - ec2-unbundle: a bundle becomes a disk again */
#include "bundle/tool/unbundle.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "bundle/unpack.h"

const struct param tool_unbundle_params[] = {
	{ "Manifest", PARAM_FILE, PARAM_REQUIRED, NULL, "the bundle's manifest",
	  NULL, NULL, 'm' },
	{ "Privatekey", PARAM_FILE, 0, NULL,
	  "the key that opens it (also EC2_PRIVATE_KEY)", NULL, NULL, 'k' },
	{ "Source", PARAM_FILE, 0, NULL,
	  "where its parts are; the current directory unless said", NULL, NULL,
	  's', "DIR" },
	{ "Destination", PARAM_FILE, 0, NULL,
	  "where to put the disk; the current directory unless said", NULL,
	  NULL, 'd', "DIR" },
	{ "Cert", PARAM_FILE, 0, NULL,
	  "who must have signed it: a certificate", NULL, NULL, 'c' },
	TOOL_PARAM_BATCH,
	{ 0 },
};

const enum fault tool_unbundle_faults[] = {
	FAULT_INVALID_MANIFEST, FAULT_AUTH_FAILURE, FAULT_VOLUME_CAPACITY,
	FAULT_NONE
};

/* A key of the program's that opens it. */
static bool open_kept(const struct tool_host *host,
		      const struct manifest *manifest,
		      struct bundle_key *ret_secret, struct error *err)
{
	const char *const readers[] = { host->account, "ec2" };

	for (size_t i = 0; i < 2; i++) {
		auto_of(rsa) key = NULL;

		if (!host->pair(host->data, readers[i], &key, err))
			return false;
		if (bundle_key_unwrap(manifest, key, ret_secret, err))
			return true;
		if (err->fault != FAULT_AUTH_FAILURE)
			return false;
		error_clear(err);
	}
	return fail(err, FAULT_AUTH_FAILURE,
		    "neither the account's key nor the store's opens the "
		    "bundle: give the right one by --privatekey");
}

static bool open_secret(const struct tool_args *args,
			const struct tool_host *host,
			const struct manifest *manifest,
			struct bundle_key *ret_secret, struct error *err)
{
	static const char *const variables[] = { "EC2_PRIVATE_KEY", NULL };
	const char *path = tool_setting(args, "Privatekey", variables);
	auto_of(rsa) key = NULL;

	if (!path && host->pair)
		return open_kept(host, manifest, ret_secret, err);
	if (!path)
		return fail(err, FAULT_MISSING_PARAMETER,
			    "the key that opens the bundle is missing: "
			    "--privatekey, or EC2_PRIVATE_KEY");
	return rsa_read_private(path, &key, err) &&
	       bundle_key_unwrap(manifest, key, ret_secret, err);
}

static bool read_manifest(const struct tool_args *args, struct arena *arena,
			  struct manifest *ret_manifest, struct error *err)
{
	const char *path = tool_text(args, "Manifest");
	const char *certificate = tool_text(args, "Cert");
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	auto_buf signed_text = BUF_INIT;
	auto_of(rsa) signer = NULL;

	if (fd < 0)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "cannot open %.100s: %m", path);
	if (!manifest_read(fd, arena, ret_manifest, &signed_text, err))
		return false;
	return !certificate ||
	       (rsa_read_certificate(certificate, &signer, err) &&
		manifest_verify(ret_manifest, &signed_text, signer, err));
}

bool tool_unbundle(const struct tool_args *args, const struct tool_host *host,
		   struct buf *ret_out, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *source = tool_text(args, "Source");
	const char *destination = tool_text(args, "Destination");
	struct manifest manifest;
	struct bundle_key secret;
	struct unpack unpack = {
		.manifest = &manifest,
		.key = &secret,
		.cancel = tool_cancel(),
		.progress = host->progress,
		.watch_data = host->watch_data,
	};
	bool done;

	if (!arena)
		return fail_memory(err);
	if (!destination)
		destination = ".";
	if (!read_manifest(args, arena, &manifest, err) ||
	    !open_secret(args, host, &manifest, &secret, err))
		return false;
	done = unpack_directory(&unpack, source ? source : ".", destination,
				err);
	explicit_bzero(&secret, sizeof(secret));
	if (done)
		buf_printf(ret_out, "%s/%s\n", destination, manifest.name);
	return done;
}
