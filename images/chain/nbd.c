/* nbd.c - the server's side of the NBD protocol
 *
 * qemu-nbd cannot be asked for it: what is served here is not all there yet,
 * and whoever reads what is missing waits until it was fetched. A client that
 * begins has some seconds for each step; one that was let in may be silent as
 * long as a guest reads nothing.
 */
#include "images/chain/nbd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/chain/qcow2.h"

#define PATIENCE_SECONDS 10
#define OPTION_MOST 4096U /* bytes of an option's data that are looked at */
#define DRAIN_MOST (64U << 20)
#define OPTIONS_MOST 64 /* that a client may try before it decides */

#define MAGIC_SERVER 0x4e42444d41474943ULL /* "NBDMAGIC" */
#define MAGIC_OPTION 0x49484156454f5054ULL /* "IHAVEOPT" */
#define MAGIC_REPLY 0x3e889045565a9ULL
#define MAGIC_REQUEST 0x25609513U
#define MAGIC_SIMPLE 0x67446698U

enum { FLAG_FIXED = 1, FLAG_NO_ZEROES = 2 };
enum { EXPORT_HAS_FLAGS = 1, EXPORT_READ_ONLY = 2, EXPORT_MANY = 256 };
#define EXPORT_FLAGS (EXPORT_HAS_FLAGS | EXPORT_READ_ONLY | EXPORT_MANY)

enum option {
	OPTION_EXPORT_NAME = 1,
	OPTION_ABORT = 2,
	OPTION_LIST = 3,
	OPTION_INFO = 6,
	OPTION_GO = 7,
};

enum {
	REPLY_ACK = 1,
	REPLY_SERVER = 2,
	REPLY_INFO = 3,
	REPLY_UNSUPPORTED = 0x80000001U,
	REPLY_INVALID = 0x80000003U,
	REPLY_UNKNOWN = 0x80000006U,
	REPLY_TOO_BIG = 0x80000009U,
};

enum { INFO_EXPORT = 0, INFO_BLOCK_SIZE = 3 };
enum command { COMMAND_READ = 0, COMMAND_WRITE = 1, COMMAND_LEAVE = 2 };
enum { NBD_EPERM = 1, NBD_EIO = 5, NBD_EINVAL = 22 };

struct client {
	int socket;
	const struct nbd_export *export;
	bool zeroes;	 /* it wants the padding of the oldest negotiation */
	uint8_t *buffer; /* NBD_READ_MOST and a reply's head */
};

#define REPLY_HEAD 16

static bool send_all(const struct client *client, const void *data, size_t size)
{
	const uint8_t *from = data;

	while (size) {
		ssize_t done = send(client->socket, from, size, MSG_NOSIGNAL);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		from += done;
		size -= (size_t)done;
	}
	return true;
}

static bool receive(const struct client *client, void *ret_data, size_t size)
{
	uint8_t *to = ret_data;

	while (size) {
		ssize_t done = recv(client->socket, to, size, 0);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		to += done;
		size -= (size_t)done;
	}
	return true;
}

/* Takes what nobody wants off the line. */
static bool drain(const struct client *client, uint64_t size)
{
	if (size > DRAIN_MOST)
		return false;
	while (size) {
		size_t piece = size < NBD_READ_MOST ? size : NBD_READ_MOST;

		if (!receive(client, client->buffer, piece))
			return false;
		size -= piece;
	}
	return true;
}

static void set_patience(const struct client *client, unsigned seconds)
{
	struct timeval wait = { .tv_sec = seconds };

	setsockopt(client->socket, SOL_SOCKET, SO_RCVTIMEO, &wait,
		   sizeof(wait));
}

static bool greet(struct client *client)
{
	uint8_t hello[18], flags[4];

	put64(hello, MAGIC_SERVER);
	put64(hello + 8, MAGIC_OPTION);
	put16(hello + 16, FLAG_FIXED | FLAG_NO_ZEROES);
	if (!send_all(client, hello, sizeof(hello)) ||
	    !receive(client, flags, sizeof(flags)) ||
	    get32(flags) & ~(uint32_t)(FLAG_FIXED | FLAG_NO_ZEROES))
		return false;
	client->zeroes = !(get32(flags) & FLAG_NO_ZEROES);
	return true;
}

static bool reply(const struct client *client, uint32_t option, uint32_t type,
		  const void *data, size_t size)
{
	uint8_t head[20];

	put64(head, MAGIC_REPLY);
	put32(head + 8, option);
	put32(head + 12, type);
	put32(head + 16, (uint32_t)size);
	return send_all(client, head, sizeof(head)) &&
	       (!size || send_all(client, data, size));
}

/* The oldest way in, which has no way to say no. */
static bool old_way(const struct client *client, const uint8_t *name,
		    size_t size, bool *ret_in)
{
	uint8_t answer[10 + 124] = { 0 };

	if (size != strlen(client->export->name) ||
	    memcmp(name, client->export->name, size) != 0)
		return false;
	put64(answer, client->export->size);
	put16(answer + 8, EXPORT_FLAGS);
	*ret_in = true;
	return send_all(client, answer, client->zeroes ? sizeof(answer) : 10);
}

static bool send_info(const struct client *client, uint32_t option)
{
	uint8_t info[14];

	put16(info, INFO_EXPORT);
	put64(info + 2, client->export->size);
	put16(info + 10, EXPORT_FLAGS);
	if (!reply(client, option, REPLY_INFO, info, 12))
		return false;
	put16(info, INFO_BLOCK_SIZE);
	put32(info + 2, 1);
	put32(info + 6, 4096);
	put32(info + 10, NBD_READ_MOST);
	return reply(client, option, REPLY_INFO, info, 14) &&
	       reply(client, option, REPLY_ACK, NULL, 0);
}

/* "Tell me about the export", "let me in". */
static bool go(const struct client *client, uint32_t option,
	       const uint8_t *data, size_t size, bool *ret_in)
{
	const char *name = client->export->name;
	size_t length = size >= 6 ? get32(data) : 0;

	if (size < 6 || length > size - 6 ||
	    size - 6 - length !=
		    2 * (size_t)(data[4 + length] << 8 | data[5 + length]))
		return reply(client, option, REPLY_INVALID, NULL, 0);
	if (length != strlen(name) || memcmp(data + 4, name, length) != 0)
		return reply(client, option, REPLY_UNKNOWN, NULL, 0);
	*ret_in = option == OPTION_GO;
	return send_info(client, option);
}

static bool send_list(const struct client *client)
{
	size_t length = strlen(client->export->name);
	uint8_t *data = client->buffer;

	put32(data, (uint32_t)length);
	memcpy(data + 4, client->export->name, length);
	return reply(client, OPTION_LIST, REPLY_SERVER, data, 4 + length) &&
	       reply(client, OPTION_LIST, REPLY_ACK, NULL, 0);
}

/* Answers one option; *ret_in is true when the client is let in. */
static bool answer_option(const struct client *client, bool *ret_in)
{
	uint8_t head[16], data[OPTION_MOST];
	uint32_t option, size;

	if (!receive(client, head, sizeof(head)) || get64(head) != MAGIC_OPTION)
		return false;
	option = get32(head + 8);
	size = get32(head + 12);
	if (size > OPTION_MOST)
		return option != OPTION_EXPORT_NAME && drain(client, size) &&
		       reply(client, option, REPLY_TOO_BIG, NULL, 0);
	if (!receive(client, data, size))
		return false;
	switch (option) {
	case OPTION_EXPORT_NAME:
		return old_way(client, data, size, ret_in);
	case OPTION_ABORT:
		return reply(client, option, REPLY_ACK, NULL, 0) && false;
	case OPTION_LIST:
		return size ? reply(client, option, REPLY_INVALID, NULL, 0) :
			      send_list(client);
	case OPTION_INFO:
	case OPTION_GO:
		return go(client, option, data, size, ret_in);
	default:
		return reply(client, option, REPLY_UNSUPPORTED, NULL, 0);
	}
}

static bool negotiate(struct client *client)
{
	bool in = false;

	if (!greet(client))
		return false;
	for (unsigned i = 0; i < OPTIONS_MOST && !in; i++)
		if (!answer_option(client, &in))
			return false;
	return in;
}

/* Sends a reply; `size` bytes of data follow the head in the buffer. */
static bool answer(const struct client *client, uint32_t error,
		   const uint8_t *cookie, size_t size)
{
	uint8_t *head = client->buffer;

	put32(head, MAGIC_SIMPLE);
	put32(head + 4, error);
	memcpy(head + 8, cookie, 8);
	return send_all(client, head, REPLY_HEAD + size);
}

static bool answer_read(const struct client *client, const uint8_t *cookie,
			uint64_t offset, uint32_t size)
{
	const struct nbd_export *export = client->export;

	if (!size || size > NBD_READ_MOST || offset > export->size ||
	    size > export->size - offset)
		return answer(client, NBD_EINVAL, cookie, 0);
	if (!export->read(export->data, client->buffer + REPLY_HEAD, size,
			  offset))
		return answer(client, NBD_EIO, cookie, 0);
	return answer(client, 0, cookie, size);
}

/* Answers one request; false when the connection is over. */
static bool answer_request(const struct client *client)
{
	uint8_t head[28];
	uint32_t size;

	if (!receive(client, head, sizeof(head)) ||
	    get32(head) != MAGIC_REQUEST)
		return false;
	size = get32(head + 24);
	switch (head[6] << 8 | head[7]) {
	case COMMAND_READ:
		return answer_read(client, head + 8, get64(head + 16), size);
	case COMMAND_WRITE:
		return drain(client, size) &&
		       answer(client, NBD_EPERM, head + 8, 0);
	case COMMAND_LEAVE:
		return false;
	default:
		return answer(client, NBD_EINVAL, head + 8, 0);
	}
}

void nbd_serve(int socket, const struct nbd_export *export)
{
	auto_free uint8_t *buffer = malloc(REPLY_HEAD + NBD_READ_MOST);
	struct client client = { socket, export, false, buffer };

	if (!buffer)
		return;
	set_patience(&client, PATIENCE_SECONDS);
	if (!negotiate(&client))
		return;
	set_patience(&client, 0);
	while (answer_request(&client))
		;
}
