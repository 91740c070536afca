/* ownkey.h - the public key of whoever types */
#ifndef QAMI_CLI_OWNKEY_H
#define QAMI_CLI_OWNKEY_H

/* The first of ~/.ssh/id_ed25519.pub and id_rsa.pub that is a key EC2 takes;
 * caller frees. NULL when there is none. */
char *own_key_read(void);

#endif
