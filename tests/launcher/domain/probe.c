/* probe.c - the guest that proves KVM, and what is made of its verdict */
#include "tests/launcher/domain/testing.h"

#include "launcher/domain/accel.h"

/* The guest itself is right if it gets through where everything works. */
static void check_guest(void)
{
	assert(probe_guest("tcg", "max"));
	/* and it does not get there without 64 bits */
	assert(!probe_guest("tcg", "pentium3"));
}

static void choose(const char *wanted, const char *memo, bool noted)
{
	struct error err = { FAULT_NONE };
	auto_free char *note = NULL;
	enum accel accel;

	must(accel_choose(wanted, memo, &accel, &note, &err), &err);
	assert(!noted == !note);
	if (wanted && strcmp(wanted, "tcg") == 0)
		assert(accel == ACCEL_TCG);
}

int main(void)
{
	auto_free char *store = store_make("memo");
	auto_free char *memo = format_text("%s/accel", store);
	struct error err = { FAULT_NONE };
	enum kvm verdict = kvm_look();
	auto_free char *note = NULL;
	enum accel accel;

	check_guest();
	if (verdict == KVM_WORKS)
		verdict = kvm_probe();
	/* told once, and again when the memo is gone or another boot's */
	choose(NULL, memo, verdict != KVM_WORKS);
	choose("auto", memo, false);
	choose("tcg", memo, false);
	must(file_write(memo, "another boot works\nworks", 24, 0600, &err),
	     &err);
	choose("auto", memo, verdict != KVM_WORKS);
	assert(accel_choose("kvm", memo, &accel, &note, &err) ==
	       (verdict == KVM_WORKS));
	if (verdict != KVM_WORKS)
		assert(err.fault == FAULT_UNSUPPORTED);
	error_clear(&err);
	assert(!accel_choose("xen", memo, &accel, &note, &err));
	assert(err.fault == FAULT_INVALID_PARAMETER);
	return 0;
}
