/* swap.c - which swap areas a host would write memory to as it is */
#include "images/base/swap.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "images/base/auto.h"
#include "images/base/file.h"

#define COLUMNS "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"

static const char *root;

static void put(const char *path, const char *text)
{
	struct error err = { 0 };
	auto_free char *whole = format_text("%s/%s", root, path);
	char *slash = strrchr(whole, '/');

	*slash = 0;
	assert(dir_make(whole, 0755, &err));
	*slash = '/';
	assert(file_write(whole, text, strlen(text), 0644, &err));
}

/* What is plain of the areas in the kernel's list. */
static void plain(const char *swaps, const char *wanted)
{
	auto_free char *text = format_text(COLUMNS "%s", swaps);
	struct error err = { 0 };
	auto_buf names = BUF_INIT;

	put("proc/swaps", text);
	assert(swap_plain(root, &names, &err));
	if (strcmp(buf_text(&names), wanted) != 0) {
		fprintf(stderr, "%s: wanted %s\n", buf_text(&names), wanted);
		abort();
	}
}

/* The device of the filesystem that a file lies on. */
static char *device_of(const char *path)
{
	struct stat st;

	assert(stat(path, &st) == 0);
	return format_text("sys/dev/block/%u:%u/dm/uuid", major(st.st_dev),
			   minor(st.st_dev));
}

int main(void)
{
	struct error err = { 0 };
	auto_buf names = BUF_INIT;
	auto_free char *line = NULL;
	auto_free char *uuid = NULL;
	auto_free char *file = NULL;

	root = getenv("TMPDIR");
	assert(swap_plain(root, &names, &err) && !names.size);
	plain("", "");
	plain("/dev/sda2                               partition\t8\t0\t-2\n",
	      "/dev/sda2");
	plain("/dev/zram0  partition\t8\t0\t100\n", "");

	/* dm-crypt, a plain logical volume, and one on dm-crypt */
	put("sys/class/block/dm-0/dm/uuid", "CRYPT-PLAIN-swap\n");
	put("sys/class/block/dm-1/dm/uuid", "LVM-aaaa\n");
	put("sys/class/block/dm-1/slaves/sda3/size", "8\n");
	put("sys/class/block/dm-2/dm/uuid", "LVM-bbbb\n");
	put("sys/class/block/dm-2/slaves/dm-3/dm/uuid", "CRYPT-LUKS2-x\n");
	put("sys/class/block/dm-4/dm/uuid", "LVM-cccc\n");
	put("sys/class/block/dm-4/slaves/dm-3/dm/uuid", "CRYPT-LUKS2-x\n");
	put("sys/class/block/dm-4/slaves/sda4/size", "8\n");
	plain("/dev/dm-0 partition 8 0 1\n/dev/dm-1 partition 8 0 1\n"
	      "/dev/dm-2 partition 8 0 1\n/dev/dm-4 partition 8 0 1\n",
	      "/dev/dm-1, /dev/dm-4");

	/* a file is as its filesystem's device; one that is gone is plain */
	file = format_text("%s/swapfile", root);
	put("swapfile", "x");
	line = format_text("%s file\t8\t0\t-2\n", file);
	plain(line, file);
	uuid = device_of(file);
	put(uuid, "CRYPT-LUKS2-y\n");
	plain(line, "");
	plain("/no/such/file file\t8\t0\t-2\n", "/no/such/file");
	return 0;
}
