/* blocks.c - a qemu-nbd for each open disk, and libnbd to speak to it
 *
 * The server gets a listening socket on which our connection waits already,
 * serves that one client and ends with it, or with the thread that started it.
 * libnbd is loaded when the first disk is opened: with what it stands on
 * (gnutls, libxml2) linking it would more than double the time that it takes to
 * start a program which mostly opens none.
 */
#include "images/chain/blocks.h"

#include <errno.h>
#include <fcntl.h>
#include <libnbd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "images/base/library.h"
#include "images/base/log.h"
#include "images/base/process.h"
#include "images/chain/blocks-private.h"
#include "images/chain/chain-private.h"
#include "images/chain/hold.h"
#include "images/chain/qemu.h"

#define PIECE (4U << 20) /* bytes that are asked for at once */
#define TRIES 10
#define EXTENTS 128
#define ASKED (1ULL << 30) /* bytes whose extents are asked for at once */
#define ALLOCATION "base:allocation"

/* What the server told of a stretch of the disk, in one answer. */
struct known {
	uint64_t offset;	   /* of the first */
	size_t count;		   /* of extents */
	uint32_t all[2 * EXTENTS]; /* length, flags */
};

struct disk {
	struct nbd_handle *nbd;
	struct child server;
	uint64_t size;
	char name[LAYER_NAME_SIZE];
	struct known known;
	int foreign; /* the image that is held still, or -1 */
};

/* The calls that are used here, found in the library by their names. */
#define NBD_CALLS(CALL)             \
	CALL(add_meta_context)      \
	CALL(aio_command_completed) \
	CALL(aio_pread)             \
	CALL(aio_pwrite)            \
	CALL(aio_zero)              \
	CALL(block_status)          \
	CALL(close)                 \
	CALL(connect_socket)        \
	CALL(create)                \
	CALL(flush)                 \
	CALL(get_errno)             \
	CALL(get_error)             \
	CALL(get_size)              \
	CALL(poll)                  \
	CALL(pread)                 \
	CALL(pwrite)                \
	CALL(shutdown)

static struct {
#define CALL(name) __typeof__(nbd_##name) *name;
	NBD_CALLS(CALL)
#undef CALL
} nbd;

static bool load(struct error *err)
{
	static const struct library_call calls[] = {
#define CALL(name) { "nbd_" #name, &nbd.name },
		NBD_CALLS(CALL)
#undef CALL
			{ NULL, NULL },
	};

	return library_load("libnbd.so.0", calls, err);
}

static bool fail_nbd(const struct disk *disk, const char *what,
		     struct error *err)
{
	const char *why = nbd.get_error();
	int number = nbd.get_errno();

	errno = number ? number : EIO;
	if (errno == ENOSPC || errno == EDQUOT)
		return fail_errno(err, "cannot %s %s", what, disk->name);
	return fail(err, FAULT_INTERNAL, "cannot %s %s: %s", what, disk->name,
		    why ? why : "qemu-nbd is gone");
}

/* A listening socket and a client in its queue, which holds one: when our
 * connection finds room, it is the first, and the server accepts no second.
 * The kernel chooses the name; nothing is left of it on any disk. */
static bool connect_first(int *ret_listening, int *ret_client)
{
	const int type = SOCK_STREAM | SOCK_CLOEXEC;
	auto_close int listening = socket(AF_UNIX, type, 0);
	auto_close int client = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct sockaddr *at = (struct sockaddr *)&address;
	socklen_t size = sizeof(address);

	if (listening < 0 || client < 0 ||
	    bind(listening, at, sizeof(address.sun_family)) != 0 ||
	    getsockname(listening, at, &size) != 0 ||
	    listen(listening, 0) != 0 || connect(client, at, size) != 0 ||
	    fcntl(client, F_SETFL, 0) != 0)
		return false;
	*ret_listening = take_fd(listening);
	*ret_client = take_fd(client);
	return true;
}

/* Starts the server; its client is the returned socket, or -1. */
static int serve(struct process process, struct child *ret_server,
		 struct error *err)
{
	auto_close int listening = -1, client = -1;

	for (unsigned i = 0; !connect_first(&listening, &client); i++)
		if (i == TRIES || errno != EAGAIN) {
			fail_errno(err, "cannot make a socket");
			return -1;
		}
	process.listen_fd = listening;
	if (!process_start(&process, ret_server, err))
		return -1;
	return take_fd(client);
}

/* What the server said before it ended tells more than a lost connection. One
 * that has not ended is not to accept another client. */
static bool fail_connect(struct disk *disk, struct error *err)
{
	struct error lost = { FAULT_NONE };
	bool ended;

	fail_nbd(disk, "open", &lost);
	kill(disk->server.pid, SIGKILL);
	ended = process_finish(&disk->server, NULL, err);
	disk->server.pid = 0;
	if (!ended)
		return qemu_blame("qemu-nbd", disk->name, err);
	return fail(err, FAULT_INTERNAL, "%s", lost.text);
}

bool disk_start(const char *name, const struct process *process,
		struct disk **ret_disk, struct error *err)
{
	auto_of(disk) disk = calloc(1, sizeof(*disk));
	int64_t size;
	int socket;

	if (!disk)
		return fail_memory(err);
	disk->foreign = -1;
	if (!load(err))
		return false;
	snprintf(disk->name, sizeof(disk->name), "%s", name);
	disk->nbd = nbd.create();
	if (!disk->nbd || nbd.add_meta_context(disk->nbd, ALLOCATION) != 0)
		return fail_nbd(disk, "open", err);
	socket = serve(*process, &disk->server, err);
	if (socket < 0)
		return false;
	if (nbd.connect_socket(disk->nbd, socket) != 0)
		return fail_connect(disk, err);
	size = nbd.get_size(disk->nbd);
	if (size < 0)
		return fail_nbd(disk, "find the size of", err);
	disk->size = (uint64_t)size;
	*ret_disk = take(disk);
	return true;
}

bool disk_serve(const char *name, const char *const *argv,
		const struct keys *keys, struct disk **ret_disk,
		struct error *err)
{
	auto_tool tool = TOOL_INIT;

	return tool_new(argv, 1, keys, &tool, err) &&
	       disk_start(name, &tool.process, ret_disk, err);
}

bool disk_open(const struct chain *chain, const struct layer_ref *layer,
	       struct disk **ret_disk, struct error *err)
{
	auto_keys keys = KEYS_INIT;
	auto_free char *node =
		qemu_node(chain, layer->name, layer->format, &keys, err);
	const char *const argv[] = { DISK_SERVER, "--read-only", node, NULL };

	return node && disk_serve(layer->name, argv, &keys, ret_disk, err);
}

bool disk_open_beside(const struct chain *chain, const char *file,
		      struct disk **ret_disk, struct error *err)
{
	auto_free char *node = qemu_node_beside(chain, file, err);
	const char *const argv[] = { DISK_SERVER, "--read-only", node, NULL };
	const struct process process = { .argv = argv };

	return node && disk_start("the scratch disk", &process, ret_disk, err);
}

bool disk_serve_writer(const char *name, const char *node,
		       const struct keys *keys, struct disk **ret_disk,
		       struct error *err)
{
	const char *const argv[] = { DISK_SERVER, "--discard=unmap",
				     "--detect-zeroes=on", node, NULL };

	return node && disk_serve(name, argv, keys, ret_disk, err);
}

bool disk_open_write(const struct chain *chain, const struct layer_ref *layer,
		     struct disk **ret_disk, struct error *err)
{
	auto_keys keys = KEYS_INIT;
	auto_free char *node =
		qemu_node(chain, layer->name, layer->format, &keys, err);

	return disk_serve_writer(layer->name, node, &keys, ret_disk, err);
}

bool disk_open_sealed(const struct chain *chain, const char *layer,
		      const struct layer_secret *secret, struct disk **ret_disk,
		      struct error *err)
{
	auto_keys keys = KEYS_INIT;
	auto_free char *node =
		qemu_node_sealed(chain, layer, secret, &keys, err);

	return disk_serve_writer(layer, node, &keys, ret_disk, err);
}

/* Whoever opens the layer next finds it closed: the server is waited for. */
void disk_close(struct disk *disk)
{
	struct error ignored = { FAULT_NONE };

	if (!disk)
		return;
	if (disk->nbd) {
		nbd.shutdown(disk->nbd, 0);
		nbd.close(disk->nbd);
	}
	if (disk->server.pid > 0 &&
	    !process_finish(&disk->server, NULL, &ignored))
		log_info("%s", ignored.text);
	if (disk->foreign >= 0) {
		hold_end(disk->foreign);
		close(disk->foreign);
	}
	free(disk);
}

/* Takes the answer in; libnbd's callback. */
static int learn(void *data, const char *context, uint64_t offset,
		 uint32_t *entries, size_t count, int *error)
{
	struct known *known = data;

	(void)error;
	if (strcmp(context, ALLOCATION) != 0)
		return 0;
	known->offset = offset;
	known->count = count / 2 < EXTENTS ? count / 2 : EXTENTS;
	memcpy(known->all, entries, 2 * known->count * sizeof(*entries));
	return 0;
}

/* Looks an extent up in what is known; false when it lies elsewhere. */
static bool look_up(const struct known *known, uint64_t offset,
		    uint64_t *ret_size, bool *ret_data)
{
	uint64_t at = known->offset;

	for (size_t i = 0; i < known->count && at <= offset; i++) {
		uint64_t end = at + known->all[2 * i];

		if (offset < end) {
			*ret_size = end - offset;
			*ret_data =
				!(known->all[2 * i + 1] & LIBNBD_STATE_ZERO);
			return true;
		}
		at = end;
	}
	return false;
}

bool disk_next(struct disk *disk, uint64_t offset, uint64_t *ret_size,
	       bool *ret_data, struct error *err)
{
	nbd_extent_callback callback = { .callback = learn,
					 .user_data = &disk->known };
	uint64_t rest = disk->size - offset;

	if (look_up(&disk->known, offset, ret_size, ret_data))
		return true;
	disk->known.count = 0;
	if (nbd.block_status(disk->nbd, rest < ASKED ? rest : ASKED, offset,
			     callback, 0) != 0)
		return fail_nbd(disk, "find the data of", err);
	return look_up(&disk->known, offset, ret_size, ret_data) ||
	       fail(err, FAULT_INTERNAL,
		    "qemu-nbd does not tell where %s holds data", disk->name);
}

void disk_hold(struct disk *disk, int fd)
{
	disk->foreign = fd;
}

bool disk_still(const struct disk *disk, struct error *err)
{
	return disk->foreign < 0 || hold_kept(disk->foreign) ||
	       fail(err, FAULT_IMPORT_FORMAT,
		    "the image was written to while it was read");
}

uint64_t disk_size(const struct disk *disk)
{
	return disk->size;
}

bool disk_read(struct disk *disk, void *ret_data, size_t size, uint64_t offset,
	       struct error *err)
{
	uint64_t there = offset < disk->size ? disk->size - offset : 0;
	uint8_t *to = ret_data;
	size_t rest = size < there ? size : there;

	memset(to + rest, 0, size - rest);
	while (rest) {
		size_t piece = rest < PIECE ? rest : PIECE;

		if (nbd.pread(disk->nbd, to, piece, offset, 0) != 0)
			return fail_nbd(disk, "read", err);
		to += piece;
		offset += piece;
		rest -= piece;
	}
	return true;
}

bool disk_write(struct disk *disk, const void *data, size_t size,
		uint64_t offset, struct error *err)
{
	const uint8_t *from = data;

	if (offset > disk->size || size > disk->size - offset)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "%zu bytes at %llu lie beyond the disk's %llu",
			    size, (unsigned long long)offset,
			    (unsigned long long)disk->size);
	while (size) {
		size_t piece = size < PIECE ? size : PIECE;

		if (nbd.pwrite(disk->nbd, from, piece, offset, 0) != 0)
			return fail_nbd(disk, "write", err);
		from += piece;
		offset += piece;
		size -= piece;
	}
	return true;
}

/* Waits for all parts; their buffers are the server's until then. */
static bool settle(struct disk *disk, const struct part *parts, size_t count,
		   const char *what, struct error *err)
{
	bool done = true;

	for (size_t i = 0; i < count; i++) {
		int state = parts[i].cookie < 0 ? -1 : 0;

		while (state == 0) {
			state = nbd.aio_command_completed(
				disk->nbd, (uint64_t)parts[i].cookie);
			if (state == 0 && nbd.poll(disk->nbd, -1) < 0)
				state = -1;
		}
		if (state < 0 && done)
			done = fail_nbd(disk, what, err);
	}
	return done;
}

bool disk_read_parts(struct disk *disk, struct part *parts, size_t count,
		     struct error *err)
{
	for (size_t i = 0; i < count; i++)
		parts[i].cookie = nbd.aio_pread(disk->nbd, parts[i].data,
						parts[i].size, parts[i].offset,
						NBD_NULL_COMPLETION, 0);
	return settle(disk, parts, count, "read", err);
}

bool disk_write_parts(struct disk *disk, struct part *parts, size_t count,
		      struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		struct part *part = parts + i;

		part->cookie = part->data ?
				       nbd.aio_pwrite(disk->nbd, part->data,
						      part->size, part->offset,
						      NBD_NULL_COMPLETION, 0) :
				       nbd.aio_zero(disk->nbd, part->size,
						    part->offset,
						    NBD_NULL_COMPLETION, 0);
	}
	return settle(disk, parts, count, "write", err);
}

bool disk_flush(struct disk *disk, struct error *err)
{
	return nbd.flush(disk->nbd, 0) == 0 || fail_nbd(disk, "flush", err);
}
