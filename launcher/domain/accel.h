/* accel.h - whether KVM works here (private to this room) */
#ifndef QAMI_DOMAIN_ACCEL_H
#define QAMI_DOMAIN_ACCEL_H

#include "images/base/error.h"

#define KVM "/dev/kvm"
#define QEMU "qemu-system-x86_64"

/* Where QEMU is on PATH; NULL if nowhere. Caller frees. */
char *qemu_path(void);

enum kvm {
	KVM_ABSENT, /* no /dev/kvm, or guests of another architecture */
	KVM_DENIED, /* /dev/kvm may not be opened by QEMU's account */
	KVM_BROKEN, /* it opens, and guests die or never get anywhere */
	KVM_WORKS,
	KVM_COUNT
};

/* What is so without running a guest; KVM_WORKS means "it opens". */
enum kvm kvm_look(void);

/* Whether root, who calls, may open /dev/kvm, but not the account that root's
 * QEMU runs as. */
bool kvm_is_roots_only(void);

/* Runs a guest of half a kilobyte under KVM and sees whether it gets through
 * firmware and into 64-bit code. Takes some tenths of a second, ten seconds at
 * most. */
enum kvm kvm_probe(void);

/* Whether that guest gets through under an accelerator and a CPU model. */
bool probe_guest(const char *accel, const char *cpu);

#endif
