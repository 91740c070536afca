/* file.c - whole files or none, locks, directories */
#include "images/base/file.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/base/clock.h"

static unsigned mode_of(const char *path)
{
	struct stat st;

	assert(stat(path, &st) == 0);
	return st.st_mode & 07777;
}

static size_t entries_of(const char *path)
{
	DIR *dir = opendir(path);
	size_t count = 0;

	assert(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 2;
}

static void test_dir(void)
{
	struct error err = { 0 };

	umask(077);
	assert(dir_make("dir/a//b/c/", 0711, &err));
	assert(mode_of("dir") == 0711 && mode_of("dir/a/b/c") == 0711);
	assert(dir_make("dir/a", 0700, &err));
	assert(mode_of("dir/a") == 0711); /* left as it was */
	assert(dir_make(".", 0700, &err) && dir_make("/", 0700, &err));
	assert(dir_sync("dir", &err));
	assert(file_write("dir/file", "", 0, 0600, &err));
	assert(!dir_make("dir/file", 0700, &err));
	assert(err.fault == FAULT_INTERNAL && strstr(err.text, "dir/file"));
	error_clear(&err);
	assert(!dir_make("dir/file/x", 0700, &err));
	error_clear(&err);
	assert(!dir_make("", 0700, &err));
	error_clear(&err);
	assert(!dir_sync("dir/none", &err));
}

static void test_read(void)
{
	struct error err = { 0 };
	auto_buf text = BUF_INIT;
	auto_close int fd = -1;

	assert(file_write("read", "0123456789", 10, 0600, &err));
	buf_str(&text, "> ");
	assert(file_read("read", 10, &text, &err));
	assert(strcmp(buf_text(&text), "> 0123456789") == 0);
	assert(!file_read("read", 9, &text, &err));
	assert(err.fault == FAULT_INVALID_PARAMETER);
	error_clear(&err);
	assert(!file_read("none", 10, &text, &err));
	assert(err.fault == FAULT_INTERNAL && strstr(err.text, "none"));
	error_clear(&err);
	assert(!file_read(".", 10, &text, &err));
	error_clear(&err);
	fd = open("read", O_RDONLY | O_CLOEXEC);
	assert(lseek(fd, 8, SEEK_SET) == 8);
	buf_done(&text);
	assert(file_read_fd(fd, "it", 2, &text, &err));
	assert(strcmp(buf_text(&text), "89") == 0);
}

/* Who has the old file open keeps it whole; what fails leaves nothing. */
static void test_write(void)
{
	struct error err = { 0 };
	auto_buf text = BUF_INIT;
	auto_close int old = -1;
	auto_close int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	assert(dir_make("write/target", 0700, &err));
	assert(file_write("write/file", "old", 3, 0644, &err));
	assert(mode_of("write/file") == 0644);
	old = open("write/file", O_RDONLY | O_CLOEXEC);
	assert(file_write("write/file", "new text", 8, 0600, &err));
	assert(mode_of("write/file") == 0600);
	assert(file_read_fd(old, "old", 100, &text, &err));
	buf_char(&text, '/');
	assert(file_read("write/file", 100, &text, &err));
	assert(strcmp(buf_text(&text), "old/new text") == 0);

	assert(!file_write("write/target", "x", 1, 0600, &err));
	assert(err.fault == FAULT_INTERNAL);
	error_clear(&err);
	assert(!file_write("write/none/x", "x", 1, 0600, &err));
	error_clear(&err);
	assert(entries_of("write") == 2); /* no temporary file is left */

	assert(!write_all(full, "x", 1, "it", &err));
	assert(err.fault == FAULT_VOLUME_CAPACITY);
	error_clear(&err);
	assert(file_remove("write/file", &err));
	assert(file_remove("write/file", &err));
	assert(!file_remove("write/target", &err));
}

/* Starts a child that takes the lock, says so, and lets go by its end, so long
 * after it is told to by *ret_end. */
static pid_t lock_elsewhere(const char *path, useconds_t how_long, int *ret_end)
{
	int said[2], end[2];
	char byte;
	pid_t pid;

	assert(pipe(said) == 0 && pipe(end) == 0);
	pid = fork();
	if (pid == 0) {
		if (file_lock(path, false) < 0 || write(said[1], "x", 1) != 1 ||
		    read(end[0], &byte, 1) != 1)
			_exit(1);
		usleep(how_long);
		_exit(0);
	}
	close(said[1]);
	close(end[0]);
	assert(pid > 0 && read(said[0], &byte, 1) == 1);
	close(said[0]);
	*ret_end = end[1];
	return pid;
}

static void test_lock(void)
{
	int one = file_lock("lock", false);
	usec_t start;
	int status, end;
	pid_t pid;

	assert(one >= 0 && mode_of("lock") == 0600);
	assert(fcntl(one, F_GETFD) & FD_CLOEXEC);
	errno = 0;
	assert(file_lock("lock", false) == -1 && errno == EAGAIN);
	close(one);
	one = file_lock("lock", true);
	assert(one >= 0);
	close(one);

	pid = lock_elsewhere("lock", 300000, &end);
	assert(file_lock("lock", false) == -1 && errno == EAGAIN);
	start = clock_monotonic();
	assert(write(end, "x", 1) == 1);
	one = file_lock("lock", true); /* … and it dies with its process */
	assert(one >= 0);
	assert(clock_monotonic() - start > 100000);
	close(one);
	close(end);
	assert(waitpid(pid, &status, 0) == pid && status == 0);

	assert(symlink("lock", "link") == 0);
	assert(file_lock("link", false) == -1 && errno == ELOOP);
	assert(file_lock("none/lock", false) == -1 && errno == ENOENT);
}

/* A hole in the middle is passed over, from wherever it is met. */
static void test_read_data(void)
{
	const off_t hole = 1 << 20;
	auto_close int fd = open("holes", O_RDWR | O_CREAT | O_EXCL, 0600);
	char data[8192] = "";

	assert(fd >= 0 && pwrite(fd, "head", 4, 0) == 4);
	assert(pwrite(fd, "tail", 4, hole) == 4);
	/* the block that a word is in reads as zeros to its end */
	assert(file_read_data(fd, data, 4) == 4 && !memcmp(data, "head", 4));
	do
		assert(file_read_data(fd, data, sizeof(data)) > 0);
	while (lseek(fd, 0, SEEK_CUR) < hole);
	assert(lseek(fd, 0, SEEK_CUR) == hole + 4 && !memcmp(data, "tail", 4));
	assert(file_read_data(fd, data, sizeof(data)) == 0);
	assert(lseek(fd, hole / 2, SEEK_SET) == hole / 2);
	assert(file_read_data(fd, data, 2) == 2 && !memcmp(data, "ta", 2));
	assert(file_read_data(fd, data, 8) == 2 && !memcmp(data, "il", 2));
	close(fd);
	fd = open("/dev/zero", O_RDONLY); /* has no holes to tell of */
	assert(fd >= 0 && file_read_data(fd, data, 8) == 8 && !data[7]);
}

int main(void)
{
	const char *parent = getenv("TMPDIR");
	auto_free char *dir =
		format_text("%s/file-XXXXXX", parent ? parent : "/tmp");

	assert(mkdtemp(dir) && chdir(dir) == 0);
	test_dir();
	test_read();
	test_read_data();
	test_write();
	test_lock();
	return 0;
}
