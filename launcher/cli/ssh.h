/* ssh.h - OpenSSH's programs on the way into an instance
 *
 * They are run by their argv, and believe nobody but the guest whose host keys
 * are on its own console: whatever else ssh_config says of host keys, proxies
 * and shared connections is set aside for them. Keys to log in with, agents
 * and the rest are the user's own matter.
 */
#ifndef QAMI_CLI_SSH_H
#define QAMI_CLI_SSH_H

#include "images/base/buf.h"
#include "launcher/cli/visit.h"
#include "launcher/instance/access.h"

#define SSH_WAIT_SECONDS 300

/* How a person wants to go there. */
struct ssh {
	struct access access;
	const char *user;     /* NULL: access.user */
	const char *identity; /* a private key's file; NULL: ssh's defaults */
};

/* The words of a command line, which is zeroed but for its arena. */
#define SSH_WORDS 48
struct ssh_argv {
	struct arena *arena;
	const char *words[SSH_WORDS]; /* NULL-terminated */
	size_t count;
	bool broken; /* memory ran out */
};

/* Adds a word, which is borrowed; NULL is one that there was no memory for. */
void ssh_add(struct ssh_argv *argv, const char *word);

/* Finds the way to an instance, by its id or name, whose SSH server answers,
 * and waits for that and for its host keys if it must. As wait_boot(); the last
 * lines of its console are shown on stderr when the time was up. */
bool ssh_find(struct visit *visit, const char *name, unsigned seconds,
	      struct arena *arena, struct access *ret_access, struct error *err)
	must_check;

/* Reads what the row "ssh-access" answers of one instance. Of another user's
 * store the file with the host keys is the caller's own, written now. */
bool ssh_read(const struct visit *visit, const struct node *answer,
	      struct arena *arena, struct access *ret_access, struct error *err)
	must_check;

/* Adds a program's name and what it must be told; the destination is the
 * instance's id. FAULT_INVALID_PARAMETER for a user or a file that cannot be
 * said to OpenSSH. */
bool ssh_begin(struct ssh_argv *argv, const char *program,
	       const struct ssh *ssh, struct error *err) must_check;

/* Adds the words of a remote command so that they arrive there as they are:
 * what is behind SSH is a shell, and each is quoted for it. Who gives a line of
 * shell as one word is told, there, how that is said. */
void ssh_command(struct ssh_argv *argv, const char *const *words, size_t count);

/* The same as ssh_begin(), as a block of ssh_config for that destination and
 * the other names in `aliases` ("" or " NAME…"). */
bool ssh_fragment(const struct ssh *ssh, const char *aliases,
		  struct buf *ret_text, struct error *err) must_check;

/* Becomes that program; returns only when it cannot, FAULT_HOST. */
bool ssh_become(const struct ssh_argv *argv, struct error *err) must_check;

#endif
