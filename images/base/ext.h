/* ext.h - what makes one ext2, ext3 or ext4 file system like another */
#ifndef QAMI_BASE_EXT_H
#define QAMI_BASE_EXT_H

#include <stdbool.h>
#include <stddef.h>

#define EXT_FEATURES_SIZE 512

/* Of the features that tune2fs lists ("has_journal ext_attr …"), those that
 * mke2fs can make and that say what a file system is like, not in what state
 * it is: as mke2fs's option -O takes them, "none,ext_attr,has_journal". */
void ext_features(const char *list, char ret_features[EXT_FEATURES_SIZE]);

#endif
