/* alias.h - a short name for a long directory, whose sockets need one
 *
 * A socket's address holds 107 characters. Where a directory's path leaves too
 * few of them, a symbolic link /tmp/qami-<uid>/<digest> leads there; nobody
 * else can write beside it.
 */
#ifndef QAMI_BASE_ALIAS_H
#define QAMI_BASE_ALIAS_H

/* Makes the link, which may be there; caller frees its path. NULL when it
 * cannot be made. */
char *alias_make(const char *directory);

/* Removes it. */
void alias_remove(const char *directory);

#endif
