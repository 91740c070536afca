/* secret.c - forgetting, and no core dumps
 *
 * A process that is not dumpable leaves no core whatever the host does with
 * them. What it executes is dumpable again, and has nothing but its limit: 0
 * would not bind a host that pipes cores to a program, 1 does, and is too
 * little for any file.
 */
#include "images/base/secret.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

void secret_forget(void *data, size_t size)
{
	OPENSSL_cleanse(data, size);
}

void secret_done(struct secret *secret)
{
	secret_forget(secret, sizeof(*secret));
}

void disk_secret_done(struct disk_secret *secret)
{
	secret_forget(secret, sizeof(*secret));
}

void secret_guard(const void *data, size_t size)
{
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	/* a user may lock little; what is left is what doctor warns of */
	(void)mlock(data, size);
}

bool secret_forbid_cores(void)
{
	const struct rlimit least = { 1, 1 };

	return setrlimit(RLIMIT_CORE, &least) == 0 || errno == EPERM;
}
