/* interop.c - bundles as other tools make them, by commands of the system
 *
 * The bundles come from the script beside this; one of them is also unpacked
 * by the script that shows how to do it by hand.
 */
#include <assert.h>
#include <limits.h>

#include "tests/bundle/testing.h"

static const char *const kinds[] = {
	"ec2-ami-tools", "euca2ools", "python",	    "go",
	"members",	 "3",	      "20070829", "2007-08-29",
};

static void run(const char *command)
{
	if (system(command) != 0) {
		fprintf(stderr, "failed: %s\n", command);
		abort();
	}
}

static bool unpack(const char *kind, struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_of(rsa) key = NULL;
	auto_buf covered = BUF_INIT;
	auto_free char *path = format_text("%s/image.manifest.xml", kind);
	auto_close int fd = open(path, O_RDONLY);
	struct manifest manifest;
	struct bundle_key secret;
	const struct unpack unpack = { &manifest, NULL, &secret };

	assert(arena && fd >= 0);
	return rsa_read_private("key.pem", &key, err) &&
	       manifest_read(fd, arena, &manifest, &covered, err) &&
	       manifest_verify(&manifest, &covered, key, err) &&
	       bundle_key_unwrap(&manifest, key, &secret, err) &&
	       unpack_directory(&unpack, kind, "out", err);
}

int main(void)
{
	auto_free char *here = realpath("tests/bundle/foreign", NULL);
	auto_free char *hand = realpath("examples/unbundle-by-hand", NULL);
	char command[3 * PATH_MAX];

	assert(here && hand && chdir(getenv("TMPDIR")) == 0);
	/* data, holes between it, and a size that is no multiple of blocks */
	run("openssl genrsa -out key.pem 2048 2>/dev/null && mkdir out &&"
	    " openssl req -x509 -new -key key.pem -subj /CN=x -out cert.pem &&"
	    " truncate -s 3000001 disk.img && for at in 0 5 17 30 40; do"
	    " head -c 70000 /dev/urandom | dd of=disk.img bs=64k seek=$at"
	    " conv=notrunc status=none; done");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct error err = { 0 };

		printf("%s\n", kinds[i]);
		fflush(stdout);
		snprintf(command, sizeof(command), "%s %s disk.img %s key.pem",
			 here, kinds[i], kinds[i]);
		run(command);
		if (!unpack(kinds[i], &err)) {
			printf("%s\n", err.text);
			abort();
		}
		run("cmp disk.img out/disk.img && rm out/disk.img");
	}
	run("test \"$(ls euca2ools | tail -n 2)\" ="
	    " \"$(printf 'image.part.04\\npublic')\"");
	snprintf(command, sizeof(command),
		 "%s ec2-ami-tools/image.manifest.xml key.pem by-hand"
		 " cert.pem && cmp disk.img by-hand",
		 hand);
	run(command);
	snprintf(command, sizeof(command),
		 "sed 's/<size>3/<size>4/' ec2-ami-tools/image.manifest.xml"
		 " >ec2-ami-tools/other && ! %s ec2-ami-tools/other key.pem"
		 " other cert.pem 2>/dev/null && test ! -e other",
		 hand);
	run(command);
	return 0;
}
