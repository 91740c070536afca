/* secret.h - what opens encrypted disks, on its way to libvirt (private to this
 * room)
 *
 * libvirt gets a passphrase as a secret of its own, ephemeral and private, for
 * the time of one call: afterwards only QEMU has it. Its name is drawn for that
 * call, so that two calls about disks of one key do not take it away from each
 * other. No passphrase is ever part of a domain's XML or of a change's text.
 */
#ifndef QAMI_DOMAIN_SECRET_H
#define QAMI_DOMAIN_SECRET_H

#include "images/base/arena.h"
#include "launcher/domain/connect.h"

/* Those of a call, each once. */
struct secrets {
	const struct machine_secret **list; /* borrowed, but the list */
	size_t count;
	bool broken; /* memory ran out: secrets_lend() and _write() say so */
};

#define SECRETS_INIT           \
	{                      \
		NULL, 0, false \
	}
void secrets_done(struct secrets *secrets);
#define auto_secrets __attribute__((cleanup(secrets_done))) struct secrets

/* Adds one (NULL: none), or all that a disk needs. */
void secrets_add(struct secrets *secrets, const struct machine_secret *secret);
void secrets_add_disk(struct secrets *secrets, const struct machine_disk *disk);

/* Writes them into a file, a line each and an empty one at the end. */
bool secrets_write(const struct secrets *secrets, int fd, struct error *err)
	must_check;

/* Reads them from the beginning of a text, which is changed for it; the rest
 * begins at *ret_rest. */
bool secrets_read(char *text, struct arena *arena, struct secrets *ret_secrets,
		  char **ret_rest, struct error *err) must_check;

/* Tells them to libvirt; and takes away what processes left that were killed
 * between this and what follows. */
bool secrets_lend(virConnectPtr connection, const struct secrets *secrets,
		  struct error *err) must_check;

/* Has libvirt forget them. */
void secrets_take_back(virConnectPtr connection, const struct secrets *secrets);

/* The same for the embedded driver of a home, which must not be told: its
 * process would end for that (libvirt 9). But it takes in what it finds when it
 * opens: a file that describes a secret, and beside it, in place of the one
 * with the secret, a link into this process's memory. */
bool secrets_place(const struct secrets *secrets, const char *home,
		   struct error *err) must_check;

/* Removes the files and links, those that somebody killed has left, too. */
void secrets_unplace(const char *home);

#endif
