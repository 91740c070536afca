/* secret.c - what opens encrypted disks, on its way to libvirt */
#include "launcher/domain/secret.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "images/base/buf.h"
#include "images/base/digest.h"
#include "images/base/file.h"
#include "images/base/log.h"
#include "launcher/domain/tree.h"

/* What our secrets are used for, in libvirt's words: the process that lent
 * them, so that it can be seen when that is gone. libvirt wants it different
 * for each secret. */
#define USAGE "qami:%d:%llu:%s"
#define USAGE_SIZE 128

#define STAT_MOST 4096

/* When a process began, in the kernel's ticks; 0 when there is none. With its
 * number it is the process's name: numbers are used again. */
static unsigned long long born(int pid)
{
	auto_free char *path = format_text("/proc/%d/stat", pid);
	struct error ignored = { FAULT_NONE };
	unsigned long long start = 0;
	auto_buf text = BUF_INIT;
	const char *rest;

	if (!path || access(path, F_OK) != 0 ||
	    !file_read(path, STAT_MOST, &text, &ignored))
		return 0;
	/* the program's name may hold anything; 20 fields follow it */
	rest = strrchr(buf_text(&text), ')');
	if (!rest ||
	    sscanf(rest + 1,
		   " %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
		   "%*s %*s %*s %*s %*s %llu",
		   &start) != 1)
		return 0;
	return start;
}

void secrets_done(struct secrets *secrets)
{
	free(secrets->list);
	*secrets = (struct secrets)SECRETS_INIT;
}

void secrets_add(struct secrets *secrets, const struct machine_secret *secret)
{
	const struct machine_secret **list;

	for (size_t i = 0; secret && i < secrets->count; i++)
		if (strcmp(secrets->list[i]->uuid, secret->uuid) == 0)
			return;
	if (!secret)
		return;
	list = reallocarray(secrets->list, secrets->count + 1, sizeof(*list));
	if (!list) {
		secrets->broken = true;
		return;
	}
	list[secrets->count++] = secret;
	secrets->list = list;
}

void secrets_add_disk(struct secrets *secrets, const struct machine_disk *disk)
{
	for (size_t i = 0; i < disk->chain_count; i++)
		secrets_add(secrets, disk->chain[i].secret);
}

static bool write_text(int fd, const char *text, struct error *err)
{
	return write_all(fd, text, strlen(text), "the secrets", err);
}

bool secrets_write(const struct secrets *secrets, int fd, struct error *err)
{
	if (secrets->broken)
		return fail_memory(err);
	/* piece by piece: what was put together would have to be wiped */
	for (size_t i = 0; i < secrets->count; i++)
		if (!write_text(fd, secrets->list[i]->uuid, err) ||
		    !write_text(fd, " ", err) ||
		    !write_text(fd, secrets->list[i]->value, err) ||
		    !write_text(fd, "\n", err))
			return false;
	return write_text(fd, "\n", err);
}

bool secrets_read(char *text, struct arena *arena, struct secrets *ret_secrets,
		  char **ret_rest, struct error *err)
{
	while (*text != '\n') {
		struct machine_secret *secret =
			arena_alloc(arena, sizeof(*secret));
		char *blank = strchr(text, ' ');
		char *end = blank ? strchr(blank, '\n') : NULL;

		if (!secret)
			return fail_memory(err);
		if (!end)
			return fail(err, FAULT_INTERNAL, "half a secret");
		*blank = *end = 0;
		secret->uuid = text;
		secret->value = blank + 1;
		secrets_add(ret_secrets, secret);
		text = end + 1;
	}
	*ret_rest = text + 1;
	return true;
}

/* Takes a secret away if who lent it is gone. */
static void reclaim(virSecretPtr secret)
{
	auto_free char *usage = virSecretGetUsageID(secret) ?
					strdup(virSecretGetUsageID(secret)) :
					NULL;
	unsigned long long start;
	int pid;

	if (usage && sscanf(usage, "qami:%d:%llu:", &pid, &start) == 2 &&
	    born(pid) != start) {
		log_info("a secret of process %d, which is gone, goes", pid);
		virSecretUndefine(secret);
	}
}

static void reclaim_all(virConnectPtr connection)
{
	virSecretPtr *secrets = NULL;
	int count = virConnectListAllSecrets(
		connection, &secrets, VIR_CONNECT_LIST_SECRETS_EPHEMERAL);

	for (int i = 0; i < count; i++) {
		reclaim(secrets[i]);
		virSecretFree(secrets[i]);
	}
	free(secrets);
}

/* What says to libvirt that there is a secret; not what it is. */
static char *describe(const struct machine_secret *secret, const char *lifetime)
{
	return format_text(
		"<secret ephemeral='%s' private='yes'><uuid>%s</uuid>"
		"<usage type='volume'><volume>" USAGE "</volume></usage>"
		"</secret>",
		lifetime, secret->uuid, (int)getpid(), born(getpid()),
		secret->uuid);
}

static bool lend(virConnectPtr connection, const struct machine_secret *secret,
		 struct error *err)
{
	auto_free char *xml = describe(secret, "yes");
	virSecretPtr defined = xml ? virSecretDefineXML(connection, xml, 0) :
				     NULL;
	bool lent;

	if (!xml)
		return fail_memory(err);
	lent = defined &&
	       virSecretSetValue(defined, (const unsigned char *)secret->value,
				 strlen(secret->value), 0) == 0;
	if (!lent)
		fail_libvirt(err, "cannot give libvirt a disk's key");
	if (defined)
		virSecretFree(defined);
	return lent;
}

bool secrets_lend(virConnectPtr connection, const struct secrets *secrets,
		  struct error *err)
{
	if (secrets->broken)
		return fail_memory(err);
	if (!secrets->count)
		return true;
	reclaim_all(connection);
	for (size_t i = 0; i < secrets->count; i++)
		if (!lend(connection, secrets->list[i], err)) {
			secrets_take_back(connection, secrets);
			return false;
		}
	return true;
}

void secrets_take_back(virConnectPtr connection, const struct secrets *secrets)
{
	for (size_t i = 0; i < secrets->count; i++) {
		virSecretPtr secret = virSecretLookupByUUIDString(
			connection, secrets->list[i]->uuid);

		if (!secret)
			continue;
		if (virSecretUndefine(secret) != 0)
			log_info("libvirt keeps a disk's key: %s",
				 virGetLastErrorMessage());
		virSecretFree(secret);
	}
}

static char *place_path(const char *home)
{
	return format_text("%s/etc/secrets", home);
}

/* Longer than any passphrase. */
#define VALUE_MOST 256

/* The passphrase in a file that nobody else can open, as libvirt writes it; -1
 * with a report without. It is closed when this process ends. */
static int hide(const struct machine_secret *secret, struct error *err)
{
	auto_close int fd = memfd_create("secret", MFD_CLOEXEC);
	char text[VALUE_MOST / 3 * 4 + 5];
	size_t size = strlen(secret->value);
	bool written;

	if (fd < 0)
		return fail_errno(err, "cannot make a file in memory"), -1;
	if (size > VALUE_MOST)
		return fail(err, FAULT_INTERNAL, "a disk's key is too long"),
		       -1;
	base64_write(secret->value, size, text);
	written = write_all(fd, text, strlen(text), "a secret", err);
	explicit_bzero(text, sizeof(text));
	return written ? take_fd(fd) : -1;
}

static bool place(const struct machine_secret *secret, const char *dir,
		  struct error *err)
{
	auto_free char *xml = describe(secret, "no");
	auto_free char *path = format_text("%s/%s.xml", dir, secret->uuid);
	auto_free char *link = format_text("%s/%s.base64", dir, secret->uuid);
	auto_free char *target = NULL;
	auto_close int fd = -1;
	int hidden;

	if (!xml || !path || !link)
		return fail_memory(err);
	hidden = hide(secret, err);
	if (hidden < 0)
		return false;
	target = format_text("/proc/self/fd/%d", hidden);
	if (!target)
		return fail_memory(err);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || symlink(target, link) != 0)
		return fail_errno(err, "cannot make %s", path);
	return write_all(fd, xml, strlen(xml), path, err);
}

bool secrets_place(const struct secrets *secrets, const char *home,
		   struct error *err)
{
	auto_free char *dir = place_path(home);

	if (!dir || secrets->broken)
		return fail_memory(err);
	secrets_unplace(home);
	if (!dir_make(dir, 0700, err))
		return false;
	for (size_t i = 0; i < secrets->count; i++)
		if (!place(secrets->list[i], dir, err))
			return false;
	return true;
}

void secrets_unplace(const char *home)
{
	auto_free char *dir = place_path(home);

	if (dir)
		tree_remove(dir);
}
