/* layers.c - what is doomed goes, though several come for it at once
 *
 * Each looks whether a file is open elsewhere before it removes it, and has it
 * open itself for that look.
 */
#include "images/layers.h"

#include <sys/wait.h>

#include "images/snapshot.h"
#include "tests/images/testing.h"

#define LAYERS 60
#define REAPERS 4

/* Waits until all are there, then removes what it can. */
static void reap(int start)
{
	char byte;

	good(store_open(in_dir("store"), NULL, &call.store, &err));
	check(read(start, &byte, 1) == 0);
	good(layers_reap(&call, &err));
	store_close(call.store);
	_exit(0);
}

static void together(void)
{
	char name[LAYER_NAME_SIZE];
	int start[2], status;
	pid_t children[REAPERS];

	for (unsigned i = 0; i < LAYERS; i++) {
		const char *id = keep(format_text("snap-0000000000000%04x", i));

		make_layer(name, NULL, id, "", 0);
		good(snapshot_drop(&call, id, &err));
	}
	check(census(call.store->chain).files == LAYERS);
	store_close(call.store);
	check(pipe(start) == 0);
	for (unsigned i = 0; i < REAPERS; i++) {
		children[i] = fork();
		check(children[i] >= 0);
		if (!children[i]) {
			close(start[1]);
			reap(start[0]);
		}
	}
	close(start[1]);
	for (unsigned i = 0; i < REAPERS; i++)
		check(waitpid(children[i], &status, 0) == children[i] &&
		      status == 0);
	good(store_open(in_dir("store"), NULL, &call.store, &err));
	check(census(call.store->chain).files == 0);
}

/* Whoever is not served at once is waited for by the last one. */
static void waited(void)
{
	char name[LAYER_NAME_SIZE];
	int ready[2];
	pid_t reader;
	char byte;

	make_layer(name, NULL, "snap-0000000000000f000", "", 0);
	good(snapshot_drop(&call, "snap-0000000000000f000", &err));
	check(pipe(ready) == 0);
	reader = fork();
	check(reader >= 0);
	if (!reader) {
		int fd = open(keep(layer_path(call.store->chain, name)),
			      O_RDONLY);

		check(fd >= 0 && write(ready[1], "", 1) == 1);
		usleep(30000);
		_exit(0);
	}
	check(read(ready[0], &byte, 1) == 1);
	good(layers_reap_last(&call, &err));
	check(waitpid(reader, NULL, 0) == reader);
	check(census(call.store->chain).files == 0);
}

int main(void)
{
	store_new();
	together();
	waited();
	store_close(call.store);
	return 0;
}
