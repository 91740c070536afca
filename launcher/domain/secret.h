/* secret.h - what should not be in an image that everybody may launch: pure
 * functions of a file's path and bytes, both hostile (private to this room)
 *
 * Who makes them find more raises DISK_SCAN_RULES (domain.h): what was found
 * by other rules is no answer any more.
 */
#ifndef QAMI_DOMAIN_SECRET_H
#define QAMI_DOMAIN_SECRET_H

#include <stddef.h>

#define SECRET_READ (64 * 1024) /* bytes of a file that are looked at */

enum secret_look {
	SECRET_SKIP,
	SECRET_NAMED, /* its name says it all, unless it is empty */
	SECRET_INSIDE /* secret_find() has to look into it */
};

/* What to do with a regular file. `path` begins at its file system's root and
 * has no slash there. *ret_kind is set for SECRET_NAMED. Files that packages
 * bring along (below /usr and the like) are looked into only where their names
 * are those of keys, what is below /usr/share/doc not at all. */
enum secret_look secret_look(const char *path, const char **ret_kind);

/* The kind of secret that the first SECRET_READ bytes of a file show, or NULL:
 * "private-key" (PEM, OpenSSH's, PuTTY's and PGP's), "ssh-host-key",
 * "authorized-keys", "password-hash" or "credentials". */
const char *secret_find(const char *path, const char *data, size_t size);

#endif
