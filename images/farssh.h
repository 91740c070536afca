/* farssh.h - a region at the other end of ssh
 *
 * Its place is ssh://[USER@]HOST[:PORT][/STORE]: the store's absolute path
 * there, or none for the one that `qami` there takes by itself. OpenSSH's ssh
 * is started here, with the keys and the configuration of this user and
 * without asking anybody anything; it starts `qami region serve-copy` there,
 * which reads the store with the rights of that user: its owner, or root.
 */
#ifndef QAMI_IMAGES_FARSSH_H
#define QAMI_IMAGES_FARSSH_H

#include "images/far.h"

/* Whether a place is one of these. */
bool far_is_ssh(const char *place);

/* FAULT_INVALID_PARAMETER for a place that cannot be; FAULT_UNAVAILABLE when
 * it cannot be reached now. The calling thread must live until it is closed. */
bool far_ssh_open(const char *place, struct far **ret_far, struct error *err)
	must_check;

#endif
