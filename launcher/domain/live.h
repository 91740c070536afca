/* live.h - a running domain while its disks are changed
 *
 * Private to this room: what the files that carry out the changes share. A
 * change begins when QEMU and libvirt agree about the disks, and has succeeded
 * when they agree again about what it was to reach.
 */
#ifndef QAMI_DOMAIN_LIVE_H
#define QAMI_DOMAIN_LIVE_H

#include "launcher/domain/change.h"

struct live {
	virDomainPtr domain;
	struct monitor monitor;
	struct arena *arena;
	struct view qemu; /* as they were at the last look */
	struct view libvirt;
	bool agent;		   /* a guest agent is connected */
	const char *const *strays; /* nodes that live_sweep() could not close */
	size_t stray_count;
};

/* Has the guest agent freeze the filesystems; false where it does not.
 * *ret_doubtful: it has not answered, and may do so yet. */
bool agent_freeze(virDomainPtr domain, bool *ret_doubtful);

/* Has it thaw them; false when it does not answer. */
bool agent_thaw(virDomainPtr domain);

/* Looks again; no matter whether they agree. With `deep`, QEMU is asked for
 * everything: see view_qemu(). */
bool live_look(struct live *live, bool deep, struct error *err) must_check;

/* Looks for the agent alone. */
bool live_agent(struct live *live, struct error *err) must_check;

/* Looks until they agree, for a few seconds: libvirt may be about to notice
 * something. FAULT_INCORRECT_STATE if they do not. */
bool live_agree(struct live *live, struct error *err) must_check;

/* Closes the files that QEMU has open for no disk, and forgets the keys of such
 * files: left by one that died in the middle of a change. Looks again. */
bool live_sweep(struct live *live, struct error *err) must_check;

/* The disk with that serial as each sees it; both or a report. */
bool live_find(const struct live *live, const char *serial,
	       const struct view_disk **ret_qemu,
	       const struct view_disk **ret_libvirt, struct error *err)
	must_check;

/* The changes; the views agree when one is called. Each as change_do(). */
bool live_pivot(struct live *live, const struct change *change, bool *ret_done,
		struct error *err) must_check;
bool live_thaw(struct live *live, const struct change *change, bool *ret_done,
	       struct error *err) must_check;
bool live_attach(struct live *live, const struct change *change, bool *ret_done,
		 struct error *err) must_check;
bool live_detach(struct live *live, const struct change *change, bool *ret_done,
		 struct error *err) must_check;
bool live_throttle(struct live *live, const struct change *change,
		   bool *ret_done, struct error *err) must_check;
bool live_resize(struct live *live, const struct change *change, bool *ret_done,
		 struct error *err) must_check;
bool live_shorten(struct live *live, const struct change *change,
		  bool *ret_done, struct error *err) must_check;
bool live_cease(struct live *live, const struct change *change, bool *ret_done,
		struct error *err) must_check;

#endif
