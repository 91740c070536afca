/* accel.c - KVM where it works, TCG elsewhere
 *
 * What the probe found is remembered for as long as nothing it depends on can
 * have changed: this boot, this QEMU, this access to /dev/kvm.
 */
#include "launcher/domain/accel.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "images/base/auto.h"
#include "images/base/buf.h"
#include "images/base/file.h"
#include "launcher/domain/ops.h"

#define MEMO_MOST 512

static const struct {
	const char *word; /* in the memo */
	const char *note; /* for the user, once */
} verdicts[] = {
	[KVM_ABSENT] = { "absent",
			 "this host has no KVM: machines are emulated, which "
			 "is slow" },
	[KVM_DENIED] = { "denied",
			 "QEMU may not open " KVM ", so machines are "
			 "emulated, which is slow (qami doctor knows the "
			 "remedy)" },
	[KVM_BROKEN] = { "broken",
			 "KVM is there but does not work (guests die in it): "
			 "machines are emulated, which is slow" },
	[KVM_WORKS] = { "works", NULL },
};

_Static_assert(sizeof(verdicts) / sizeof(verdicts[0]) == KVM_COUNT,
	       "every verdict has its word");

enum kvm kvm_look(void)
{
	auto_close int fd = open(KVM, O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		return kvm_is_roots_only() ? KVM_DENIED : KVM_WORKS;
	return errno == EACCES || errno == EPERM ? KVM_DENIED : KVM_ABSENT;
}

char *qemu_path(void)
{
	const char *path = getenv("PATH");

	while (path && *path) {
		size_t size = strcspn(path, ":");
		auto_free char *file =
			format_text("%.*s/" QEMU, (int)size, path);

		if (file && access(file, X_OK) == 0)
			return take(file);
		path += size + (path[size] == ':');
	}
	return NULL;
}

/* What a verdict is good for, as the memo's first line. */
static char *memo_key(enum kvm looks)
{
	auto_buf boot = BUF_INIT;
	auto_free char *qemu = qemu_path();
	struct error ignored = { FAULT_NONE };
	struct stat st = { 0 };

	if (!file_read("/proc/sys/kernel/random/boot_id", 64, &boot, &ignored))
		return NULL;
	if (qemu && stat(qemu, &st) != 0)
		return NULL;
	return format_text("%.36s %" PRId64 " %s\n", buf_text(&boot),
			   (int64_t)st.st_mtim.tv_sec, verdicts[looks].word);
}

/* What was found out before; false when nobody has, or things changed. */
static bool recall(const char *memo, const char *key, enum kvm *ret_verdict)
{
	auto_buf text = BUF_INIT;
	struct error ignored = { FAULT_NONE };
	size_t size = strlen(key);

	if (access(memo, R_OK) != 0 ||
	    !file_read(memo, MEMO_MOST, &text, &ignored) ||
	    strncmp(buf_text(&text), key, size) != 0)
		return false;
	for (enum kvm i = 0; i < KVM_COUNT; i++)
		if (strcmp(buf_text(&text) + size, verdicts[i].word) == 0) {
			*ret_verdict = i;
			return true;
		}
	return false;
}

/* Finds out and remembers; a memo that cannot be written costs only the same
 * again next time. */
static enum kvm find_out(const char *memo, const char *key, enum kvm looks)
{
	enum kvm verdict = looks == KVM_WORKS ? kvm_probe() : looks;
	auto_free char *text = format_text("%s%s", key, verdicts[verdict].word);
	struct error ignored = { FAULT_NONE };

	if (text && !file_write(memo, text, strlen(text), 0644, &ignored))
		error_clear(&ignored);
	return verdict;
}

bool domain_accel_choose(const char *wanted, const char *memo,
			 enum accel *ret_accel, char **ret_note,
			 struct error *err)
{
	enum kvm looks = kvm_look();
	auto_free char *key = NULL;
	enum kvm verdict;
	bool known;

	*ret_note = NULL;
	*ret_accel = ACCEL_TCG;
	if (wanted && strcmp(wanted, "tcg") == 0)
		return true;
	if (wanted && *wanted && strcmp(wanted, "auto") != 0 &&
	    strcmp(wanted, "kvm") != 0)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "QAMI_ACCEL is '%s'; it may be tcg, kvm or auto",
			    wanted);
	key = memo_key(looks);
	if (!key)
		return fail(err, FAULT_HOST, "cannot tell which boot this is");
	known = recall(memo, key, &verdict);
	if (!known)
		verdict = find_out(memo, key, looks);
	if (verdict == KVM_WORKS) {
		*ret_accel = ACCEL_KVM;
		return true;
	}
	if (wanted && strcmp(wanted, "kvm") == 0)
		return fail(err, FAULT_UNSUPPORTED, "KVM was asked for: %s",
			    verdicts[verdict].note);
	if (!known)
		*ret_note = strdup(verdicts[verdict].note);
	return true;
}
