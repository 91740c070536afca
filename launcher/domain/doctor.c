/* doctor.c - whether this host is fit for machines, and the fix where not
 *
 * What only makes machines slower or some of them impossible (KVM, UEFI, a
 * look into disks) is reported as fine, with the remedy in the finding: a
 * doctor who calls everybody ill is not asked again.
 */
#include <dlfcn.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "images/base/file.h"
#include "images/base/process.h"
#include "launcher/domain/accel.h"
#include "launcher/domain/bridge.h"
#include "launcher/domain/home.h"
#include "launcher/domain/machine.h"
#include "launcher/domain/wake.h"
#include "launcher/domain/xml.h"

struct doctor {
	check_report_fn *report;
	void *data;
	const char *store;
};

/* Tells one finding; owns the texts from here on. A fix means not ok. */
static void tell(const struct doctor *doctor, const char *what, char *found,
		 char *fix)
{
	auto_free char *name = strdup(what);
	struct host_check check = {
		.ok = !fix, .what = name, .found = found, .fix = fix
	};

	if (name && found)
		doctor->report(doctor->data, &check);
	free(found);
	free(fix);
}

static void check_qemu(const struct doctor *doctor)
{
	const char *const argv[] = { QEMU, "--version", NULL };
	auto_free char *path = qemu_path();
	auto_buf version = BUF_INIT;
	struct error err = { FAULT_NONE };

	if (!path)
		tell(doctor, "QEMU", strdup("no " QEMU " on PATH"),
		     strdup("apt-get install qemu-system-x86"));
	else if (!process_run(
			 &(struct process){ .argv = argv, .wall_seconds = 20 },
			 &version, &err))
		tell(doctor, "QEMU", strdup(err.text),
		     strdup("apt-get install --reinstall qemu-system-x86"));
	else
		tell(doctor, "QEMU",
		     format_text("%s, %.*s", path,
				 (int)strcspn(buf_text(&version), "\n"),
				 buf_text(&version)),
		     NULL);
}

static void check_kvm(const struct doctor *doctor)
{
	static const char *const found[] = {
		[KVM_ABSENT] = "there is none; machines are emulated, which is "
			       "slow (turn on virtualisation in the firmware, "
			       "or nested virtualisation on the host above)",
		[KVM_DENIED] = "you may not open " KVM "; machines are "
			       "emulated, which is slow (adduser YOU kvm, then "
			       "log in again)",
		[KVM_BROKEN] = "broken: it opens, but guests die in it; "
			       "machines are emulated, which is slow (have the "
			       "host above offer real nested virtualisation)",
		[KVM_WORKS] = "works, a guest of ours ran in it",
	};
	enum kvm verdict = kvm_look();

	if (verdict == KVM_WORKS)
		verdict = kvm_probe();
	/* a daemon's libvirt then probes QEMU for minutes at each start */
	if (kvm_is_roots_only())
		tell(doctor, "KVM",
		     strdup("root may open " KVM ", but not QEMU's account"),
		     strdup("chgrp kvm " KVM "; chmod g+rw " KVM));
	else
		tell(doctor, "KVM", strdup(found[verdict]), NULL);
}

/* Wakes an embedded driver in a home of its own, to see that it does. */
static bool try_embedded(const char *uri, long *ret_version, struct error *err)
{
	auto_free char *root = embed_root(uri);
	auto_home home = HOME_INIT;
	struct driver_answer answer = { 0 };
	bool ok;

	if (!root)
		return fail_memory(err);
	if (!dir_make(root, 0711, err) ||
	    !home_open(root, "doctor", 10000, &home, err))
		return false;
	ok = wake(&home, DRIVER_VERSION, NULL, NULL, &answer, err);
	home_remove(&home);
	if (ok)
		*ret_version = answer.version;
	return ok;
}

static bool try_daemon(const char *uri, long *ret_version, struct error *err)
{
	virConnectPtr connection;
	unsigned long version = 0;

	if (!libvirt_prepare(err))
		return false;
	connection = virConnectOpen(uri);
	if (!connection)
		return fail_libvirt(err, uri);
	if (virConnectGetLibVersion(connection, &version) == 0)
		*ret_version = (long)version;
	virConnectClose(connection);
	return true;
}

/* What helps against a libvirt that does not answer. */
static const char *libvirt_fix(bool embedded, const char *why)
{
	if (embedded)
		return "apt-get install libvirt-daemon-driver-qemu";
	if (strstr(why, "denied") || strstr(why, "authenti"))
		return "adduser YOU libvirt (which equals being root), then "
		       "log in again; or set QAMI_CONNECT=embed";
	return "apt-get install libvirt-daemon-system; systemctl enable --now "
	       "libvirtd.socket virtlogd.socket; or set QAMI_CONNECT=embed";
}

static void check_libvirt(const struct doctor *doctor, const char *uri)
{
	bool embedded = strncmp(uri, "qemu:///embed", 13) == 0;
	struct error err = { FAULT_NONE };
	long version = 0;

	if (embedded ? try_embedded(uri, &version, &err) :
		       try_daemon(uri, &version, &err))
		tell(doctor, "libvirt",
		     format_text("%ld.%ld.%ld, this store uses %s",
				 version / 1000000, version / 1000 % 1000,
				 version % 1000, uri),
		     NULL);
	else
		tell(doctor, "libvirt", strdup(err.text),
		     strdup(libvirt_fix(embedded, err.text)));
	/* the session's and the embedded driver need none, or start it */
	if (strcmp(uri, "qemu:///system") == 0 && !virtlogd_listens())
		tell(doctor, "virtlogd",
		     strdup("does not listen, so that no machine with a "
			    "console log can start"),
		     strdup("systemctl enable --now virtlogd.socket"));
}

/* Whether an account may enter a directory, by mode alone. */
static bool may_enter(const char *dir, uid_t uid, gid_t gid)
{
	struct stat st;

	if (stat(dir, &st) != 0)
		return false;
	if (st.st_uid == uid)
		return st.st_mode & S_IXUSR;
	if (st.st_gid == gid)
		return st.st_mode & S_IXGRP;
	return st.st_mode & S_IXOTH;
}

/* Appends " DIR" for each directory on the way that the account cannot
 * enter. */
static void find_barriers(const char *path, uid_t uid, gid_t gid,
			  struct buf *ret_dirs)
{
	auto_free char *copy = strdup(path);

	if (!copy)
		return;
	for (char *c = copy + 1; *c; c++)
		if (*c == '/') {
			*c = 0;
			if (!may_enter(copy, uid, gid))
				buf_printf(ret_dirs, " %s", copy);
			*c = '/';
		}
	if (!may_enter(copy, uid, gid))
		buf_printf(ret_dirs, " %s", copy);
}

static void check_reach(const struct doctor *doctor, const char *uri)
{
	struct error err = { FAULT_NONE };
	auto_buf dirs = BUF_INIT;
	uid_t uid;
	gid_t gid;

	if (!domain_hypervisor_qemu_user(uri, &uid, &gid, &err)) {
		tell(doctor, "QEMU's account", strdup(err.text),
		     strdup("correct `user` in /etc/libvirt/qemu.conf"));
		return;
	}
	if (uid != 0 && uid != geteuid())
		find_barriers(doctor->store, uid, gid, &dirs);
	if (dirs.size)
		tell(doctor, "store",
		     format_text("QEMU (user %u) cannot enter%s", uid,
				 buf_text(&dirs)),
		     format_text("chmod o+x%s", buf_text(&dirs)));
	else
		tell(doctor, "store",
		     format_text("QEMU (user %u) can enter %s", uid,
				 doctor->store),
		     NULL);
}

static void check_uefi(const struct doctor *doctor)
{
	if (access(OVMF_CODE, R_OK) == 0 && access(OVMF_VARS, R_OK) == 0)
		tell(doctor, "UEFI", strdup(OVMF_CODE), NULL);
	else
		tell(doctor, "UEFI",
		     strdup("no firmware; images that boot by UEFI cannot be "
			    "launched (apt-get install ovmf)"),
		     NULL);
}

/* libguestfs builds its appliance from a kernel of this host. */
static bool kernel_readable(void)
{
	bool readable = false;
	glob_t found;

	if (glob("/boot/vmlinuz-*", 0, NULL, &found) != 0)
		return false;
	for (size_t i = 0; i < found.gl_pathc; i++)
		readable = readable || access(found.gl_pathv[i], R_OK) == 0;
	globfree(&found);
	return readable;
}

static void check_guestfs(const struct doctor *doctor)
{
	void *library = dlopen("libguestfs.so.0", RTLD_LAZY | RTLD_LOCAL);
	const char *found = "libguestfs is there";

	if (!library)
		found = "disks cannot be looked into (apt-get install "
			"libguestfs0)";
	else if (!kernel_readable())
		found = "libguestfs finds no readable kernel, so that disks "
			"cannot be looked into (apt-get install "
			"--no-install-recommends linux-image-cloud-amd64; as "
			"an ordinary user also: chmod +r /boot/vmlinuz-*)";
	else
		dlclose(library);
	tell(doctor, "inspection", strdup(found), NULL);
}

/* What libvirt's part of a bridge lacks; NULL when it is all there. Drivers may
 * be left out, and programs be missing where the drivers are there. */
static const char *bridge_lacks(void)
{
	static const struct {
		const char *program;
		const char *fix;
	} programs[] = {
		{ "dnsmasq", "no dnsmasq (apt-get install dnsmasq-base)" },
		{ "ebtables", "no ebtables (apt-get install iptables)" },
		{ "iptables", "no iptables (apt-get install iptables)" },
	};
	virConnectPtr connection = virConnectOpen(BRIDGE_URI);
	const char *lacks = NULL;

	if (!connection || virConnectNumOfNetworks(connection) < 0)
		lacks = "libvirt has no networks (apt-get install "
			"libvirt-daemon-system)";
	else if (virConnectNumOfNWFilters(connection) < 0)
		lacks = "libvirt has no filters (apt-get install "
			"libvirt-daemon-system)";
	if (connection)
		virConnectClose(connection);
	for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++)
		if (!lacks && !process_found(programs[i].program))
			lacks = programs[i].fix;
	return lacks;
}

/* No other daemon has one. */
static void check_bridge(const struct doctor *doctor, const char *uri)
{
	struct error err = { FAULT_NONE };
	const char *lacks;

	if (strcmp(uri, BRIDGE_URI) != 0 || !libvirt_prepare(&err))
		return;
	lacks = bridge_lacks();
	tell(doctor, "bridge",
	     lacks ? format_text("instances cannot be on one: %s", lacks) :
		     strdup("instances can be on one (QAMI_NETWORK=bridge)"),
	     NULL);
}

bool domain_hypervisor_doctor(const char *configured, const char *store,
			      check_report_fn *report, void *data,
			      struct error *err)
{
	struct doctor doctor = { report, data, store };
	auto_free char *uri = NULL;

	if (!domain_hypervisor_choose(configured, store, &uri, err))
		return false;
	check_qemu(&doctor);
	check_libvirt(&doctor, uri);
	check_kvm(&doctor);
	check_reach(&doctor, uri);
	check_uefi(&doctor);
	check_guestfs(&doctor);
	check_bridge(&doctor, uri);
	return true;
}
