/* console.h - what a guest says about itself on its console
 *
 * All of it is the guest's word, and some of it anybody's who may write there.
 * So nothing of it is passed on as it stands: a user's name is of letters that
 * mean nothing to a shell, and a host key is written again from its bytes.
 * What a guest says of its own keys is good enough to tell it from others: who
 * can write on its console has the machine already.
 */
#ifndef QAMI_INSTANCE_CONSOLE_H
#define QAMI_INSTANCE_CONSOLE_H

#include "images/authorise.h"

#define USER_MOST 32

/* cloud-init's marks around its host keys. */
#define CONSOLE_KEYS_BEGIN "-----BEGIN SSH HOST KEY KEYS-----"
#define CONSOLE_KEYS_END "-----END SSH HOST KEY KEYS-----"

struct spoken {
	/* Whom the key pair's key was given to, as cloud-init says it; ""
	 * when nothing was said. */
	char user[USER_MOST + 1];

	/* Its host keys, as OpenSSH's known_hosts has them, under its id:
	 * those of the last whole list. In the arena; NULL when there was
	 * none. */
	const char *known_hosts;
};

/* Reads an instance's whole console log; one that is not there says nothing. */
bool console_spoken(const struct call *call, const char *id,
		    struct arena *arena, struct spoken *ret_spoken,
		    struct error *err) must_check;

/* Takes the middle out of a log that has become long: its first MiB stays, with
 * the host keys, and the last two at least. That is a hole afterwards, which
 * file_read_data() passes over: what is behind stays where it is, and nothing
 * is lost that the machine writes meanwhile. Nothing happens where there is no
 * log, and on a filesystem without holes. */
bool console_trim(const struct call *call, const char *id, struct error *err)
	must_check;

/* Opens the log where the last start of the machine began; -1 with errno. */
int console_open_boot(const struct call *call, const char *id);

/* Notes that the machine is about to be started: what is in the log by now is
 * an earlier start's. The log is there. */
bool console_mark_boot(const struct call *call, const char *id,
		       struct error *err) must_check;

/* Writes instances/<id>/known_hosts, which OpenSSH is to know the guest by
 * under its id, unless it is so already. The keys must have been heard. */
bool console_know_host(const struct call *call, const char *id,
		       const struct spoken *spoken, struct error *err)
	must_check;

/* Its path; caller frees; NULL when memory ran out. */
char *console_known_hosts(const struct call *call, const char *id);

#endif
