/* proc.h - QEMU processes as /proc shows them (private to this room)
 *
 * libvirt passes `-uuid UUID` to every QEMU, so that a machine's process can
 * be found, and its absence proved, without any connection.
 */
#ifndef QAMI_DOMAIN_PROC_H
#define QAMI_DOMAIN_PROC_H

#include <stdbool.h>
#include <sys/types.h>

/* The process of the machine with that UUID, 0 when there is none. A zombie is
 * none: its files are closed. */
pid_t proc_find(const char *uuid);

/* Whether that process is a QEMU with that UUID. */
bool proc_is(pid_t pid, const char *uuid);

/* Ends a process of that UUID: asks it to flush and leave, forces it after a
 * few seconds. True when it is gone (or a zombie), false when the kernel does
 * not let us. */
bool proc_end(pid_t pid, const char *uuid);

#endif
