/* driver.h - the process that has the embedded driver awake (private to this
 * room) */
#ifndef QAMI_DOMAIN_DRIVER_H
#define QAMI_DOMAIN_DRIVER_H

#include "images/base/error.h"

/* Its argv: this, the home, the task's number. */
#define DRIVER_NAME "qami-driver"

enum driver_task {
	DRIVER_VERSION, /* wakes, and tells libvirt's version */
	DRIVER_CLEAN,	/* lets libvirt clean up after an ended machine */
	DRIVER_CREATE,	/* the same, then starts a machine: secrets, its XML */
	DRIVER_CHANGE,	/* changes a running machine: secrets, change_text() */
	DRIVER_TASKS
};

/* Its descriptors: the text of its task comes from stdin, the answer goes to
 * stdout, the turn is only held. */
enum { DRIVER_TEXT = 0, DRIVER_ANSWER = 1, DRIVER_TURN = 3 };

/* What it answers; not one without the magic number. */
#define DRIVER_MAGIC 0x71616d69
struct driver_answer {
	int magic;
	bool ok;
	bool done; /* CHANGE: as change_do() says */
	long version;
	struct error err;
};

/* The same, while they still have other numbers. */
struct driver_files {
	int text;
	int answer;
	int turn;
};

/* What a process that waits for its task is told. */
struct driver_order {
	enum driver_task task;
	char home[256];
};

/* Makes a process the driver's: only its descriptors, no terminal, default
 * signals. Makes system calls only, for its parent may have had threads. */
void driver_arrange(const struct driver_files *files, bool quiet, bool exec);

/* Whether its standard error, and so libvirt's, is to be heard by nobody. */
bool driver_quiet(void);

/* Does the task and ends the process. */
__attribute__((noreturn)) void driver_run(const char *home,
					  enum driver_task task);

#endif
