/* user.c - the account that QEMU runs as
 *
 * Read from libvirt's configuration and the system's accounts, not from
 * libvirt's capabilities: those need a connection, which the caller may be
 * about to find out that he cannot have.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "images/base/auto.h"
#include "images/base/file.h"
#include "launcher/domain/accel.h"
#include "launcher/domain/ops.h"

#define SYSTEM_CONF "/etc/libvirt/qemu.conf"
#define CONF_MOST (1024 * 1024)

/* The value of `user = "…"` in a qemu.conf; NULL if it is not set there. */
static char *configured_user(const char *text)
{
	const char *line = text;

	while (line && *line) {
		const char *c = line + strspn(line, " \t");

		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
		if (strncmp(c, "user", 4) != 0)
			continue;
		c += 4 + strspn(c + 4, " \t");
		if (*c++ != '=')
			continue;
		c += strspn(c, " \t");
		if (*c == '"' || *c == '\'')
			return strndup(c + 1, strcspn(c + 1, "\"'\n"));
	}
	return NULL;
}

/* Looks an account up; numbers may be written +64055 or 64055. */
static bool look_up(const char *name, uid_t *ret_uid, gid_t *ret_gid)
{
	char room[16384];
	struct passwd entry, *found = NULL;
	char *end;
	unsigned long number;

	if (getpwnam_r(name, &entry, room, sizeof(room), &found) == 0 &&
	    found) {
		*ret_uid = entry.pw_uid;
		*ret_gid = entry.pw_gid;
		return true;
	}
	errno = 0;
	number = strtoul(name + (*name == '+'), &end, 10);
	if (errno || *end || end == name)
		return false;
	*ret_uid = (uid_t)number;
	*ret_gid = getpwuid_r(*ret_uid, &entry, room, sizeof(room), &found) ==
					   0 &&
				   found ?
			   entry.pw_gid :
			   (gid_t)number;
	return true;
}

bool domain_hypervisor_qemu_user(const char *uri, uid_t *ret_uid,
				 gid_t *ret_gid, struct error *err)
{
	bool system = strcmp(uri, "qemu:///system") == 0;
	auto_free char *name = NULL;
	auto_buf conf = BUF_INIT;

	/* one's own daemon or driver runs QEMU as oneself, but for root's */
	if (!system && geteuid() != 0) {
		*ret_uid = geteuid();
		*ret_gid = getegid();
		return true;
	}
	if (system && access(SYSTEM_CONF, R_OK) == 0) {
		if (!file_read(SYSTEM_CONF, CONF_MOST, &conf, err))
			return false;
		name = configured_user(buf_text(&conf));
	}
	if (name)
		return look_up(name, ret_uid, ret_gid) ||
		       fail(err, FAULT_HOST,
			    "%s names the user %s, who is unknown", SYSTEM_CONF,
			    name);
	/* what libvirt was built for: Debian's account, then others' */
	return look_up("libvirt-qemu", ret_uid, ret_gid) ||
	       look_up("qemu", ret_uid, ret_gid) ||
	       look_up("0", ret_uid, ret_gid);
}

/* Whether an account may open a device for writing, by mode and groups. */
static bool may_open(const struct stat *device, uid_t uid, gid_t gid)
{
	struct passwd entry, *found = NULL;
	gid_t groups[64] = { gid };
	int count = 64;
	char room[16384];

	if (device->st_uid == uid)
		return (device->st_mode & 0600) == 0600;
	if (getpwuid_r(uid, &entry, room, sizeof(room), &found) != 0 ||
	    !found || getgrouplist(found->pw_name, gid, groups, &count) < 0)
		count = 1;
	for (int i = 0; i < count; i++)
		if (groups[i] == device->st_gid)
			return (device->st_mode & 0060) == 0060;
	return (device->st_mode & 0006) == 0006;
}

bool kvm_is_roots_only(void)
{
	struct error ignored = { FAULT_NONE };
	struct stat device;
	uid_t uid;
	gid_t gid;

	return geteuid() == 0 && stat(KVM, &device) == 0 &&
	       domain_hypervisor_qemu_user("qemu:///embed", &uid, &gid,
					   &ignored) &&
	       uid != 0 && !may_open(&device, uid, gid);
}
