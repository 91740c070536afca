/* ownkey.h - the keys of whoever types
 *
 * Who has none and wants to go into a guest is given one: "id_ed25519" and
 * "id_ed25519.pub" in $XDG_DATA_HOME/qami/ssh (or ~/.local/share/qami/ssh), the
 * user's own and no store's.
 */
#ifndef QAMI_CLI_OWNKEY_H
#define QAMI_CLI_OWNKEY_H

#include "images/base/error.h"

/* The first of ~/.ssh/id_ed25519.pub, id_rsa.pub, and the one that was made
 * here, that is a key EC2 takes; caller frees. NULL when there is none. */
char *own_key_read(void);

/* Makes a pair of Ed25519, under no pass phrase, for its user alone, and
 * returns the public half; caller frees both. One that was made before is
 * left as it is and returned. FAULT_HOST when there is no place for it. */
bool own_key_make(char **ret_public, char **ret_path, struct error *err)
	must_check;

/* The file of the private key, if that was made here, of a public one; caller
 * frees. NULL when it is another's. */
char *own_key_identity(const char *public_key);

/* Writes the host keys of an instance in another user's store, as known_hosts
 * has them, to a file of the caller's own beside those, and returns its path;
 * caller frees. Without keys (NULL) there is none in it. FAULT_HOST when there
 * is no place for it. */
char *own_known_hosts(const char *id, const char *keys, struct error *err)
	must_check;

#endif
