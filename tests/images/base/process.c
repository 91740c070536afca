/* process.c - what children get, what they leave, and that they end */
#include "images/base/process.h"

#include <assert.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/base/clock.h"

#define SHELL(script) ((const char *const[]){ "sh", "-c", script, NULL })

/* Runs a process that must succeed; its output is the text. */
static void expect(const struct process *process, const char *text)
{
	struct error err = { 0 };
	auto_buf out = BUF_INIT;

	if (!process_run(process, &out, &err))
		fprintf(stderr, "%s\n", err.text);
	assert(err.fault == FAULT_NONE);
	if (strcmp(buf_text(&out), text) != 0)
		fprintf(stderr, "got: %s\n", buf_text(&out));
	assert(strcmp(buf_text(&out), text) == 0);
}

/* Runs a process that must fail so. */
static void refuse(const struct process *process, enum fault fault,
		   const char *text)
{
	struct error err = { 0 };

	assert(!process_run(process, NULL, &err));
	if (!strstr(err.text, text))
		fprintf(stderr, "got: %s\n", err.text);
	assert(err.fault == fault && strstr(err.text, text));
}

static void test_arguments(void)
{
	static const char *const words[] = { "printf", "%s|", "a b",
					     "$(id)",  "*",   "",
					     "'\"",    "-n",  NULL };
	static const char *const values[] = { "QAMI_X=1 2", NULL };
	auto_close int file = open("in", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	expect(&(struct process){ .argv = words }, "a b|$(id)|*||'\"|-n|");
	expect(&(struct process){ .argv = SHELL("cat") }, "");
	assert(write(file, "given", 5) == 5 && lseek(file, 0, SEEK_SET) == 0);
	expect(&(struct process){ .argv = SHELL("cat"), .stdin_fd = file },
	       "given");
	expect(&(struct process){ .argv = SHELL("echo \"$QAMI_X\""),
				  .environment = values },
	       "1 2\n");
	/* instead of what is inherited, not beside it */
	assert(setenv("QAMI_X", "inherited", 1) == 0);
	expect(&(struct process){ .argv = SHELL("env | grep ^QAMI_X"),
				  .environment = values },
	       "QAMI_X=1 2\n");
	assert(unsetenv("QAMI_X") == 0);
	/* a process group of its own */
	expect(
		&(struct process){
			.argv = SHELL(
				"read -r a b c d group rest </proc/$$/stat"
				"; [ $group = $$ ] && echo own") },
		"own\n");
}

/* An untrusted child has no environment but PATH and what was added. */
static void test_untrusted(void)
{
	static const char *const env[] = { "env", NULL };
	static const char *const values[] = { "QAMI_X=1", NULL };

	assert(setenv("QAMI_SECRET", "x", 1) == 0);
	expect(&(struct process){ .argv = env,
				  .environment = values,
				  .untrusted = true },
	       "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:"
	       "/bin\nQAMI_X=1\n");
	expect(&(struct process){ .argv = SHELL("echo \"$QAMI_SECRET\"") },
	       "x\n");
	expect(&(struct process){ .argv = SHELL("pwd"), .untrusted = true },
	       "/\n");
	assert(unsetenv("QAMI_SECRET") == 0);
}

static void test_descriptors(void)
{
	static const char script[] = "for i in 40 41 42; do "
				     "[ ! -e /proc/$$/fd/$i ] || echo $i; done";
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	assert(dup3(null, 40, O_CLOEXEC) == 40);
	assert(dup3(null, 41, O_CLOEXEC) == 41);
	assert(dup2(null, 42) == 42);
	close(null);
	expect(&(struct process){ .argv = SHELL(script) }, "");
	expect(&(struct process){ .argv = SHELL(script),
				  .keep = (const int[]){ 41 },
				  .keep_count = 1 },
	       "41\n");
	expect(&(struct process){ .argv = SHELL(script),
				  .keep = (const int[]){ 42, 40 },
				  .keep_count = 2 },
	       "40\n42\n");
	assert(fcntl(40, F_GETFD) & FD_CLOEXEC); /* ours stays as it was */
	close(40);
	close(41);
	close(42);
}

static void test_failures(void)
{
	static const char *const missing[] = { "qami-no-such-program", NULL };
	static const char *const path[] = { "PATH=/usr/bin:/bin", NULL };

	refuse(&(struct process){ .argv = SHELL("exit 3") }, FAULT_INTERNAL,
	       "sh failed (exit 3)");
	refuse(
		&(struct process){
			.argv = SHELL("echo first >&2; echo last >&2; echo >&2;"
				      "exit 1") },
		FAULT_INTERNAL, "sh failed (exit 1): last");
	refuse(&(struct process){ .argv = SHELL("yes | head -n 90000 >&2;"
						"echo last >&2; exit 1") },
	       FAULT_INTERNAL, "sh failed (exit 1): last");
	refuse(&(struct process){ .argv = SHELL("kill -TERM $$") },
	       FAULT_INTERNAL, "sh was ended by signal 15");
	refuse(
		&(struct process){
			.argv = SHELL("echo 'x: No space left on device' >&2;"
				      "echo more >&2; exit 1") },
		FAULT_VOLUME_CAPACITY, "more");
	refuse(&(struct process){ .argv = SHELL(
					  "echo 'x: Disk quota exceeded' >&2;"
					  "exit 1") },
	       FAULT_VOLUME_CAPACITY, "quota");
	refuse(&(struct process){ .argv = missing, .environment = path },
	       FAULT_INTERNAL, "cannot run qami-no-such-program: No such file");
	assert(waitpid(-1, NULL, WNOHANG) == -1); /* none is left over */
}

/* Exit codes that answer a question are handed over, others are failures. */
static void test_answers(void)
{
	int code = -1;

	expect(&(struct process){ .argv = SHELL("echo no; exit 3"),
				  .answers = 1 << 2 | 1 << 3,
				  .ret_exit = &code },
	       "no\n");
	assert(code == 3);
	expect(&(struct process){ .argv = SHELL("echo yes"),
				  .answers = 1 << 2,
				  .ret_exit = &code },
	       "yes\n");
	assert(code == 0);
	code = -1;
	refuse(&(struct process){ .argv = SHELL("exit 1"),
				  .answers = 1 << 2 | 1 << 3,
				  .ret_exit = &code },
	       FAULT_INTERNAL, "exit 1");
	refuse(&(struct process){ .argv = SHELL("exit 35"),
				  .answers = 1 << 3,
				  .ret_exit = &code },
	       FAULT_INTERNAL, "exit 35");
	assert(code == -1);
}

/* A socket is handed over as systemd does, and nothing else. */
static void test_listening(void)
{
	static const char script[] =
		"[ $LISTEN_PID = $$ ] && echo $LISTEN_FDS;"
		"for i in 3 4 5 6 7 8 9 50; do [ -e /proc/$$/fd/$i ] && "
		"readlink /proc/$$/fd/$i | sed \"s/:.*//; s/^/$i /\"; done;"
		"true";
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert(fd >= 0 && dup3(fd, 50, O_CLOEXEC) == 50);
	expect(&(struct process){ .argv = SHELL(script), .listen_fd = 50 },
	       "1\n3 socket\n");
	expect(&(struct process){ .argv = SHELL(script), .listen_fd = fd },
	       "1\n3 socket\n");
	close(50);
	close(fd);
}

/* A child that fills one pipe while we read the other must not hang. */
static void test_much_output(void)
{
	struct process process = {
		.argv = SHELL("head -c 300000 /dev/zero >&2;"
			      "head -c 300000 /dev/zero;"
			      "head -c 300000 /dev/zero >&2"),
	};
	struct error err = { 0 };
	auto_buf out = BUF_INIT;

	assert(process_run(&process, &out, &err));
	assert(out.size == 300000);
	assert(process_run(&process, NULL, &err));
}

static void test_limits(void)
{
	expect(&(struct process){ .argv = SHELL("ulimit -v"),
				  .memory_bytes = 1 << 30 },
	       "1048576\n");
	refuse(&(struct process){ .argv = SHELL("while :; do :; done"),
				  .cpu_seconds = 1 },
	       FAULT_INTERNAL, "sh was ended by signal");
	refuse(&(struct process){ .argv = SHELL("exec head -c 9000 /dev/zero "
						">big"),
				  .file_bytes = 4096 },
	       FAULT_INTERNAL, "ended by signal");
}

/* The wall clock ends what sleeps, what closed its pipes, and does not wait
 * for what left the group with a pipe in its hand. */
static void test_wall(void)
{
	static const char *const scripts[] = {
		"sleep 60; exit 0",
		"exec >&- 2>&-; sleep 60; exit 0",
		"setsid sleep 45 & sleep 60; exit 0",
	};

	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		usec_t start = clock_monotonic();

		refuse(&(struct process){ .argv = SHELL(scripts[i]),
					  .wall_seconds = 1 },
		       FAULT_INTERNAL, "sh was killed after 1 second");
		assert(clock_monotonic() - start >= USEC_PER_SEC);
		assert(clock_monotonic() - start < 40 * USEC_PER_SEC);
	}
	expect(&(struct process){ .argv = SHELL("echo in time"),
				  .wall_seconds = 60 },
	       "in time\n");
}

/* Whoever started a child and dies takes it along. */
static void test_death(void)
{
	struct process process = { .argv = SHELL("exec sleep 60") };
	usec_t start = clock_monotonic();
	pid_t parent, child = 0;
	int said[2], status;

	assert(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	assert(pipe(said) == 0);
	parent = fork();
	if (parent == 0) {
		struct error err = { 0 };
		struct child it;

		if (!process_start(&process, &it, &err) ||
		    write(said[1], &it.pid, sizeof(it.pid)) < 0)
			_exit(1);
		usleep(200000); /* let it reach its exec */
		_exit(0);
	}
	assert(read(said[0], &child, sizeof(child)) == sizeof(child));
	assert(waitpid(parent, &status, 0) == parent && status == 0);
	assert(waitpid(child, &status, 0) == child);
	assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert(clock_monotonic() - start < 30 * USEC_PER_SEC);
}

static void test_found(void)
{
	assert(process_found("sh") && process_found("/bin/sh"));
	assert(!process_found("qami-no-such-program"));
	assert(!process_found("") && !process_found("/bin"));
	assert(!process_found("/etc/passwd"));
	assert(mkdir("bin", 0700) == 0 && mkdir("bin/sh", 0700) == 0);
	assert(setenv("PATH", "bin", 1) == 0);
	assert(!process_found("sh"));
	assert(unsetenv("PATH") == 0 && !process_found("sh"));
}

/* A detached program gets what it is given, tells its number, and lives on
 * when its caller is gone. */
static void test_detached(void)
{
	static const char *const argv[] = {
		"sh", "-c",
		"[ $LISTEN_PID = $$ ] && [ $LISTEN_FDS = 2 ] && [ $PWD = / ] &&"
		" [ $(ls /proc/self/fd | wc -l) = 6 ] &&"
		" read line <&3 && echo \"$line $$ $PPID\" >&4; read line <&3",
		NULL
	};
	static const char *const missing[] = { "no-such-program", NULL };
	struct error err = { 0 };
	char text[80] = "", wanted[80];
	int in[2], out[2], told[2];
	pid_t pid = 0, child;

	assert(pipe(in) == 0 && pipe(out) == 0 && pipe(told) == 0);
	child = fork();
	if (child == 0) {
		if (!process_detach("sh", argv, (int[]){ in[0], out[1] }, 2, &pid,
				    &err) ||
		    write(told[1], &pid, sizeof(pid)) != sizeof(pid))
			_exit(1);
		_exit(0);
	}
	assert(waitpid(child, NULL, 0) == child);
	close(out[1]);
	assert(read(told[0], &pid, sizeof(pid)) == sizeof(pid));
	assert(pid > 0 && kill(pid, 0) == 0 && getsid(pid) != getsid(0));
	assert(write(in[1], "hello\n", 6) == 6);
	assert(read(out[0], text, sizeof(text) - 1) > 0);
	snprintf(wanted, sizeof(wanted), "hello %d ", pid);
	assert(strncmp(text, wanted, strlen(wanted)) == 0);
	assert(atoi(text + strlen(wanted)) != child);
	close(in[1]);
	/* its end closes the last writer */
	assert(read(out[0], text, sizeof(text)) == 0);
	assert(!process_detach(missing[0], missing, NULL, 0, &pid, &err));
	assert(err.fault == FAULT_INTERNAL);
	assert(strstr(err.text, "no-such-program"));
}

int main(void)
{
	/* a directory on it that we may not search changes errors */
	setenv("PATH", "/usr/bin:/bin", 1);
	const char *parent = getenv("TMPDIR");
	auto_free char *dir =
		format_text("%s/process-XXXXXX", parent ? parent : "/tmp");

	assert(mkdtemp(dir) && chdir(dir) == 0);
	test_arguments();
	test_untrusted();
	test_descriptors();
	test_failures();
	test_answers();
	test_listening();
	test_much_output();
	test_limits();
	test_wall();
	test_death();
	test_found();
	test_detached();
	return 0;
}
