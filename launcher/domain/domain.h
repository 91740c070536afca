/* domain.h - machines: libvirt domains that qami started
 *
 * The room knows neither registry nor chain: a launch description goes in, a
 * machine's state comes out. Domains are transient, named after the instance
 * and found by UUID. Everything but load.c lives in a module that is loaded
 * at the first call, because linking libvirt costs more than most commands.
 */
#ifndef QAMI_DOMAIN_DOMAIN_H
#define QAMI_DOMAIN_DOMAIN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "images/base/buf.h"
#include "images/base/error.h"

enum accel { ACCEL_TCG, ACCEL_KVM };
enum firmware { FIRMWARE_BIOS, FIRMWARE_UEFI };

/* What opens an encrypted file. libvirt knows it by its name for no longer than
 * a call takes; QEMU keeps it. */
struct machine_secret {
	const char *uuid;  /* drawn anew for each call */
	const char *value; /* LUKS's passphrase, a text without line's end */
};

/* One file of a disk's chain. The format is the registry's word; nothing is
 * ever probed. */
struct machine_file {
	const char *path;   /* absolute */
	const char *format; /* "qcow2" or "raw" */
	const struct machine_secret
		*secret; /* qcow2 with LUKS inside; NULL: it is plain */
	/* NULL; or the path is a socket, below a disk's top, where that is
	 * shown by NBD, raw. Should who listens go, QEMU connects to the next
	 * one; what is read meanwhile waits where libvirt can tell it so (9.0
	 * cannot), else the machine is starved. A request that fails is never
	 * the guest's to see: the machine is starved by it, too. */
	const char *export;
};

/* What a disk may do, in QEMU's terms; 0: unlimited. A burst is allowed for so
 * many seconds, and saved up again while the disk does less than its rate. */
struct machine_throttle {
	uint64_t iops;	     /* operations a second, */
	uint64_t iops_burst; /* … for a while, */
	uint64_t iops_burst_seconds;
	uint64_t bytes; /* bytes a second, */
	uint64_t bytes_burst;
	uint64_t bytes_burst_seconds;
	uint64_t iops_size; /* a larger operation counts as several */
};

struct machine_disk {
	const char *target; /* "vda", … in the order the guest shall see */
	const char *serial; /* at most 20 characters, or NULL */
	const struct machine_file *chain; /* top first, down to the bottom */
	size_t chain_count;
	bool read_only;
	struct machine_throttle throttle;
};

/* A launch description. All pointers are borrowed. */
struct machine {
	const char *id;	   /* instance id: the domain's name */
	const char *uuid;  /* begins with "ec2" */
	const char *store; /* the store's path: whose machine this is */
	const char *type;  /* instance type, for the SMBIOS product name */
	const char *mac;   /* of its network card; NULL: it has none */
	uint16_t net_port; /* the card's other end is a process that waits on
			    * this port of 127.0.0.1; 0: libvirt's own */
	const char
		*net_bridge; /* … or a network of libvirt's, where it has … */
	const char *net_address; /* … this address … */
	const char *net_filter;	 /* … and is held to this filter; else NULL */
	unsigned vcpus;
	unsigned memory_mib;
	enum accel accel;
	enum firmware firmware;
	const char *nvram;  /* UEFI variables' file, made when missing */
	const char *kernel; /* direct boot, else NULL */
	const char *ramdisk;
	const char *cmdline;
	const struct machine_disk *disks;
	size_t disk_count;
	const char *console_log; /* existing file; console output is appended */
};

enum machine_state {
	MACHINE_ABSENT, /* no domain and no QEMU process with that UUID */
	MACHINE_RUNNING,
	MACHINE_PAUSED,	 /* by someone */
	MACHINE_STARVED, /* by a full disk, or by who shows it one (`export`):
			  * a request of its guest waits */
	MACHINE_OFF,	/* the guest powered off; QEMU is still to be removed */
	MACHINE_CRASHED, /* KVM internal error or guest panic */
};

struct hypervisor;

/* Begins to load what the calls below need, on a thread of its own, and to
 * connect to the daemon of a `uri` (unless NULL), for the next who opens that.
 * For commands that will surely call one, as soon as that is known; the first
 * call waits for the end. */
void domain_prefetch(const char *uri);

/* The domain XML of a description: a pure function, appended to ret_xml. */
bool machine_xml(const struct machine *machine, struct buf *ret_xml,
		 struct error *err) must_check;

/* The libvirt URI that a store should use: `configured` (QAMI_CONNECT) if not
 * NULL, else as DESIGN 3 says: root qemu:///system if it answers, a user
 * qemu:///session, else the embedded driver under "<store>/embed". The word
 * "embed" as configured value means that driver. Caller frees *ret_uri. */
bool hypervisor_choose(const char *configured, const char *store,
		       char **ret_uri, struct error *err) must_check;

/* Connects to a daemon; the embedded driver takes no connection here. Under it
 * each machine has a driver of its own below the root, which admits one process
 * at a time: every call about a machine waits up to wait_ms for that machine's
 * turn, and holds it no longer than it runs; FAULT_UNAVAILABLE when the turn
 * did not come. Calls about different machines do not wait for each other. */
bool hypervisor_open(const char *uri, unsigned wait_ms,
		     struct hypervisor **ret_hypervisor, struct error *err)
	must_check;
void hypervisor_close(struct hypervisor *hypervisor);

/* From here on connections to daemons stay open and are shared by all threads,
 * in a process that stays. `happened` is called, by a thread of libvirt's, when
 * a machine of one begins, ends, pauses or is starved, and when a connection
 * was lost or opened again: machines are to be looked at. Once in a process. */
bool hypervisor_keep(void (*happened)(void *data), void *data,
		     struct error *err) must_check;

/* Closes them. No hypervisor is open any more. */
void hypervisor_unkeep(void);

/* Called by main() before anything else: does not return in a process that a
 * server with threads started only to wake the embedded driver, which its
 * argv[0] tells. */
void hypervisor_driver(int argc, char **argv);

/* What `auto` means on this host, found out once per boot and remembered in
 * `memo` (a file's path). `wanted` is QAMI_ACCEL: "tcg", "kvm", "auto" or
 * NULL. When something had to be found out or KVM was found broken, *ret_note
 * is a sentence for the user (caller frees), else NULL. */
bool accel_choose(const char *wanted, const char *memo, enum accel *ret_accel,
		  char **ret_note, struct error *err) must_check;

/* Starts a machine; the domain runs when this returns. */
bool machine_start(struct hypervisor *hypervisor, const struct machine *machine,
		   pid_t *ret_pid, struct error *err) must_check;

/* The truth about a machine, asked of QEMU and /proc, not of libvirt alone. */
bool machine_state(struct hypervisor *hypervisor, const char *uuid,
		   enum machine_state *ret_state, struct error *err) must_check;

/* Whether a QEMU process with that UUID lives: by /proc alone, no connection,
 * a fast first answer. `pid` is the one machine_start() gave. */
bool machine_alive(pid_t pid, const char *uuid);

/* Whether a machine that is gone ended because its guest powered off: by
 * libvirt's log alone, no connection. False where there is no evidence. */
bool machine_shut_down(const char *uri, const char *id);

/* Whether that log tells how the machine's last run ended. A daemon writes it a
 * moment after the process has gone. */
bool machine_end_told(const char *uri, const char *id);

/* Lets a starved machine go on: it tries its request again, and is starved
 * again if there is still no room, or nobody to answer. Any other is left as it
 * is. */
bool machine_resume(struct hypervisor *hypervisor, const char *uuid,
		    struct error *err) must_check;

/* Presses the power button; success says nothing about the guest. A machine
 * that is absent or off is no error. */
bool machine_press_power(struct hypervisor *hypervisor, const char *uuid,
			 struct error *err) must_check;

/* Ends a machine at once and returns when no process of it is left, so that
 * its disks may be touched. An absent one is no error. */
bool machine_destroy(struct hypervisor *hypervisor, const char *uuid,
		     struct error *err) must_check;

/* What follows changes the disks of a running machine, each named by its
 * serial. Success is proved by QMP, and so is what a failure left behind: ask
 * machine_heads(). FAULT_INCORRECT_STATE when libvirt and QEMU disagree about
 * the disks (an earlier call was killed at a bad moment): then nothing was
 * done, and nothing can be until the machine is started anew; the embedded
 * driver is cured of it by itself where a pivot was interrupted. Also for a
 * disk that the machine has not. FAULT_INSTANCE_STATE when the machine does not
 * run, FAULT_UNAVAILABLE while the disk is being shortened by another. */

/* The file that QEMU writes for a disk, and the chain below it: QEMU's word,
 * not libvirt's. Absolute paths, top first. */
struct machine_head {
	const char *serial;
	const char *const *files;
	size_t file_count;
};

/* The heads of all disks with a serial; in the arena. None for a machine that
 * is absent. */
struct arena; /* images/base/arena.h */
bool machine_heads(struct hypervisor *hypervisor, const char *uuid,
		   struct arena *arena, const struct machine_head **ret_heads,
		   size_t *ret_count, struct error *err) must_check;

/* Moves disks on to new, empty overlays that stand on their heads, all in one
 * instant or none. With `quiesce` a guest agent, if there is one, freezes the
 * filesystems around it; one that does not answer is waited for some seconds,
 * and the disks move on without it. *ret_thawed is false when filesystems may
 * be frozen afterwards, or still be about to, and so they may be after a
 * failure: machine_thaw() is then to be called until it succeeds. */
struct machine_pivot {
	const char *serial;
	const char *file;		     /* the qcow2 overlay, absolute */
	const struct machine_secret *secret; /* NULL: it is plain */
};
bool machine_pivot(struct hypervisor *hypervisor, const char *uuid,
		   const struct machine_pivot *pivots, size_t count,
		   bool quiesce, bool *ret_thawed, struct error *err)
	must_check;

/* Has a guest agent thaw all filesystems, whoever froze them; *ret_thawed is
 * false when it does not answer. A machine that is absent or has no agent
 * connected has nothing to thaw. */
bool machine_thaw(struct hypervisor *hypervisor, const char *uuid,
		  bool *ret_thawed, struct error *err) must_check;

/* Plugs a disk in; its `target` is ignored, the first free one is taken.
 * FAULT_RESOURCE_LIMIT when the machine has no port left. */
bool machine_attach(struct hypervisor *hypervisor, const char *uuid,
		    const struct machine_disk *disk, struct error *err)
	must_check;

/* Asks the guest to let go of a disk, and waits up to wait_ms for it;
 * *ret_gone is false when it has not (yet). One that is not there is gone. */
bool machine_detach(struct hypervisor *hypervisor, const char *uuid,
		    const char *serial, unsigned wait_ms, bool *ret_gone,
		    struct error *err) must_check;

/* Sets a disk's limits, at once. */
bool machine_throttle(struct hypervisor *hypervisor, const char *uuid,
		      const char *serial,
		      const struct machine_throttle *throttle,
		      struct error *err) must_check;

/* Makes a disk larger, to so many bytes; its guest is told. */
bool machine_resize(struct hypervisor *hypervisor, const char *uuid,
		    const char *serial, uint64_t bytes, struct error *err)
	must_check;

/* Whether somebody wants the disk that is being shortened. */
struct machine_patience {
	bool (*wanted)(void *data);
	void *data;
};

/* Copies what lies between a disk's head and `base`, a file of its chain, into
 * the head, which stands on `base` afterwards. Returns when that is done and
 * flushed; or with *ret_done false, and the disk as it was, a moment after
 * somebody wanted it (`patience` NULL: nobody does). A caller that dies may
 * call again; the copy goes on meanwhile. But should QEMU end before success
 * was told, then the head's header may name `base` too early: give it back the
 * backing file that it had (`rebase -u`), and the disk is right, in whatever
 * state it was. The layers between must therefore live until success. The
 * header names the base as the layer above it did: relative to its directory.
 */
bool machine_shorten(struct hypervisor *hypervisor, const char *uuid,
		     const char *serial, const char *base,
		     const struct machine_patience *patience, bool *ret_done,
		     struct error *err) must_check;

/* Calls `found` for every machine of that store that the hypervisor has, until
 * it returns false. */
bool machine_each(struct hypervisor *hypervisor, const char *store,
		  bool (*found)(void *data, const char *id, const char *uuid),
		  void *data, struct error *err) must_check;

/* The path of the pty behind the machine's serial console; caller frees. */
bool machine_console(struct hypervisor *hypervisor, const char *uuid,
		     char **ret_path, struct error *err) must_check;

/* The account that the hypervisor's QEMU runs as under a URI; root's own when
 * QEMU runs as the caller. For lending files. */
bool hypervisor_qemu_user(const char *uri, uid_t *ret_uid, gid_t *ret_gid,
			  struct error *err) must_check;

/* One line a check of this host's fitness for machines, for `qami doctor`:
 * `ok`, what was checked, what was found, and the exact fix when not ok. */
struct host_check {
	bool ok;
	char *what;
	char *found;
	char *fix; /* NULL when ok */
};
bool hypervisor_doctor(const char *configured, const char *store,
		       void (*report)(void *data,
				      const struct host_check *check),
		       void *data, struct error *err) must_check;

/* What a disk image holds: JSON with "PartitionTable" ("gpt", "msdos" or
 * "none"), "Architecture", "OperatingSystem" (absent when unknown) and
 * "Partitions" (Number, Start, Size, Type, Filesystem, Label). By libguestfs
 * under the hostile-image rules; FAULT_UNSUPPORTED, saying which package to
 * install, where it is missing, and for an encrypted disk. Caller frees the
 * text. */
bool disk_inspect(const struct machine_file *file, char **ret_json,
		  struct error *err) must_check;

/* What is on a disk that should not be in an image for everybody: JSON with
 * "Findings" (Partition, Kind and Path, printable, never the secret itself) and
 * "More", how many there are beyond the first thousand. Kinds are those of
 * secret.h and "shell-history"; where something could not be looked into there
 * is one "unread:WHY", without a path if it is a whole partition. `opened`,
 * unless NULL, is called when the chain's files are open. Faults as those of
 * disk_inspect(), also for what takes more than two minutes of a processor.
 * Caller frees the text, whose findings are of the rules DISK_SCAN_RULES. */
#define DISK_SCAN_RULES 1
bool disk_scan(const struct machine_file *file, void (*opened)(void *data),
	       void *data, char **ret_json, struct error *err) must_check;

/* How a disk's root file system gets onto another disk. All borrowed; the
 * functions are called in another process, after a fork, in this order. */
struct source; /* images/base/source.h */
struct disk_clone {
	const struct machine_file *from; /* the top of a chain */
	const char *to;	   /* an empty raw disk, a file of its whole size */
	const char *place; /* an empty directory, for what is temporary */
	uint64_t size;	   /* of the new disk, bytes */

	/* Writes the new disk's table and boot loader; `root` and `boot` are
	 * where the file systems begin, 0 for a whole disk or no /boot. Tells
	 * the new root's partition, 0 for the whole disk. */
	bool (*lay_out)(void *data, struct source *old, uint64_t root,
			uint64_t boot, int fd, unsigned *ret_partition,
			struct error *err);
	/* Whether a path is kept, its parents being so. */
	bool (*keeps)(void *data, const char *path, bool directory);
	/* Appends a new /etc/fstab to `ret_text`, or nothing. */
	void (*fstab)(void *data, const char *old, const char *uuid,
		      const char *type, struct buf *ret_text);
	/* In this process, when the chain's files are open; may be NULL. */
	void (*opened)(void *data);
	void *data;
};

/* Copies it, by libguestfs under the hostile-image rules: the new file system
 * is of the same type, with the same features, label and UUID. What is not
 * kept is never written. `to` means nothing after a failure. FAULT_UNSUPPORTED
 * as disk_inspect(), for a disk on which no root is found, and for a file
 * system that cannot be made anew; FAULT_VOLUME_CAPACITY when it does not fit;
 * what lay_out() fails with. */
bool disk_clone(const struct disk_clone *clone, struct error *err) must_check;

#endif
