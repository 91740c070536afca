/* qemu.c - naming layers, and their keys, to QEMU's tools
 *
 * Every node is given by driver and plain file, so that neither a name nor a
 * probe makes a tool open anything else; only the path of the store is the
 * user's word. Below it, options go as far down as the lowest encrypted layer:
 * each is told which key opens it, by a name that stands for a descriptor. The
 * key itself is in no argument, no environment and no file.
 */
#include "images/chain/qemu.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/base/buf.h"
#include "images/chain/chain-private.h"
#include "images/chain/empty.h"
#include "images/chain/filling.h"
#include "images/chain/head.h"

#define DESCRIPTOR_LEAST 10 /* tools' own begin with 3 */

struct key {
	char key[LAYER_KEY_SIZE]; /* the id; "": it is no key but a file */
};

void keys_done(struct keys *keys)
{
	for (size_t i = 0; i < keys->count; i++)
		close(keys->fds[i]);
	free(keys->all);
	free(keys->fds);
	*keys = (struct keys)KEYS_INIT;
}

/* A passphrase as a file without a name, which cannot change any more. */
static int secret_file(const struct layer_secret *secret)
{
	const int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW |
			  F_SEAL_WRITE;
	const size_t size = strlen(secret->text);
	auto_close int fd =
		memfd_create("key", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || write(fd, secret->text, size) != (ssize_t)size ||
	    fcntl(fd, F_ADD_SEALS, seals) != 0)
		return -1;
	return fcntl(fd, F_DUPFD_CLOEXEC, DESCRIPTOR_LEAST);
}

/* Room for one more. */
static bool keys_grow(struct keys *keys, struct error *err)
{
	const size_t room = keys->count + 1;
	struct key *all = realloc(keys->all, room * sizeof(*all));
	int *fds;

	if (all)
		keys->all = all;
	fds = realloc(keys->fds, room * sizeof(*fds));
	if (fds)
		keys->fds = fds;
	return (all && fds) || fail_memory(err);
}

bool keys_add(struct keys *keys, const struct layer_secret *secret,
	      size_t *ret_number, struct error *err)
{
	for (size_t i = 0; i < keys->count; i++)
		if (strcmp(keys->all[i].key, secret->key) == 0) {
			*ret_number = i;
			return true;
		}
	if (!keys_grow(keys, err))
		return false;
	keys->fds[keys->count] = secret_file(secret);
	if (keys->fds[keys->count] < 0)
		return fail_errno(err, "cannot hand over a key");
	memcpy(keys->all[keys->count].key, secret->key, sizeof(keys->all->key));
	*ret_number = keys->count++;
	return true;
}

/* Adds an empty qcow2 that is in memory only; *ret_fd is its descriptor in the
 * tool. */
static bool add_empty(struct keys *keys, uint64_t size, int *ret_fd,
		      struct error *err)
{
	auto_close int fd = memfd_create("empty", MFD_CLOEXEC);
	int high;

	if (fd < 0)
		return fail_errno(err, "cannot make an empty layer");
	if (!empty_write(fd, NULL, size, false, NULL, err) ||
	    !keys_grow(keys, err))
		return false;
	high = fcntl(fd, F_DUPFD_CLOEXEC, DESCRIPTOR_LEAST);
	if (high < 0)
		return fail_errno(err, "cannot hand over an empty layer");
	keys->all[keys->count].key[0] = 0;
	keys->fds[keys->count++] = high;
	*ret_fd = high;
	return true;
}

/* Adds a key to the keys, and the option that names it to the text. */
static bool name_key(const struct layer_secret *secret, struct keys *keys,
		     struct buf *text, struct error *err)
{
	size_t number = 0;

	if (!keys_add(keys, secret, &number, err))
		return false;
	buf_printf(text, ",\"encrypt\":{\"key-secret\":\"key%zu\"}", number);
	return true;
}

/* Adds the key of a file to the keys, and the option that names it to the
 * text; nothing for one that is plain. */
static bool add_key(const struct chain *chain, const char *file,
		    const struct head *head, struct keys *keys,
		    struct buf *text, struct error *err)
{
	auto_layer_secret secret = { .key = "" };

	return secret_of(chain, file, head->encrypted, &secret, err) &&
	       (!head->encrypted || name_key(&secret, keys, text, err));
}

/* Adds what reads a layer that is still being filled from the process that
 * fills it. */
static bool add_filling(const struct chain *chain, const char *layer,
			struct buf *text, struct error *err)
{
	auto_free char *path = filling_socket(chain, layer, err);
	json_t *server =
		path ? json_pack("{s:s, s:s}", "type", "unix", "path", path) :
		       NULL;
	auto_free char *plain = server ? json_dumps(server, JSON_COMPACT) :
					 NULL;

	json_decref(server);
	if (!path)
		return false;
	if (!plain)
		return fail_memory(err);
	if (chain->wake && !chain->wake(chain->wake_data, layer, err))
		return false;
	buf_printf(text,
		   "{\"driver\":\"nbd\",\"export\":\"%s\","
		   "\"reconnect-delay\":%d,\"server\":%s}",
		   layer, FILLING_RECONNECT_SECONDS, plain);
	return true;
}

/* Adds that as what another layer stands on, but for its last brace. To
 * whatever is said of a backing file QEMU's tools add the name that the header
 * above has, which NBD refuses, unless it is a qcow2 whose file is named: so an
 * empty one stands between, which names none itself. */
static bool add_filling_below(const struct chain *chain, const char *layer,
			      struct keys *keys, struct buf *text,
			      struct error *err)
{
	const struct layer_ref ref = { layer, LAYER_QCOW2 };
	uint64_t size;
	int fd = -1;

	if (!layer_size_read(chain->fd, &ref, &size, err) ||
	    !add_empty(keys, size, &fd, err))
		return false;
	buf_printf(text,
		   ",\"backing\":{\"driver\":\"qcow2\",\"file\":{\"driver\":"
		   "\"file\",\"filename\":\"/proc/self/fd/%d\"},\"backing\":",
		   fd);
	return add_filling(chain, layer, text, err);
}

/* Adds what is below a layer, as far down as has to be told: the keys, and
 * where a layer is read that is still being filled. */
static bool add_below(const struct chain *chain, const char *parent,
		      struct keys *keys, struct buf *text, struct error *err)
{
	char at[LAYER_NAME_SIZE];
	size_t needed = 0; /* of the text, up to the lowest key … */
	size_t open = 0;   /* … and how many braces that opens */
	auto_buf below = BUF_INIT;

	snprintf(at, sizeof(at), "%s", parent);
	for (size_t depth = 1; at[0]; depth++) {
		enum layer_format format;
		struct head head;

		if (layer_name_format(at, &format) && format == LAYER_RAW)
			break;
		if (layer_fills(chain, at)) {
			if (!add_filling_below(chain, at, keys, &below, err))
				return false;
			needed = below.size;
			open = depth;
			break;
		}
		if (!head_read(chain, at, &head, err))
			return false;
		buf_str(&below, ",\"backing\":{\"driver\":\"qcow2\"");
		if (head.encrypted) {
			if (!add_key(chain, at, &head, keys, &below, err))
				return false;
			needed = below.size;
			open = depth;
		}
		memcpy(at, head.parent, sizeof(at));
		if (depth > CHAIN_MOST)
			return fail(err, FAULT_INTERNAL, "%s stands on itself",
				    parent);
	}
	if (needed)
		buf_add(text, below.data, needed);
	for (size_t i = 0; i < open; i++)
		buf_char(text, '}');
	return true;
}

/* Adds the driver and the file of a node. */
static bool add_file(const struct chain *chain, const char *file,
		     enum layer_format format, struct buf *text,
		     struct error *err)
{
	auto_free char *path = layer_path(chain, file);
	json_t *node = path ? json_pack("{s:s, s:s}", "driver", "file",
					"filename", path) :
			      NULL;
	auto_free char *plain = node ? json_dumps(node, JSON_COMPACT) : NULL;

	json_decref(node);
	if (!plain)
		return fail_memory(err);
	buf_printf(text, "json:{\"driver\":\"%s\",\"file\":%s",
		   layer_format_name(format), plain);
	return true;
}

static char *finish(struct buf *text, struct error *err)
{
	char *node;

	buf_char(text, '}');
	node = buf_take(text);
	if (!node)
		fail_memory(err);
	return node;
}

static bool check_name(const char *file, struct error *err)
{
	char layer[LAYER_NAME_SIZE];

	return layer_of_file(file, layer) || layer_name_check(file, err);
}

char *qemu_node(const struct chain *chain, const char *file,
		enum layer_format format, struct keys *keys, struct error *err)
{
	auto_buf text = BUF_INIT;
	struct head head;

	if (!check_name(file, err))
		return NULL;
	if (layer_fills(chain, file)) {
		buf_str(&text, "json:{\"driver\":\"raw\",\"file\":");
		return add_filling(chain, file, &text, err) ?
			       finish(&text, err) :
			       NULL;
	}
	if (!add_file(chain, file, format, &text, err))
		return NULL;
	if (format == LAYER_QCOW2 &&
	    (!head_read(chain, file, &head, err) ||
	     !add_key(chain, file, &head, keys, &text, err) ||
	     !add_below(chain, head.parent, keys, &text, err)))
		return NULL;
	return finish(&text, err);
}

char *qemu_node_alone(const struct chain *chain, const char *file,
		      struct keys *keys, struct error *err)
{
	auto_buf text = BUF_INIT;
	struct head head;

	if (!check_name(file, err) ||
	    !add_file(chain, file, LAYER_QCOW2, &text, err) ||
	    !head_read(chain, file, &head, err) ||
	    !add_key(chain, file, &head, keys, &text, err))
		return NULL;
	buf_str(&text, ",\"backing\":null");
	return finish(&text, err);
}

char *qemu_node_sealed(const struct chain *chain, const char *file,
		       const struct layer_secret *secret, struct keys *keys,
		       struct error *err)
{
	auto_buf text = BUF_INIT;

	if (!check_name(file, err) ||
	    !add_file(chain, file, LAYER_QCOW2, &text, err) ||
	    !name_key(secret, keys, &text, err))
		return NULL;
	return finish(&text, err);
}

char *qemu_node_beside(const struct chain *chain, const char *path,
		       struct error *err)
{
	auto_buf text = BUF_INIT;

	return add_file(chain, path, LAYER_QCOW2, &text, err) ?
		       finish(&text, err) :
		       NULL;
}

bool tool_new(const char *const *argv, size_t words, const struct keys *keys,
	      struct tool *ret_tool, struct error *err)
{
	auto_tool tool = TOOL_INIT;
	size_t count = 0, at = 0, count_told = 0;

	while (argv[count])
		count++;
	tool.argv = calloc(count + 2 * keys->count + 1, sizeof(*tool.argv));
	tool.told = calloc(keys->count + 1, sizeof(*tool.told));
	if (!tool.argv || !tool.told)
		return fail_memory(err);
	for (size_t i = 0; i < words; i++)
		tool.argv[at++] = argv[i];
	for (size_t i = 0; i < keys->count; i++) {
		char *told;

		if (!keys->all[i].key[0])
			continue;
		told = format_text("secret,id=key%zu,file=/proc/self/fd/%d", i,
				   keys->fds[i]);
		if (!told)
			return fail_memory(err);
		tool.told[count_told++] = told;
		tool.argv[at++] = "--object";
		tool.argv[at++] = told;
	}
	for (size_t i = words; i < count; i++)
		tool.argv[at++] = argv[i];
	tool.process = (struct process){
		.argv = tool.argv,
		.keep = keys->fds,
		.keep_count = keys->count,
		.secretive = keys->count > 0,
	};
	*ret_tool = tool;
	tool = (struct tool)TOOL_INIT;
	return true;
}

void tool_done(struct tool *tool)
{
	for (size_t i = 0; tool->told && tool->told[i]; i++)
		free(tool->told[i]);
	free(tool->told);
	free(tool->argv);
}

bool qemu_img(const char *const *argv, const struct keys *keys,
	      const char *layer, unsigned answers, int *ret_exit,
	      struct error *err)
{
	auto_tool tool = TOOL_INIT;

	if (!tool_new(argv, 2, keys, &tool, err))
		return false;
	tool.process.answers = answers;
	tool.process.ret_exit = ret_exit;
	return process_run(&tool.process, NULL, err) ||
	       qemu_blame("qemu-img", layer, err);
}

bool qemu_resize(const struct chain *chain, const char *file, uint64_t size,
		 struct error *err)
{
	auto_keys keys = KEYS_INIT;
	auto_free char *node = qemu_node(chain, file, LAYER_QCOW2, &keys, err);
	char bytes[24];
	const char *const argv[] = { "qemu-img", "resize", "-q",
				     node,	 bytes,	   NULL };

	snprintf(bytes, sizeof(bytes), "%" PRIu64, size);
	return node && qemu_img(argv, &keys, file, 0, NULL, err);
}

bool qemu_blame(const char *tool, const char *layer, struct error *err)
{
	if (err->fault != FAULT_INTERNAL)
		return false;
	if (strstr(err->text, "another process using the image")) {
		error_clear(err);
		return fail(err, FAULT_VOLUME_IN_USE,
			    "%s is open in another process", layer);
	}
	if (strstr(err->text, "Invalid password")) {
		error_clear(err);
		return fail(err, FAULT_INTERNAL,
			    "%s, or a layer below it, does not open with its "
			    "key",
			    layer);
	}
	if (!process_found(tool)) {
		error_clear(err);
		return fail(err, FAULT_HOST, "%s is not installed", tool);
	}
	return false;
}
