/* columns.c - a short verb's answer in a pipe and on a terminal */
#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "launcher/cli/columns.h"

static void build(struct reply *reply)
{
	struct error err = { 0 };
	struct node *list, *item, *inner;

	assert(reply_init(reply, &err));
	list = node_list(reply->root, "Instances", NULL);
	item = node_item(list);
	node_str(item, "Id", NULL, "i-1");
	node_str(item, "Name", NULL,
		 "w\xc3\xb6"
		 "b");
	node_int(item, "Size", NULL, 8);
	item = node_item(list);
	node_str(item, "Id", NULL, "i-22");
	inner = node_list(item, "Ports", NULL);
	node_item_str(inner, "22");
	node_item_str(inner, "80");
}

static char *printed(const struct reply *reply, bool ids)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert(out);
	columns_print(reply, ids, out);
	fclose(out);
	return text;
}

static void same(char *got, const char *want)
{
	if (strcmp(got, want) != 0)
		fprintf(stderr, "got:\n%s\nwant:\n%s\n", got, want);
	assert(strcmp(got, want) == 0);
	free(got);
}

/* A list with figures beside it; what is behind them is for programs. */
static void test_beside(void)
{
	struct reply reply;
	struct error err = { 0 };
	struct node *item;

	assert(reply_init(&reply, &err));
	item = node_item(node_list(reply.root, "Costs", NULL));
	node_str(item, "Id", NULL, "i-1");
	node_int(item, "StoredBytes", NULL, 4096);
	node_int(reply.root, "StoredBytes", NULL, 4096);
	node_str(reply.root, "Monthly", NULL, "0.10");
	item = node_item(node_list(reply.root, "Items", NULL));
	node_str(item, "Id", NULL, "i-2");
	same(printed(&reply, false),
	     "i-1\t4096\nStoredBytes\t4096\nMonthly\t0.10\n");
	same(printed(&reply, true), "i-1\n");
	reply_done(&reply);
}

static void test_pipe(void)
{
	struct reply reply;

	build(&reply);
	same(printed(&reply, false), "i-1\tw\xc3\xb6"
				     "b\t8\t\ni-22\t\t\t22,80\n");
	same(printed(&reply, true), "i-1\ni-22\n");
	reply_done(&reply);
}

static void test_shapes(void)
{
	struct error err = { 0 };
	struct reply reply;
	struct node *list;

	assert(reply_init(&reply, &err));
	same(printed(&reply, false), "");
	node_str(reply.root, "InstanceId", NULL, "i-1");
	same(printed(&reply, false), "InstanceId\ti-1\n");
	reply.raw_text = true;
	same(printed(&reply, false), "i-1\n");
	reply_done(&reply);

	assert(reply_init(&reply, &err));
	node_str(reply.root, "Text", NULL, "two\nlines\n");
	reply.raw_text = true;
	same(printed(&reply, false), "two\nlines\n");
	reply_done(&reply);

	assert(reply_init(&reply, &err));
	list = node_list(reply.root, "Ids", NULL);
	same(printed(&reply, false), "");
	node_item_str(list, "a");
	node_item_str(list, "b");
	same(printed(&reply, false), "a\nb\n");
	reply_done(&reply);
}

/* What a terminal of 60 columns gets. */
static void test_terminal(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	struct winsize size = { .ws_row = 24, .ws_col = 60 };
	char text[4096];
	struct reply reply;
	size_t used = 0;
	ssize_t got;
	FILE *out;

	assert(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
	out = fopen(ptsname(master), "w");
	assert(out && ioctl(master, TIOCSWINSZ, &size) == 0);
	build(&reply);
	columns_print(&reply, false, out);
	fflush(out);
	do {
		/* it arrives in pieces */
		got = read(master, text + used, sizeof(text) - 1 - used);
		assert(got > 0);
		used += (size_t)got;
		text[used] = 0;
	} while (!strstr(text, "22,80"));
	assert(strstr(text, "ID") && strstr(text, "NAME"));
	assert(strstr(text, "i-22"));
	fclose(out);
	close(master);
	reply_done(&reply);
}

int main(void)
{
	test_pipe();
	test_beside();
	test_shapes();
	test_terminal();
	return 0;
}
