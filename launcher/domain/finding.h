/* finding.h - what should not be in an image that everybody may launch: pure
 * functions of a file's path and bytes, both hostile (private to this room)
 *
 * Who makes them find more raises DISK_SCAN_RULES (domain.h): what was found
 * by other rules is no answer any more.
 */
#ifndef QAMI_DOMAIN_FINDING_H
#define QAMI_DOMAIN_FINDING_H

#include <stddef.h>

#define FINDING_READ (64 * 1024) /* bytes of a file that are looked at */

enum finding_look {
	FINDING_SKIP,
	FINDING_NAMED, /* its name says it all, unless it is empty */
	FINDING_INSIDE /* finding_inside() has to look into it */
};

/* What to do with a regular file. `path` begins at its file system's root and
 * has no slash there. *ret_kind is set for FINDING_NAMED. Files that packages
 * bring along (below /usr and the like) are looked into only where their names
 * are those of keys, what is below /usr/share/doc not at all. */
enum finding_look finding_look(const char *path, const char **ret_kind);

/* The kind of secret that the first FINDING_READ bytes of a file show, or NULL:
 * "private-key" (PEM, OpenSSH's, PuTTY's and PGP's), "ssh-host-key",
 * "authorized-keys", "password-hash" or "credentials". */
const char *finding_inside(const char *path, const char *data, size_t size);

#endif
