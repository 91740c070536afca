/* secret.h - key bytes in memory, which are forgotten when their scope ends
 *
 * They stand in no file, argument, environment, log or error text; whoever
 * hands them on does so by a descriptor. While a process holds some it leaves
 * no core dump.
 */
#ifndef QAMI_BASE_SECRET_H
#define QAMI_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "images/base/error.h"

#define SECRET_SIZE 32	     /* bytes of every key */
#define SECRET_TEXT_SIZE 65  /* of its digits, with their NUL */

/* A key's bytes. */
struct secret {
	uint8_t bytes[SECRET_SIZE];
};
#define auto_secret __attribute__((cleanup(secret_done))) struct secret

/* What opens an encrypted layer: 64 lower-case hexadecimal digits, without a
 * line's end; "" where there is none. */
struct disk_secret {
	char text[SECRET_TEXT_SIZE];
};
#define auto_disk_secret \
	__attribute__((cleanup(disk_secret_done))) struct disk_secret

/* Each overwrites what it is given. */
void secret_done(struct secret *secret);
void disk_secret_done(struct disk_secret *secret);
void secret_forget(void *data, size_t size);

/* Whoever is about to put a secret somewhere says where: from here on this
 * process leaves no core dump, and those bytes stay out of swap as far as the
 * host lets it. Again does no harm. */
void secret_guard(const void *data, size_t size);

/* From here on neither this process nor what it executes leaves one, for as
 * long as the host's limit is all that there is to say so with. False when that
 * fails; of an ordinary user whose limit was 0 already a host that pipes cores
 * to a program takes no notice, and nothing can be done about it. May be called
 * between fork() and execve(). */
bool secret_forbid_cores(void) must_check;

#endif
