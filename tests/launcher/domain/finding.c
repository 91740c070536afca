/* finding.c - which files are looked into, and what is found in them */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "launcher/domain/finding.h"

#define RSA "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n"

/* A file's path, what it holds, and the kind of secret that this is: NULL for
 * none. */
static const struct {
	const char *path;
	const char *data;
	const char *kind;
} files[] = {
	{ "root/notes", RSA, "private-key" },
	{ "srv/x", "some text\n" RSA, "private-key" },
	{ "home/u/.ssh/id_ed25519",
	  "-----BEGIN OPENSSH PRIVATE KEY-----\r\nb3Blbn\r\n", "private-key" },
	{ "srv/k", "-----BEGIN PRIVATE KEY-----\nMIIE", "private-key" },
	{ "srv/pgp", "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQOY",
	  "private-key" },
	{ "srv/account.json",
	  "{\"private_key\": \"-----BEGIN PRIVATE KEY-----\\nMIIE\\n\"}",
	  "private-key" },
	{ "home/u/key.ppk", "PuTTY-User-Key-File-3: ssh-ed25519\r\n",
	  "private-key" },
	{ "etc/ssh/ssh_host_rsa_key", RSA, "ssh-host-key" },
	{ "usr/local/etc/x", RSA, "private-key" },
	{ "usr/lib/thing/server.pem", RSA, "private-key" },
	{ "mnt/pk-ABC.pem", RSA, "private-key" },

	/* what only speaks of keys, or is a public half */
	{ "etc/ssh/ssh_host_rsa_key.pub", "ssh-rsa AAAA root@x\n", NULL },
	{ "root/script", "grep -- '-----BEGIN RSA PRIVATE KEY-----' x\n",
	  NULL },
	{ "root/script", "-----BEGIN RSA PRIVATE KEY-----", NULL },
	{ "root/cert.pem", "-----BEGIN CERTIFICATE-----\nMIIE", NULL },
	{ "root/short", "-----BEGIN ", NULL },
	{ "root/short", "-----BEGIN RSA PRIVATE KEY", NULL },
	{ "root/far",
	  "-----BEGIN nothing that is a key's at all, however much PRIVATE "
	  "KEY-----\nMIIE",
	  NULL },

	{ "root/.ssh/authorized_keys", "# none\n\n  ssh-rsa AAAA u\n",
	  "authorized-keys" },
	{ "root/.ssh/authorized_keys2", "ssh-rsa AAAA u", "authorized-keys" },
	{ "root/.ssh/authorized_keys", "# none\n\n \t\n", NULL },

	{ "etc/shadow", "root:*:1:\nu:$6$x$y:1:\n", "password-hash" },
	{ "etc/shadow-", "u:ab01FAX.bQRSU:1", "password-hash" },
	{ "etc/shadow", "root:*:1:\nu:!:1\nv:!$6$x:1\nw::1\nx:*LK*:\nq\n",
	  NULL },
	{ "etc/passwd", "root:x:0:0:root:/root:/bin/sh\n", NULL },
	{ "etc/passwd", "root:$1$a$b:0:0:root:/root:/bin/sh\n",
	  "password-hash" },
	{ "srv/chroot/etc/shadow", "u:$y$z:1:\n", "password-hash" },
	{ "srv/notetc/shadow", "u:$y$z:1:\n", NULL },

	{ "root/.docker/config.json",
	  "{\"auths\":{\"x\":{\"auth\": \"dTpw\"}}}", "credentials" },
	{ "root/.docker/config.json", "{\"auths\":{}}", NULL },
	{ "home/u/.npmrc", "//registry/:_authToken=npm_abc\n", "credentials" },
	{ "home/u/.npmrc", "fund=false\n", NULL },
	{ "home/u/.pypirc", "[pypi]\npassword = x1\n", "credentials" },
	{ "srv/env", "export AWS_SECRET_ACCESS_KEY=\"wJalr\"\n",
	  "credentials" },
	{ "srv/env", "aws_secret_access_key = \n", NULL },
	{ "srv/env", "aws_secret_access_key", NULL },
	{ "srv/env", "aws_secret_access_key=", NULL },
};

/* Names that say it all. */
static const struct {
	const char *path;
	const char *kind;
} names[] = {
	{ "root/.bash_history", "shell-history" },
	{ "home/u/.zsh_history", "shell-history" },
	{ "home/u/.python_history", "shell-history" },
	{ ".mysql_history", "shell-history" },
	{ "home/u/.local/share/fish/fish_history", "shell-history" },
	{ "root/.aws/credentials", "credentials" },
	{ "home/u/.config/gcloud/credentials.db", "credentials" },
	{ "home/u/.azure/accessTokens.json", "credentials" },
	{ "home/u/.netrc", "credentials" },
	{ "home/u/.git-credentials", "credentials" },
	{ "home/u/.kube/config", "credentials" },
	{ "etc/kubernetes/admin.conf", "credentials" },
	{ "home/u/store.p12", "private-key" },
};

static const char *const skipped[] = {
	"usr/bin/python3",
	"usr/share/doc/libx/examples/key.pem",
	"usr/share/doc/y/.bash_history",
	"var/lib/dpkg/info/x.list",
	"lib/modules/x",
	"boot/vmlinuz",
};

int main(void)
{
	const char *kind = "";
	char path[8192];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		const char *data = files[i].data;
		size_t size = strlen(data);
		const char *found = finding_inside(files[i].path, data, size);

		if (!found != !files[i].kind ||
		    (found && strcmp(found, files[i].kind) != 0)) {
			printf("%s with %s: %s\n", files[i].path, data,
			       found ? found : "nothing");
			return 1;
		}
		assert(finding_look(files[i].path, &kind) == FINDING_INSIDE);
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (finding_look(names[i].path, &kind) != FINDING_NAMED ||
		    strcmp(kind, names[i].kind) != 0) {
			printf("%s: %s\n", names[i].path, kind);
			return 1;
		}
	for (size_t i = 0; i < sizeof(skipped) / sizeof(skipped[0]); i++)
		assert(finding_look(skipped[i], &kind) == FINDING_SKIP);

	/* what is read ends anywhere: no byte behind it is looked at, which the
	 * instrumented build watches */
	for (size_t size = 0; size <= strlen(RSA); size++) {
		char *cut = memcpy(malloc(size + 1), RSA, size);
		const char *found;

		cut = realloc(cut, size ? size : 1);
		found = finding_inside("x", cut, size);
		assert((found != NULL) == (size > 32));
		free(cut);
	}
	/* a path may be as long as it likes */
	memset(path, '/', sizeof(path));
	memcpy(path + sizeof(path) - 14, ".bash_history", 14);
	assert(finding_look(path, &kind) == FINDING_NAMED);
	return 0;
}
