/* doctor.c - what works on this host, and the fix for what does not */
#include <stdio.h>
#include <stdlib.h>

#include "images/archive.h"
#include "images/base/clockfile.h"
#include "images/base/process.h"
#include "images/base/swap.h"
#include "images/cache.h"
#include "images/space.h"
#include "images/store.h"
#include "launcher/action/action.h"
#include "launcher/cli/progress.h"
#include "launcher/domain/domain.h"
#include "launcher/net/bridge.h"
#include "launcher/net/net.h"

static void report(void *data, const struct host_check *check)
{
	unsigned *bad = data;

	printf("%-4s  %s: %s\n", check->ok ? "ok" : "FAIL", check->what,
	       check->found);
	if (!check->ok && check->fix)
		printf("      fix: %s\n", check->fix);
	*bad += !check->ok;
}

/* A clock that is not the host's is somebody's practice, or was forgotten. */
static bool report_clock(struct call *call, struct error *err)
{
	auto_free char *path = store_path(call->store, "clock");
	struct clock_setting setting;
	char now[TIME_SIZE];

	if (!path)
		return fail_memory(err);
	if (!clock_file_read(path, &setting, err))
		return false;
	time_format(clock_now(), now);
	if (setting.real)
		printf("ok    clock: the host's\n");
	else
		printf("WARN  clock: this store's is not the host's: it shows "
		       "%s\n      fix: qami clock real\n",
		       now);
	return true;
}

/* What bundles were unpacked to: it is room that can be had back. */
static bool report_cache(struct call *call, struct error *err)
{
	char size[SIZE_TEXT_SIZE], most[SIZE_TEXT_SIZE];
	uint64_t bytes;
	unsigned files;

	if (!cache_measure(call, &files, &bytes, err))
		return false;
	size_text(bytes, size);
	size_text(cache_most(), most);
	printf("ok    cache: %u unpacked image%s, %s of %s\n", files,
	       files == 1 ? "" : "s", size, most);
	return true;
}

/* Where archived snapshots go, and what they take. */
static bool report_archive(struct call *call, unsigned *bad, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct error wrong = { 0 };
	char size[SIZE_TEXT_SIZE];
	const char *place;
	uint64_t bytes;
	usec_t delay;

	if (!arena)
		return fail_memory(err);
	if (!space_archived(call, &bytes, err))
		return false;
	size_text(bytes, size);
	if (!archive_place(call, arena, &place, &wrong) ||
	    !archive_delay(&delay, &wrong)) {
		printf("FAIL  archive: %s\n", wrong.text);
		++*bad;
		return true;
	}
	printf("ok    archive: %s archived; snapshots go to %s\n", size,
	       *place ? place : "the store");
	return true;
}

/* What an instance's network and the way into it take. Machines run without
 * OpenSSH. */
static void report_network(unsigned *bad)
{
	struct error err = { 0 };
	auto_free char *program = net_program(&err);
	char what[] = "network", fix[] = "make install";
	struct host_check network = {
		.ok = program != NULL,
		.what = what,
		.found = program ? program : err.text,
		.fix = fix,
	};

	report(bad, &network);
	printf("ok    ssh: %s\n",
	       process_found("ssh") ?
		       "OpenSSH is there" :
		       "qami ssh, cp and regions on other hosts need OpenSSH (apt-get "
		       "install openssh-client)");
}

/* What is around a bridge, which only root can have. A host that is a machine
 * of a cloud's keeps its own metadata: it is the bridge's guests who find
 * ours. */
static void report_wall(void)
{
	auto_free char *found = NULL, *route = NULL;

	if (geteuid() != 0)
		return;
	if (!net_bridge_usable(&found))
		printf("ok    firewall: instances cannot be on a bridge: %s "
		       "(apt-get install nftables)\n",
		       found ? found : "no memory");
	route = net_metadata_route();
	if (route)
		printf("ok    metadata: this host itself finds 169.254.169.254 "
		       "by %s; guests find qami's there\n",
		       route);
}

/* Memory that is swapped out may have keys of volumes in it, QEMU's too. */
static bool report_swap(struct error *err)
{
	auto_buf names = BUF_INIT;

	if (!swap_plain("", &names, err))
		return false;
	if (names.size)
		printf("WARN  swap: %s is not encrypted: what encrypted "
		       "volumes are opened with can end up there\n"
		       "      fix: swap on zram or dm-crypt, or swapoff -a\n",
		       buf_text(&names));
	else
		printf("ok    swap: none that is not encrypted\n");
	return true;
}

static int doctor(struct call *call, const struct args *args, struct error *err)
{
	const char *configured = getenv("QAMI_CONNECT");
	unsigned bad = 0;

	(void)args;
	if (!db_check(call->store->db, err))
		return -1;
	printf("ok    store: %s, region %s\n", call->store->path,
	       call->store->region);
	if (!report_clock(call, err) || !report_cache(call, err) ||
	    !report_archive(call, &bad, err) || !report_swap(err))
		return -1;
	if (!hypervisor_doctor(configured && *configured ? configured : NULL,
			       call->store->path, report, &bad, err))
		return -1;
	report_network(&bad);
	report_wall();
	return bad ? 1 : 0;
}

const struct action verb_doctor = {
	.name = "doctor",
	.brief = "say what works on this host, and how to fix what does not",
	.about = "Checks the store, QEMU, libvirt, KVM, firmware and what is "
		 "optional, and warns of swap that is not encrypted. Exits with 1 when something that is needed does "
		 "not work.",
	.example = "qami doctor",
	.local = true,
	.main = doctor,
};
