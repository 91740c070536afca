/* secret.c - forgetting, and no core dumps
 *
 * A process that is not dumpable leaves no core whatever the host does with
 * them; a limit alone would not bind a host that pipes them to a program. What
 * it executes is dumpable again.
 */
#include "images/base/secret.h"

#include <openssl/crypto.h>
#include <sys/mman.h>
#include <sys/prctl.h>

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
