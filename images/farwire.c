/* farwire.c - frames between two qami
 *
 * Everything is waited for with a clock running: a frame has come whole by its
 * deadline, however slowly its bytes drip, or the other side counts as gone.
 */
#include "images/farwire.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/base/bytes.h"
#include "images/base/clock.h"

#define HEAD_SIZE 5
#define LAST_WORDS_MS 2000 /* for a program that ends to say why */
#define TEXT_MOST 200	   /* of a fault's sentence */

/* The faults that are told apart on the way; others are FAULT_INTERNAL. */
static const struct {
	enum fault fault;
	const char *name;
} faults[] = {
	{ FAULT_UNAVAILABLE, "unavailable" },
	{ FAULT_UNSUPPORTED, "unsupported" },
	{ FAULT_UNAUTHORIZED, "unauthorized" },
	{ FAULT_SNAPSHOT_NOT_FOUND, "snapshot-not-found" },
	{ FAULT_IMAGE_NOT_FOUND, "image-not-found" },
	{ FAULT_INCORRECT_STATE, "incorrect-state" },
	{ FAULT_VOLUME_IN_USE, "volume-in-use" },
	{ FAULT_KMS_KEY_NOT_FOUND, "key-not-found" },
	{ FAULT_KMS_KEY_DISABLED, "key-disabled" },
	{ FAULT_KMS_KEY_STATE, "key-state" },
};

#define FAULTS (sizeof(faults) / sizeof(faults[0]))

void wire_done(struct wire *wire)
{
	free(wire->body);
	wire->body = NULL;
	wire->size = wire->room = 0;
}

bool wire_wrong(const char *what, struct error *err)
{
	return fail(err, FAULT_INTERNAL,
		    "the other side does not keep to the protocol: %s", what);
}

static int until(usec_t end)
{
	usec_t left = end - clock_monotonic();

	return left <= 0 ? 0 : (int)((left + 999) / 1000);
}

/* Keeps the end of what is complained; false when there will be no more. */
static bool hear(struct wire *wire)
{
	size_t room = sizeof(wire->said) - 1 - wire->said_size;
	ssize_t got;

	if (room < sizeof(wire->said) / 2) {
		size_t drop = sizeof(wire->said) / 2 - room;

		memmove(wire->said, wire->said + drop, wire->said_size - drop);
		wire->said_size -= drop;
		room += drop;
	}
	got = read(wire->complaints, wire->said + wire->said_size, room);
	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (got <= 0)
		return false;
	wire->said_size += (size_t)got;
	wire->said[wire->said_size] = 0;
	return true;
}

/* Waits until one may read (or write); what is complained meanwhile is heard.
 * False at the deadline. */
static bool await(struct wire *wire, int fd, short events, usec_t end)
{
	for (;;) {
		struct pollfd fds[2] = {
			{ .fd = fd, .events = events },
			{ .fd = wire->complaints, .events = POLLIN },
		};
		int ready = poll(fds, 2, until(end));

		if (ready < 0 && errno != EINTR)
			return false;
		if (ready > 0 && fds[1].revents && !hear(wire))
			wire->complaints = -1;
		if (ready > 0 && fds[0].revents)
			return true;
		if (clock_monotonic() >= end)
			return false;
	}
}

/* A sentence in ASCII that is printed, whatever it was. */
static void clean(const char *text, char ret_text[TEXT_MOST + 1])
{
	size_t size = 0;

	while (text && text[size] && size < TEXT_MOST) {
		bool plain = text[size] >= ' ' && text[size] <= '~';

		ret_text[size] = plain ? text[size] : '?';
		size++;
	}
	ret_text[size] = 0;
}

/* The last line that was complained. */
static void last_words(struct wire *wire, char ret_text[TEXT_MOST + 1])
{
	usec_t end = clock_monotonic() + LAST_WORDS_MS * 1000;
	char *line;

	while (wire->complaints >= 0 && clock_monotonic() < end) {
		struct pollfd fd = { .fd = wire->complaints, .events = POLLIN };

		if (poll(&fd, 1, until(end)) <= 0 || !hear(wire))
			break;
	}
	while (wire->said_size &&
	       (unsigned char)wire->said[wire->said_size - 1] <= ' ')
		wire->said[--wire->said_size] = 0;
	line = strrchr(wire->said, '\n');
	line = line ? line + 1 : wire->said;
	if (strlen(line) > TEXT_MOST)
		line += strlen(line) - TEXT_MOST;
	clean(line, ret_text);
}
static bool gone(struct wire *wire, struct error *err)
{
	char why[TEXT_MOST + 1];

	last_words(wire, why);
	return fail(err, FAULT_UNAVAILABLE, "the connection ended%s%s",
		    *why ? ": " : "", why);
}

static bool silent(const struct wire *wire, struct error *err)
{
	return fail(err, FAULT_UNAVAILABLE,
		    "the other side was silent for %u seconds", wire->seconds);
}

/* As write(), without a signal from a socket that has been closed. */
static ssize_t push(int fd, const void *data, size_t size)
{
	ssize_t put = send(fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);

	return put < 0 && errno == ENOTSOCK ? write(fd, data, size) : put;
}

static bool put(struct wire *wire, const void *data, size_t size, usec_t end,
		struct error *err)
{
	const uint8_t *at = data;

	while (size) {
		ssize_t put;

		if (!await(wire, wire->out, POLLOUT, end))
			return silent(wire, err);
		put = push(wire->out, at, size);
		if (put < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (put <= 0)
			return gone(wire, err);
		at += put;
		size -= (size_t)put;
		wire->sent += (uint64_t)put;
	}
	return true;
}

bool wire_send(struct wire *wire, enum wire_what what, const void *head,
	       size_t head_size, const void *data, size_t size,
	       struct error *err)
{
	usec_t end = clock_monotonic() + wire->seconds * USEC_PER_SEC;
	size_t whole = head_size + size;
	uint8_t frame[HEAD_SIZE + WIRE_BLOCK_HEAD];

	put32(frame, (uint32_t)whole);
	frame[4] = (uint8_t)what;
	/* what is short goes at once, with its head */
	if (head_size <= WIRE_BLOCK_HEAD) {
		if (head_size)
			memcpy(frame + HEAD_SIZE, head, head_size);
		return put(wire, frame, HEAD_SIZE + head_size, end, err) &&
		       put(wire, data, size, end, err);
	}
	return put(wire, frame, HEAD_SIZE, end, err) &&
	       put(wire, head, head_size, end, err) &&
	       put(wire, data, size, end, err);
}

bool wire_send_json(struct wire *wire, enum wire_what what, json_t *json,
		    struct error *err)
{
	auto_free char *text =
		json ? json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII) :
		       NULL;

	if (!text)
		return fail_memory(err);
	if (strlen(text) > WIRE_JSON_MOST)
		return fail(err, FAULT_UNSUPPORTED,
			    "there is too much to be said of it");
	return wire_send(wire, what, NULL, 0, text, strlen(text), err);
}

/* Reads so many bytes; *ret_end instead, where there may be none, when the
 * other side has closed. */
static bool get(struct wire *wire, uint8_t *ret_data, size_t size, usec_t end,
		bool *ret_end, struct error *err)
{
	size_t done = 0;

	while (done < size) {
		ssize_t got;

		if (!await(wire, wire->in, POLLIN, end))
			return silent(wire, err);
		got = read(wire->in, ret_data + done, size - done);
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got == 0 && !done && ret_end) {
			*ret_end = true;
			return true;
		}
		if (got <= 0)
			return gone(wire, err);
		done += (size_t)got;
		wire->received += (uint64_t)got;
	}
	return true;
}

static bool make_room(struct wire *wire, size_t size, struct error *err)
{
	uint8_t *more;

	if (size <= wire->room)
		return true;
	more = realloc(wire->body, size);
	if (!more)
		return fail_memory(err);
	wire->body = more;
	wire->room = size;
	return true;
}

bool wire_receive(struct wire *wire, size_t most, enum wire_what *ret_what,
		  struct error *err)
{
	usec_t end = clock_monotonic() + wire->seconds * USEC_PER_SEC;
	uint8_t head[HEAD_SIZE];
	bool ended = false;
	size_t size;

	wire->size = 0;
	if (!get(wire, head, sizeof(head), end, &ended, err))
		return false;
	if (ended) {
		*ret_what = WIRE_END;
		return true;
	}
	size = get32(head);
	if (head[4] == WIRE_FAULT && most < WIRE_JSON_MOST)
		most = WIRE_JSON_MOST;
	wire->strange = size > most;
	if (wire->strange)
		return wire_wrong("a frame is too long", err);
	if (!make_room(wire, size + 1, err) ||
	    !get(wire, wire->body, size, end, NULL, err))
		return false;
	wire->body[size] = 0;
	wire->size = size;
	*ret_what = (enum wire_what)head[4];
	return true;
}

json_t *wire_json(const struct wire *wire, struct error *err)
{
	json_t *json = json_loadb((const char *)wire->body, wire->size,
				  JSON_REJECT_DUPLICATES, NULL);

	if (!json_is_object(json)) {
		json_decref(json);
		wire_wrong("no object of JSON", err);
		return NULL;
	}
	return json;
}

/* Fails as the other side says that it has. */
static bool pass_on(const struct wire *wire, struct error *err)
{
	auto_wire_json *json = wire_json(wire, err);
	const char *name = json_string_value(json_object_get(json, "fault"));
	const char *text = json_string_value(json_object_get(json, "text"));
	enum fault fault = FAULT_INTERNAL;
	char sentence[TEXT_MOST + 1];

	if (!json)
		return false;
	for (size_t i = 0; name && i < FAULTS; i++)
		if (strcmp(name, faults[i].name) == 0)
			fault = faults[i].fault;
	clean(text, sentence);
	return fail(err, fault, "%s",
		    *sentence ? sentence : "no reason was given");
}

bool wire_answer(struct wire *wire, enum wire_what what, size_t most,
		 struct error *err)
{
	enum wire_what is;

	if (!wire_receive(wire, most, &is, err))
		return false;
	if (is == WIRE_END)
		return gone(wire, err);
	if (is == WIRE_FAULT)
		return pass_on(wire, err);
	wire->strange = is != what;
	return !wire->strange || wire_wrong("an answer to something else", err);
}

bool wire_send_fault(struct wire *wire, const struct error *failed,
		     struct error *err)
{
	const char *name = "internal";
	auto_wire_json *json = NULL;
	char sentence[TEXT_MOST + 1];

	for (size_t i = 0; i < FAULTS; i++)
		if (faults[i].fault == failed->fault)
			name = faults[i].name;
	clean(failed->text, sentence);
	json = json_pack("{s:s, s:s}", "fault", name, "text", sentence);
	return wire_send_json(wire, WIRE_FAULT, json, err);
}
