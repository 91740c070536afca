/* tool.h - the ec2-* tools, for every program that has them
 *
 * A tool is a row of options and a function. The same ones are verbs of qami
 * and a program of their own for the inside of a guest; what the two have that
 * the other lacks (a store, machines) comes in through struct tool_host.
 */
#ifndef QAMI_BUNDLE_TOOL_TOOL_H
#define QAMI_BUNDLE_TOOL_TOOL_H

#include <stdint.h>
#include <stdio.h>

#include "bundle/bucket.h"
#include "bundle/key.h"
#include "bundle/pack.h"
#include "images/base/arena.h"
#include "images/base/buf.h"
#include "images/base/param.h"

struct volume; /* bundle/volume.h */

/* What was given: texts[i] is the value of params[i], NULL without one; of a
 * switch "true" or "false", of a list all values with commas between. */
struct tool_args {
	const struct param *params;
	const char **texts;
};

/* What a program offers its tools; NULL where it has no such thing. */
struct tool_host {
	void *data;
	const char *account; /* whose bundles these are, unless said; or NULL */
	bool asks;	     /* somebody sits at a terminal */

	/* Opens what ec2-bundle-image is to bundle, `raw` whatever it looks
	 * like; *ret_architecture may stay NULL. Closed by disk_close(), which
	 * is called in any case and knows whether that succeeded. */
	bool (*disk_open)(void *data, const char *name, bool raw,
			  struct source **ret_source,
			  const char **ret_architecture, struct error *err);
	bool (*disk_close)(void *data, struct error *err);

	/* Bundles an instance's root from outside. */
	bool (*instance)(void *data, const char *id,
			 const struct volume *volume, const struct pack *pack,
			 struct error *err);

	/* A pair of keys kept by the program: an account's, or "ec2"'s. */
	bool (*pair)(void *data, const char *whose, struct rsa **ret_key,
		     struct error *err);

	/* A bucket by its name ("BUCKET", "s3://BUCKET"), and its removal. */
	bool (*bucket)(void *data, const char *name, bool make,
		       struct bucket **ret_bucket, struct error *err);
	bool (*bucket_drop)(void *data, const char *name, struct error *err);

	/* What happens, for people who watch. */
	void (*stage)(void *data, const char *text);
	void (*progress)(void *data, uint64_t done, uint64_t total);
	void *watch_data;
};

/* Does the work; what scripts want to know is appended to ret_out. */
typedef bool tool_run(const struct tool_args *args,
		      const struct tool_host *host, struct buf *ret_out,
		      struct error *err);

struct tool {
	const char *name;  /* "ec2-bundle-image" */
	const char *brief; /* one line, lower case, no full stop */
	const char *about; /* a paragraph */
	const struct param *params;
	const enum fault *faults;
	const char *example;
	tool_run *run;
};

/* What was given for an option; NULL or the fallback when nothing was. */
const char *tool_text(const struct tool_args *args, const char *name);
bool tool_flag(const struct tool_args *args, const char *name, bool fallback);

/* A whole number of at most 18 digits; FAULT_INVALID_PARAMETER for anything
 * else, and *ret_value as it was when it was not given. */
bool tool_number(const struct tool_args *args, const char *name,
		 uint64_t *ret_value, struct error *err) must_check;

/* The elements of a comma-separated value, in the arena. */
bool tool_list(const char *text, struct arena *arena,
	       const char *const **ret_items, size_t *ret_count,
	       struct error *err) must_check;

/* As tool_text(), else the first of these environment variables that is set
 * and not empty; NULL ends them. */
const char *tool_setting(const struct tool_args *args, const char *name,
			 const char *const *variables);

/* Says a stage. */
void tool_stage(const struct tool_host *host, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Asks a question at the terminal; the fallback where there is none, with
 * --batch, or when the answer is empty. In the arena. */
const char *tool_ask(const struct tool_args *args, const struct tool_host *host,
		     const char *question, const char *fallback,
		     struct arena *arena);

/* The help of a tool, the same in all programs; false when it could not be
 * written. */
bool tool_help(const struct tool *tool, FILE *out);

/* Reads the words after the tool's name (NULL-terminated) into the args, whose
 * texts are in the arena. FAULT_INVALID_PARAMETER for a word that is no option
 * or value of one; *ret_meta is 'h' for --help, 'v' for --version, else 0. */
bool tool_parse(const struct tool *tool, char *const *words,
		struct arena *arena, struct tool_args *ret_args, int *ret_meta,
		struct error *err) must_check;

/* Blots out a secret in the process's own words, where everybody who may list
 * processes would read it. */
void tool_wipe(char *const *words, const char *secret);

/* From tool_catch() on, an interrupt makes *tool_cancel() true instead of
 * ending the process, so that what was begun is taken back; a second one, or
 * five seconds later, ends it. */
void tool_catch(void);
const bool *tool_cancel(void);

/* What ec2-bundle-image and ec2-bundle-vol have in common. */
struct tool_bundle {
	struct manifest about;
	struct pack pack; /* borrows the above and the keys */
	const char *directory;
	struct rsa *user; /* owned */
	struct rsa *ec2;
	struct rsa *signer;
};

/* Fills it in from the options; `name` is what the bundle is called unless the
 * user says; an architecture that is known is not asked for. The texts are in
 * the arena. */
bool tool_bundle_make(const struct tool_args *args,
		      const struct tool_host *host, const char *name,
		      const char *architecture, struct arena *arena,
		      struct tool_bundle *ret_bundle, struct error *err)
	must_check;
void tool_bundle_done(struct tool_bundle *bundle);

/* Says where the manifest is. */
void tool_bundle_tell(const struct tool_bundle *bundle, struct buf *ret_out);

#define auto_tool_bundle \
	__attribute__((cleanup(tool_bundle_done))) struct tool_bundle

/* Where an upload goes to, or a bundle lies. */
struct tool_place {
	struct bucket *bucket; /* owned */
	const char *name;      /* as given, without the prefix */
	const char *prefix;    /* of keys; "" */
	bool server;	       /* reached by the options and environment */
};

bool tool_place_open(const struct tool_args *args, const struct tool_host *host,
		     bool make, struct arena *arena,
		     struct tool_place *ret_place, struct error *err)
	must_check;
void tool_place_done(struct tool_place *place);

/* The server that the options mean, completed from the environment; its URL
 * may be in one of these variables. */
bool tool_server(const struct tool_args *args, const char *const *variables,
		 struct arena *arena, struct bucket_server *ret_server,
		 struct error *err) must_check;

#define auto_tool_place \
	__attribute__((cleanup(tool_place_done))) struct tool_place

/* The options that several tools have. */
#define TOOL_PARAM_KEYS                                                        \
	{ "Privatekey", PARAM_FILE, 0, NULL,                                   \
	  "your private key (also EC2_PRIVATE_KEY)", NULL, NULL, 'k' },        \
	{ "Cert", PARAM_FILE, 0, NULL,                                         \
	  "your certificate (also EC2_CERT)", NULL, NULL, 'c' },               \
	{ "User", PARAM_STRING, 0, NULL,                                       \
	  "account number (also EC2_USER_ID)", NULL, NULL, 'u' },              \
	{ "Ec2cert", PARAM_FILE, 0, NULL,                                      \
	  "certificate of the cloud that launches it (also EUCALYPTUS_CERT)" }
#define TOOL_PARAM_BUNDLE                                                      \
	{ "Destination", PARAM_FILE, 0, NULL,                                  \
	  "directory for the bundle; /tmp unless said", NULL, NULL, 'd',       \
	  "DIR" },                                                             \
	{ "Prefix", PARAM_STRING, 0, NULL, "what its files are called", NULL,  \
	  NULL, 'p' },                                                         \
	{ "Arch", PARAM_STRING, 0, "x86_64|i386", "of the programs in it",     \
	  NULL, NULL, 'r' },                                                   \
	{ "Kernel", PARAM_STRING, 0, NULL, "boot with this kernel image" },    \
	{ "Ramdisk", PARAM_STRING, 0, NULL, "and this ramdisk image" },        \
	{ "BlockDeviceMapping", PARAM_STRING, 0, NULL,                         \
	  "where disks appear: ami=sda1,root=/dev/sda1,ephemeral0=sdb", NULL,  \
	  NULL, 'B' },                                                         \
	{ "Productcodes", PARAM_STRING, 0, NULL, "codes, with commas between" }
#define TOOL_PARAM_SERVER                                                      \
	{ "AccessKey", PARAM_STRING, PARAM_SECRET, NULL,                       \
	  "the server's key id (better: AWS_ACCESS_KEY_ID)", NULL, NULL,       \
	  'a' },                                                               \
	{ "SecretKey", PARAM_STRING, PARAM_SECRET, NULL,                       \
	  "its secret (better: AWS_SECRET_ACCESS_KEY)", NULL, NULL, 's' },     \
	{ "DelegationToken", PARAM_STRING, PARAM_SECRET, NULL,                 \
	  "of temporary keys (better: AWS_SESSION_TOKEN)", NULL, NULL, 't' },  \
	{ "SessionToken", PARAM_STRING, PARAM_SECRET, NULL,                    \
	  "the same as --delegation-token" },                                  \
	{ "Url", PARAM_STRING, 0, NULL,                                        \
	  "an S3 server: https://HOST (also AWS_ENDPOINT_URL_S3)" },           \
	{ "Region", PARAM_STRING, 0, NULL, "the server's (also AWS_REGION)" }, \
	{ "Sigv", PARAM_STRING, 0, "4", "version of signatures: always 4" },   \
	{ "Retry", PARAM_BOOLEAN, 0, NULL, "try for longer to reach it" }
#define TOOL_PARAM_BATCH                                                       \
	{ "Batch", PARAM_BOOLEAN, 0, NULL, "never ask anything" }

#endif
