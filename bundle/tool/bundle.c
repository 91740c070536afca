/* bundle.c - whose a bundle is, who may open it, and what it says of its image
 *
 * Whoever brings neither key nor certificate gets what the program keeps for
 * the account. The cloud's certificate decides who can launch the bundle: the
 * program's own store, the file that Amazon's tools read inside guests, or
 * nobody but the user.
 */
#include <string.h>
#include <sys/utsname.h>

#include "bundle/tool/tool.h"

/* Where Amazon's tools keep it. */
#define CLOUD_CERTIFICATE "/etc/ec2/amitools/cert-ec2.pem"
#define ASK_ARCHITECTURE "Architecture (x86_64 or i386)?"

static const char *const key_variables[] = { "EC2_PRIVATE_KEY", NULL };
static const char *const certificate_variables[] = { "EC2_CERT", NULL };
static const char *const cloud_variables[] = { "EUCALYPTUS_CERT", NULL };
static const char *const user_variables[] = { "EC2_USER_ID", NULL };

/* 12 digits; the hyphens that AWS's console shows are not part of them. */
static bool find_user(const struct tool_args *args,
		      const struct tool_host *host, struct arena *arena,
		      const char **ret_user, struct error *err)
{
	const char *given = tool_setting(args, "User", user_variables);
	char digits[13] = "";
	size_t used = 0;

	if (!given && !host->account)
		return fail(err, FAULT_MISSING_PARAMETER,
			    "whose bundle is it? Give the account's number by "
			    "--user or EC2_USER_ID");
	for (const char *c = given ? given : host->account; *c; c++)
		if (*c != '-' && used < 13)
			digits[used++] = *c;
	if (used != 12 || strspn(digits, "0123456789") < 12)
		return fail(err, FAULT_INVALID_USER_ID,
			    "'%.40s' is not an account number of 12 digits",
			    given ? given : host->account);
	*ret_user = arena_format(arena, "%.12s", digits);
	return *ret_user || fail_memory(err);
}

/* A key that does not go with the certificate would be noticed by nobody but
 * by whoever cannot unbundle any more. */
static bool check_pair(const struct rsa *key, const struct rsa *certificate,
		       struct error *err)
{
	static const char text[] = "one pair";
	auto_buf signature = BUF_INIT;

	if (!rsa_sign_sha1(key, text, sizeof(text), &signature, err))
		return false;
	if (rsa_verify_sha1(certificate, text, sizeof(text),
			    buf_text(&signature), err))
		return true;
	error_clear(err);
	return fail(err, FAULT_PARAMETER_COMBINATION,
		    "the certificate is not that of the private key");
}

static bool find_user_keys(const struct tool_args *args,
			   const struct tool_host *host,
			   struct tool_bundle *bundle, struct error *err)
{
	const char *key = tool_setting(args, "Privatekey", key_variables);
	const char *certificate =
		tool_setting(args, "Cert", certificate_variables);

	if (!key && !certificate && host->pair) {
		if (!host->pair(host->data, host->account, &bundle->signer,
				err))
			return false;
		bundle->pack.user = bundle->pack.signer = bundle->signer;
		return true;
	}
	if (!key || !certificate)
		return fail(err, FAULT_MISSING_PARAMETER,
			    "a private key and its certificate go together: "
			    "--privatekey (or EC2_PRIVATE_KEY) and --cert (or "
			    "EC2_CERT)");
	if (!rsa_read_private(key, &bundle->signer, err) ||
	    !rsa_read_certificate(certificate, &bundle->user, err))
		return false;
	bundle->pack.signer = bundle->signer;
	bundle->pack.user = bundle->user;
	return check_pair(bundle->signer, bundle->user, err);
}

static bool find_cloud_key(const struct tool_args *args,
			   const struct tool_host *host,
			   struct tool_bundle *bundle, struct error *err)
{
	const char *path = tool_setting(args, "Ec2cert", cloud_variables);

	if (!path && !host->pair && access(CLOUD_CERTIFICATE, F_OK) == 0)
		path = CLOUD_CERTIFICATE;
	if (path) {
		if (!rsa_read_certificate(path, &bundle->ec2, err))
			return false;
	} else if (host->pair) {
		if (!host->pair(host->data, "ec2", &bundle->ec2, err))
			return false;
	} else {
		tool_stage(host,
			   "no cloud's certificate is at %s: the bundle can "
			   "only be registered with your private key",
			   CLOUD_CERTIFICATE);
	}
	bundle->pack.ec2 = bundle->ec2;
	return true;
}

/* This machine's, in EC2's words. */
static const char *own_architecture(void)
{
	struct utsname name;

	if (uname(&name) == 0 && name.machine[0] == 'i' &&
	    strcmp(name.machine + 2, "86") == 0)
		return "i386";
	return "x86_64";
}

/* "ami=sda1,root=/dev/sda1" */
static bool read_mappings(const char *text, struct arena *arena,
			  struct manifest *about, struct error *err)
{
	struct manifest_mapping *mappings;
	const char *const *items;
	size_t count;

	if (!tool_list(text, arena, &items, &count, err))
		return false;
	mappings = arena_alloc(arena, (count + 1) * sizeof(*mappings));
	if (!mappings)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++) {
		const char *equals = strchr(items[i], '=');

		if (!equals || equals == items[i] || !equals[1])
			return fail(err, FAULT_BLOCK_DEVICE_MAPPING,
				    "'%.60s' is no mapping: one is "
				    "VIRTUAL=DEVICE, such as root=/dev/sda1",
				    items[i]);
		mappings[i].virtual_name = arena_format(
			arena, "%.*s", (int)(equals - items[i]), items[i]);
		mappings[i].device = arena_str(arena, equals + 1);
		for (size_t j = 0; j < i; j++)
			if (strcmp(mappings[i].virtual_name,
				   mappings[j].virtual_name) == 0)
				return fail(err, FAULT_BLOCK_DEVICE_MAPPING,
					    "'%.40s' is mapped twice",
					    mappings[i].virtual_name);
	}
	about->mappings = mappings;
	about->mapping_count = count;
	return true;
}

/* Kernels and ramdisks are bundled as such: --kernel true. */
static bool read_kind(const struct tool_args *args, struct manifest *about,
		      struct error *err)
{
	const char *kernel = tool_text(args, "Kernel");
	const char *ramdisk = tool_text(args, "Ramdisk");
	bool is_kernel = kernel && strcmp(kernel, "true") == 0;
	bool is_ramdisk = ramdisk && strcmp(ramdisk, "true") == 0;

	about->type = is_kernel ? "kernel" : is_ramdisk ? "ramdisk" : "machine";
	about->kernel = kernel;
	about->ramdisk = ramdisk;
	about->kernel_name = is_kernel ? about->name : NULL;
	if ((is_kernel && ramdisk) || (is_ramdisk && kernel) ||
	    ((is_kernel || is_ramdisk) &&
	     (tool_text(args, "BlockDeviceMapping") ||
	      tool_text(args, "Productcodes"))))
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "a %s has no kernel, ramdisk, mapping or product "
			    "code of its own",
			    about->type);
	return true;
}

static bool describe(const struct tool_args *args, const struct tool_host *host,
		     const char *architecture, struct arena *arena,
		     struct manifest *about, struct error *err)
{
	const char *given = tool_text(args, "Arch");

	about->bundler_name = "qami";
	about->bundler_version = "0.1";
	about->bundler_release = "0";
	if (!bundle_name_ok(about->name))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "'%.60s' is no name for a bundle: --prefix takes "
			    "letters, digits, '.', '_' and '-'",
			    about->name);
	about->architecture = given ? given :
			      architecture ?
				      architecture :
				      tool_ask(args, host, ASK_ARCHITECTURE,
					       own_architecture(), arena);
	if (!about->architecture)
		return fail_memory(err);
	if (strcmp(about->architecture, "x86_64") != 0 &&
	    strcmp(about->architecture, "i386") != 0)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "'%.40s' is no architecture: x86_64 and i386 are",
			    about->architecture);
	return read_kind(args, about, err) &&
	       read_mappings(tool_text(args, "BlockDeviceMapping"), arena,
			     about, err) &&
	       tool_list(tool_text(args, "Productcodes"), arena,
			 &about->product_codes, &about->product_code_count,
			 err) &&
	       find_user(args, host, arena, &about->user, err);
}

bool tool_bundle_make(const struct tool_args *args,
		      const struct tool_host *host, const char *name,
		      const char *architecture, struct arena *arena,
		      struct tool_bundle *ret_bundle, struct error *err)
{
	const char *prefix = tool_text(args, "Prefix");
	const char *directory = tool_text(args, "Destination");
	struct tool_bundle *bundle = ret_bundle;

	bundle->about.name = prefix ? prefix : name;
	bundle->directory = directory ? directory : "/tmp";
	bundle->pack = (struct pack){
		.prefix = bundle->about.name,
		.about = &bundle->about,
		.cancel = tool_cancel(),
		.progress = host->progress,
		.watch_data = host->watch_data,
	};
	return describe(args, host, architecture, arena, &bundle->about, err) &&
	       find_user_keys(args, host, bundle, err) &&
	       find_cloud_key(args, host, bundle, err);
}

void tool_bundle_done(struct tool_bundle *bundle)
{
	rsa_free(bundle->user);
	rsa_free(bundle->ec2);
	rsa_free(bundle->signer);
}

void tool_bundle_tell(const struct tool_bundle *bundle, struct buf *ret_out)
{
	size_t size = strlen(bundle->directory);
	bool slash = size && bundle->directory[size - 1] == '/';

	buf_printf(ret_out, "%s%s%s.manifest.xml\n", bundle->directory,
		   slash ? "" : "/", bundle->about.name);
}
