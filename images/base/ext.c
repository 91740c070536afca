/* ext.c - features by their names */
#include "images/base/ext.h"

#include <stdio.h>
#include <string.h>

static const char *const known[] = {
	"64bit",	      "dir_index",	"dir_nlink",
	"ea_inode",	      "ext_attr",	"extent",
	"extra_isize",	      "filetype",	"flex_bg",
	"has_journal",	      "huge_file",	"inline_data",
	"large_dir",	      "large_file",	"meta_bg",
	"metadata_csum",      "metadata_csum_seed", "orphan_file",
	"project",	      "quota",		"resize_inode",
	"sparse_super",	      "sparse_super2",	"uninit_bg",
};

/* Whether a list has a word. */
static bool listed(const char *list, const char *word)
{
	size_t size = strlen(word);

	while (*list) {
		size_t length = strcspn(list, " \t\n");

		if (length == size && strncmp(list, word, size) == 0)
			return true;
		list += length;
		list += strspn(list, " \t\n");
	}
	return false;
}

void ext_features(const char *list, char ret_features[EXT_FEATURES_SIZE])
{
	int size = snprintf(ret_features, EXT_FEATURES_SIZE, "none");

	/* all of them together are shorter than the room */
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (listed(list, known[i]))
			size += snprintf(ret_features + size,
					 EXT_FEATURES_SIZE - (size_t)size,
					 ",%s", known[i]);
}
