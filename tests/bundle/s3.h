/* s3.h - a real S3 server for a test, with one before it that fails as told */
#ifndef QAMI_TESTS_BUNDLE_S3_H
#define QAMI_TESTS_BUNDLE_S3_H

#include <sys/xattr.h>

#include "bundle/bucket.h"
#include "images/base/file.h"
#include "tests/images/chain/testing.h"

#define S3_KEY "test:tester"
#define S3_SECRET "testing"

/* Starts a program of tests/ that writes its port into a file, and ends when
 * we do. */
__attribute__((unused)) static const char *s3_start(const char *program,
						    const char *directory,
						    const char *argument,
						    const char *second,
						    const char *port_file)
{
	char *path = keep(format_text("%s/%s", directory, port_file));
	auto_free char *port = NULL;
	struct error own = { 0 };
	int ends[2], status = 0;
	pid_t child;

	check(pipe2(ends, O_CLOEXEC) == 0);
	child = fork();
	if (!child) {
		dup2(ends[0], 0);
		execl(program, program, directory, argument, second,
		      (char *)NULL);
		_exit(127);
	}
	close(ends[0]); /* the other end stays open as long as we live */
	for (int i = 0; access(path, F_OK) != 0; i++) {
		if (waitpid(child, &status, WNOHANG) == child) {
			if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
				skip("needs the package python3-swift");
			lost(__FILE__, __LINE__, program, NULL);
		}
		check(i < 600);
		usleep(100000);
	}
	auto_buf text = BUF_INIT;
	if (!file_read(path, 100, &text, &own))
		lost(__FILE__, __LINE__, path, &own);
	return keep(buf_take(&text));
}

struct s3_test {
	const char *directory;
	const char *port;	     /* of the server itself */
	struct bucket_server server; /* with faults, as the plan has them */
	struct bucket_server direct;
};

/* Whether extended attributes of users can be kept there, which Swift does. */
__attribute__((unused)) static bool has_attributes(const char *directory)
{
	char *path = keep(format_text("%s/attribute", directory));

	make_file(path, "x", 1, 1);
	return setxattr(path, "user.qami", "x", 1, 0) == 0;
}

__attribute__((unused)) static void s3_begin(struct s3_test *test)
{
	const char *port;

	*test = (struct s3_test){ .directory = in_dir("s3") };
	check(mkdir(test->directory, 0700) == 0);
	if (!has_attributes(test->directory))
		skip("needs extended attributes of users in TMPDIR");
	port = s3_start("tests/s3", test->directory, NULL, NULL, "port");
	test->direct = (struct bucket_server){
		.url = keep(format_text("http://localhost:%s", port)),
		.access_key = S3_KEY,
		.secret = S3_SECRET,
	};
	test->port = port;
	port = s3_start("tests/s3-faults", test->directory, port, NULL,
			"faults-port");
	test->server = test->direct;
	test->server.url = keep(format_text("http://localhost:%s", port));
}

/* What happens to the next requests. */
__attribute__((unused)) static void plan(const struct s3_test *test,
					 const char *text)
{
	char *path = keep(format_text("%s/plan", test->directory));

	make_file(path, text, strlen(text), strlen(text));
}

/* What was asked since the last time. */
__attribute__((unused)) static char *asked(const struct s3_test *test)
{
	char *path = keep(format_text("%s/log", test->directory));
	struct buf text = BUF_INIT;
	struct error own = { 0 };

	buf_str(&text, "");
	if (access(path, F_OK) == 0) {
		if (!file_read(path, 64 << 20, &text, &own))
			lost(__FILE__, __LINE__, path, &own);
		unlink(path);
	}
	return keep(buf_take(&text));
}

#endif
