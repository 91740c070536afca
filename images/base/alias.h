/* alias.h - a short name for a long directory, whose sockets need one
 *
 * A socket's address holds 107 characters. Where a directory's path leaves too
 * few of them, a symbolic link /tmp/qami-<uid>/<digest> leads there; nobody
 * else can write beside it.
 */
#ifndef QAMI_BASE_ALIAS_H
#define QAMI_BASE_ALIAS_H

/* Makes the link, which may be there; caller frees its path. NULL when it
 * cannot be made. With a new one, those that lead nowhere any more are removed;
 * so a directory that is made later than its link must be within the hour. */
char *alias_make(const char *directory);

/* Removes it. */
void alias_remove(const char *directory);

/* Removes it if nothing is in the directory (any more). Who puts something in
 * there calls alias_make() before, to reach it, and afterwards: from then on
 * the link stays. */
void alias_remove_unused(const char *directory);

#endif
