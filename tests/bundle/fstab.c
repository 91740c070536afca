/* fstab.c - which lines of an old /etc/fstab go into a new one */
#include "bundle/fstab.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "images/base/ext.h"

static void check(const char *old, const char *wanted)
{
	auto_buf text = BUF_INIT;

	fstab_generate(old, "1234-5678", "ext4", &text);
	if (strcmp(buf_text(&text), wanted) != 0)
		fprintf(stderr, "%s\nnot\n%s\n", buf_text(&text), wanted);
	assert(strcmp(buf_text(&text), wanted) == 0);
}

#define ROOT "UUID=1234-5678 / ext4 defaults 0 1\n"

static void test_features(void)
{
	char features[EXT_FEATURES_SIZE];

	ext_features("has_journal ext_attr needs_recovery extent 64bit "
		     "metadata_csum_seed FEATURE_R31",
		     features);
	assert(strcmp(features, "none,64bit,ext_attr,extent,has_journal,"
				"metadata_csum_seed") == 0);
	/* a word's part is none */
	ext_features("large_dirs xextent quota", features);
	assert(strcmp(features, "none,quota") == 0);
	ext_features("", features);
	assert(strcmp(features, "none") == 0);
	ext_features("64bit dir_index dir_nlink ea_inode ext_attr extent "
		     "extra_isize filetype flex_bg has_journal huge_file "
		     "inline_data large_dir large_file meta_bg metadata_csum "
		     "metadata_csum_seed orphan_file project quota "
		     "resize_inode sparse_super sparse_super2 uninit_bg",
		     features);
	assert(strlen(features) < EXT_FEATURES_SIZE - 1);
	assert(strstr(features, ",uninit_bg"));
}

int main(void)
{
	check("", ROOT);
	check("LABEL=cloudimg-rootfs / ext4 discard 0 1\n"
	      "LABEL=BOOT /boot ext4 defaults 0 2\n"
	      "LABEL=UEFI\t/boot/efi\tvfat umask=0077 0 1\n"
	      "/dev/vdb /mnt auto defaults,nofail 0 2\n"
	      "/dev/vda5 none swap sw 0 0\n",
	      ROOT "LABEL=BOOT /boot ext4 defaults 0 2\n"
		   "LABEL=UEFI\t/boot/efi\tvfat umask=0077 0 1\n");
	/* comments, short lines and no newline at the end */
	check("# LABEL=x /boot ext4\n#x /boot\nx\n\n /dev/sda1 /efi vfat",
	      ROOT " /dev/sda1 /efi vfat\n");
	check("x\n/boot ext4\n", ROOT);
	test_features();
	return 0;
}
