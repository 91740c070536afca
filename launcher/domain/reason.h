/* reason.h - what is worth telling of libvirt's sentences (private to this
 * room)
 */
#ifndef QAMI_DOMAIN_REASON_H
#define QAMI_DOMAIN_REASON_H

#include <stdbool.h>
#include <stddef.h>

/* The reason in a message of libvirt's: a part of it, without the line's end.
 * Where QEMU ended while it started, libvirt quotes all that it printed: the
 * date, its own name, the argument that it choked on, often hundreds of bytes
 * long, and only then what was wrong. */
const char *reason_of(const char *message, size_t *ret_size);

/* Whether it is that another process has the lock of a disk's file. */
bool reason_is_lock(const char *message);

#endif
