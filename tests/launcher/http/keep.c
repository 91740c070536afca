/* keep.c - what is left half done is finished while a server runs
 *
 * The processes that run jobs are this program, too.
 */
#include <dirent.h>

#include "images/store.h"
#include "launcher/cli/cli.h"
#include "launcher/domain/domain.h"
#include "launcher/http/keep.h"
#include "tests/images/chain/testing.h"

static struct error err;
static struct call call = { .action = "Test" };

/* A stop whose instance is gone: recovery makes it a job, and a runner finds
 * that there is nothing to do. Its owner lives, until it lets go. */
static void begin(struct op *ret_op)
{
	auto_of(arena) arena = arena_new();
	const char *answer;

	*ret_op = (struct op){
		.kind = "stop",
		.account = call.account,
		.action = "Test",
		.request = "",
		.payload = "{\"instance\":\"i-0123456789abcdef0\","
			   "\"changed\":1,\"deadline\":1,\"why\":\"user\"}",
	};
	check(arena);
	good(op_begin(call.store->journal, ret_op, arena, &answer, &err));
}

/* Whether a stop is under way, as a whole operation or a job. */
static bool is_open(void)
{
	bool open;

	good(op_about(call.store->db, "stop", "i-0123456789abcdef0", &open,
		      &err));
	return open;
}

static bool ended_within(unsigned seconds)
{
	usec_t end = clock_monotonic() + seconds * USEC_PER_SEC;

	while (is_open() && clock_monotonic() < end)
		usleep(20000);
	return !is_open();
}

static unsigned descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned count = 0;

	check(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

int main(int argc, char **argv)
{
	struct keep *keep;
	char *path = in_dir("store");
	struct op op;
	unsigned before;
	usec_t begun;

	hypervisor_driver(argc, argv);
	if (argc > 1)
		return cli_main(argc, argv);
	good(store_open(path, "us-east-1", &call.store, &err));
	good(call_account(&call, NULL, &err));

	/* before it has begun, and by those who have told nobody */
	begin(&op);
	journal_let_go(call.store->journal);
	good(keep_start(path, NULL, &keep, &err));
	check(ended_within(30));
	begin(&op);
	usleep(300000);
	check(is_open());
	journal_let_go(call.store->journal);
	check(ended_within(30));
	/* by those who have: long before its own next look */
	begin(&op);
	journal_let_go(call.store->journal);
	keep_soon(keep);
	check(ended_within(30));
	begun = clock_monotonic();
	keep_stop(keep);
	check(clock_monotonic() - begun < 10 * USEC_PER_SEC);
	keep_stop(NULL);

	/* it leaves nothing behind */
	good(keep_start(path, NULL, &keep, &err));
	keep_stop(keep);
	before = descriptors();
	for (int i = 0; i < 5; i++) {
		good(keep_start(path, NULL, &keep, &err));
		keep_soon(keep);
		keep_stop(keep);
	}
	check(descriptors() == before);
	bad(INVALID_PARAMETER, "is region us-east-1",
	    keep_start(path, "eu-west-1", &keep, &err));
	store_close(call.store);
	return 0;
}
