/* index.c - the index of SQLite's write-ahead log has all its blocks
 *
 * The index is a file that SQLite maps. It makes it longer by a byte in each 4
 * KiB: where a filesystem's blocks are smaller, the rest are holes, and a write
 * to one of them on a full disk is no error but a SIGBUS. Whoever opens the
 * registry first cuts the index down to 3 bytes, a size that occurs nowhere
 * else: there it gets its blocks, or SQLite learns that there is no room.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "images/registry/db-private.h"

#define CUT_DOWN 3
#define GRAIN 4096
#define WHOLE (128 << 10) /* for a log of 16000 pages */

static int cut(int fd, off_t size)
{
	struct statfs fs;
	int error;

	if (ftruncate(fd, size) != 0)
		return -1;
	if (size != CUT_DOWN || fstatfs(fd, &fs) != 0 || fs.f_bsize >= GRAIN)
		return 0;
	error = posix_fallocate(fd, 0, WHOLE);
	if (error == 0)
		return 0;
	errno = error;
	return -1;
}

static void replace_call(void)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

	/* an SQLite that has no such call has an index of its own kind */
	if (vfs && vfs->iVersion >= 3)
		(void)vfs->xSetSystemCall(vfs, "ftruncate",
					  (sqlite3_syscall_ptr)cut);
}

void db_index_whole(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, replace_call);
}
