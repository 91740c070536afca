/* encrypt.h - a stream becomes encrypted parts with their digests
 *
 * The parts are files in a directory, named by their index ("0", "1" …): what
 * they are called in the end depends on how many they are.
 */
#ifndef QAMI_BUNDLE_ENCRYPT_H
#define QAMI_BUNDLE_ENCRYPT_H

#include "bundle/key.h"
#include "bundle/manifest.h"

struct encryption;

/* Begins a message under a key; the directory is borrowed. */
bool encrypt_open(int directory, const struct bundle_key *key,
		  uint64_t part_size, struct encryption **ret_encryption,
		  struct error *err) must_check;

/* Encrypts what comes next; writing back to the disk begins with each part
 * that is full. FAULT_VOLUME_CAPACITY when the disk is. */
bool encrypt_write(struct encryption *encryption, const void *data, size_t size,
		   struct error *err) must_check;

/* Ends the message, and makes all parts durable. Their digests live as long as
 * the encryption. No part is empty. */
bool encrypt_end(struct encryption *encryption, size_t *ret_count,
		 const char (**ret_digests)[SHA1_TEXT_SIZE], uint64_t *ret_size,
		 struct error *err) must_check;

void encrypt_close(struct encryption *encryption);
AUTO_DEFINE(encryption, encrypt_close)

#endif
