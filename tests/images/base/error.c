/* error.c - reporting once, and the table of faults */
#include "images/base/error.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_fail(void)
{
	struct error err = { 0 };
	char name[400];

	assert(!fail(&err, FAULT_IMAGE_NOT_FOUND, "no %s", "ami-1"));
	assert(err.fault == FAULT_IMAGE_NOT_FOUND);
	assert(strcmp(err.text, "no ami-1") == 0);
	error_clear(&err);
	assert(err.fault == FAULT_NONE && !*err.text);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	assert(!fail(&err, FAULT_INTERNAL, "%s", name));
	assert(strlen(err.text) == sizeof(err.text) - 1);
	error_clear(&err);
	assert(!fail_memory(&err));
	assert(err.fault == FAULT_INTERNAL);
}

static void test_errno(void)
{
	static const struct {
		int number;
		enum fault fault;
		enum fault path; /* of the caller's */
	} cases[] = {
		{ ENOENT, FAULT_INTERNAL, FAULT_INVALID_PARAMETER },
		{ EACCES, FAULT_INTERNAL, FAULT_INVALID_PARAMETER },
		{ EISDIR, FAULT_INTERNAL, FAULT_INVALID_PARAMETER },
		{ EIO, FAULT_INTERNAL, FAULT_INTERNAL },
		{ ENOSPC, FAULT_VOLUME_CAPACITY, FAULT_VOLUME_CAPACITY },
		{ EDQUOT, FAULT_VOLUME_CAPACITY, FAULT_VOLUME_CAPACITY },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err = { 0 };
		char text[256];

		errno = cases[i].number;
		assert(!fail_errno(&err, "cannot open %s", "x"));
		snprintf(text, sizeof(text), "cannot open x: %s",
			 strerror(cases[i].number));
		assert(err.fault == cases[i].fault);
		assert(strcmp(err.text, text) == 0);
		error_clear(&err);
		errno = cases[i].number;
		assert(!fail_path(&err, "cannot open %s", "x"));
		assert(err.fault == cases[i].path);
		assert(strcmp(err.text, text) == 0);
	}
}

static void test_prefix(void)
{
	struct error err = { 0 };
	char name[400];

	fail(&err, FAULT_INVALID_ID, "what");
	error_prefix(&err, "in %s", "x");
	assert(strcmp(err.text, "in x: what") == 0);
	assert(err.fault == FAULT_INVALID_ID);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	error_prefix(&err, "%s", name); /* would leave no room for the cause */
	assert(strcmp(err.text, "in x: what") == 0);
	error_prefix(&err, "%.*s", 253, name);
	assert(strlen(err.text) == sizeof(err.text) - 1);
	assert(strstr(err.text, "x: ") || err.text[253] == ':');
}

/* What EC2 gives one code, and other services two. */
static bool is_split_elsewhere(enum fault left, enum fault right)
{
	return (left == FAULT_UNKNOWN_KEY && right == FAULT_AUTH_FAILURE) ||
	       (left == FAULT_SIGNATURE && right == FAULT_CONTENT_SHA256) ||
	       (left == FAULT_KMS_KEY_ARN &&
		right == FAULT_INVALID_PARAMETER) ||
	       (left == FAULT_KMS_KEY_STATE &&
		right == FAULT_KMS_KEY_DISABLED) ||
	       (left == FAULT_KMS_VALIDATION && fault_reason(right)) ||
	       (left == FAULT_RBIN_STATE && right == FAULT_EBS_CONFLICT);
}

/* Whether a client can tell two faults apart. */
static bool differ(enum fault left, enum fault right)
{
	const char *a = fault_reason(left), *b = fault_reason(right);

	return strcmp(fault_code(left), fault_code(right)) != 0 ||
	       fault_status(left) != fault_status(right) ||
	       (a && b && strcmp(a, b) != 0) || is_split_elsewhere(left, right);
}

static void test_table(void)
{
	assert(strcmp(fault_code(FAULT_NONE), "") == 0);
	assert(strcmp(fault_code(FAULT_IMAGE_NOT_FOUND),
		      "InvalidAMIID.NotFound") == 0);
	assert(fault_status(FAULT_INTERNAL) == 500);
	for (int i = FAULT_NONE + 1; i < FAULT_COUNT; i++) {
		assert(fault_code((enum fault)i)[0]);
		assert(fault_status((enum fault)i) >= 400);
		assert(fault_status((enum fault)i) < 600);
		for (int j = FAULT_NONE; j < i; j++)
			assert(differ((enum fault)i, (enum fault)j));
	}
	assert(!fault_reason(FAULT_INTERNAL));
	assert(strcmp(fault_reason(FAULT_EBS_BLOCK_TOKEN),
		      "INVALID_BLOCK_TOKEN") == 0);
}

/* Reporting over a report is a bug, and ends the program. */
static void test_twice(void)
{
	pid_t pid;
	int status;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		struct error err = { 0 };

		close(STDERR_FILENO);
		fail(&err, FAULT_INTERNAL, "once");
		fail(&err, FAULT_INTERNAL, "twice");
		_exit(0);
	}
	assert(pid > 0 && waitpid(pid, &status, 0) == pid);
	assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

int main(void)
{
	test_fail();
	test_errno();
	test_prefix();
	test_table();
	test_twice();
	return 0;
}
