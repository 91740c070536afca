/* sums.c - the digests of a file, and the one that is remembered */
#include "bundle/sums.h"

#include <sys/xattr.h>

#include "tests/images/chain/testing.h"

#define HELLO "5d41402abc4b2a76b9719d911017c592"
#define LIE "00000000000000000000000000000000"

static struct error err;

static const char *md5(int fd)
{
	static char text[33];

	good(sum_remembered(fd, text, &err));
	return text;
}

int main(void)
{
	const struct timespec times[2] = { { 1, 0 }, { 1, 7 } };
	int fd = open(in_dir("file"), O_RDWR | O_CREAT | O_EXCL, 0600);
	char note[128] = "";
	struct sums sums;

	check(write(fd, "hello", 5) == 5 && futimens(fd, times) == 0);
	good(sum_file(fd, SUM_MD5, &sums, &err));
	check(strcmp(sums.md5, HELLO) == 0 && sums.size == 5);
	check(strcmp(md5(fd), HELLO) == 0);
	if (fgetxattr(fd, "user.qami.md5", note, sizeof(note) - 1) < 0)
		skip("the file system has no room for attributes");
	check(strcmp(note, HELLO " 5 1.000000007") == 0);
	/* what is remembered is believed … */
	memcpy(note, LIE, 32);
	check(fsetxattr(fd, "user.qami.md5", note, strlen(note), 0) == 0);
	check(strcmp(md5(fd), LIE) == 0);
	/* … of the same file only */
	check(futimens(fd, (struct timespec[]){ { 1, 0 }, { 1, 8 } }) == 0);
	check(strcmp(md5(fd), HELLO) == 0);
	check(fsetxattr(fd, "user.qami.md5", "x", 1, 0) == 0);
	check(strcmp(md5(fd), HELLO) == 0);
	/* who may only read is told, too */
	close(fd);
	check(chmod(in_dir("file"), 0400) == 0);
	fd = open(in_dir("file"), O_RDONLY);
	check(strcmp(md5(fd), HELLO) == 0);
	close(fd);
	return 0;
}
