/* id.h - resource ids: a prefix, '-', 17 hexadecimal digits
 *
 * 68 random bits, so that an id can neither be guessed nor drawn twice; the
 * form is EC2's long resource id.
 */
#ifndef QAMI_BASE_ID_H
#define QAMI_BASE_ID_H

#include <stddef.h>

#include "images/base/error.h"

#define ID_DIGITS 17
#define ID_SIZE 32 /* the longest prefix, '-', digits and the NUL fit */
#define UUID_SIZE 37
#define MAC_SIZE 18

/* Draws a fresh id, such as "ami-0123456789abcdef0". The prefix is given
 * without the '-' and is at most 13 characters. */
void id_new(const char *prefix, char ret_id[ID_SIZE]);

/* Whether the text is a prefix, '-' and 17 (or, as early EC2 ids, 8)
 * lower-case hexadecimal digits. */
bool id_valid(const char *text, const char *prefix);

/* Whether the text may be the beginning of such an id: prefix, '-' and 1 to 17
 * digits. */
bool id_valid_prefix(const char *text, const char *prefix);

/* A random UUID whose first digits are "ec2", which is how guests recognise
 * EC2 hardware; version 4 form, lower case. */
void uuid_new(char ret_uuid[UUID_SIZE]);

/* A random UUID, version 4, lower case. */
void uuid_random(char ret_uuid[UUID_SIZE]);

/* Whether the text is a UUID in lower case. */
bool uuid_valid(const char *text);

/* A random unicast, locally administered MAC, 02:…: of its 40 bits no two are
 * drawn alike where QEMU's own 24 were, in a store of thousands. */
void mac_new(char ret_mac[MAC_SIZE]);

/* `size` random bytes; aborts if the kernel has none to give. */
void random_bytes(void *ret_data, size_t size);

#endif
