/* sshkey.h - the keys that people log in with: made, read, fingerprinted
 *
 * What EC2 takes and no more: RSA of 1024, 2048 or 4096 bits, and Ed25519.
 * What is kept of one is its public half, written by us from what was
 * understood, so that no text of the caller's comes before a guest's sshd.
 */
#ifndef QAMI_IMAGES_SSHKEY_H
#define QAMI_IMAGES_SSHKEY_H

#include "images/base/arena.h"
#include "images/base/error.h"

/* A public key; texts in the arena. */
struct sshkey {
	const char *type;	 /* EC2's: "rsa" or "ed25519" */
	const char *line;	 /* "ssh-rsa AAAA…", without a comment */
	const char *fingerprint; /* as EC2 prints that of an imported key, or
				  * of one that it made */
};

/* A private key's text: its memory is wiped before it is freed. */
struct sshkey_secret {
	char *text;
};
void sshkey_secret_done(struct sshkey_secret *secret);
#define auto_sshkey_secret                                         \
	__attribute__((cleanup(sshkey_secret_done))) struct sshkey_secret

/* Makes a pair of type "rsa" (2048 bits; the private key in PEM as PKCS #1) or
 * "ed25519" (the private key as OpenSSH writes it), under no pass phrase.
 * RSA's fingerprint is the SHA-1 of the private key in DER as PKCS #8. */
bool sshkey_make(const char *type, struct arena *arena, struct sshkey *ret_key,
		 struct sshkey_secret *ret_secret, struct error *err)
	must_check;

/* Reads a public key: OpenSSH's line, RFC 4716's file, or base64 of DER
 * (SubjectPublicKeyInfo). RSA's fingerprint is the MD5 of that DER; Ed25519's
 * is always OpenSSH's SHA-256, in padded base64. FAULT_KEY_FORMAT when it is
 * none of these, FAULT_KEY_PAIR_FORMAT for a kind or size that EC2 does not
 * take. The text occurs in no error. */
bool sshkey_read(const void *text, size_t size, struct arena *arena,
		 struct sshkey *ret_key, struct error *err) must_check;

#endif
