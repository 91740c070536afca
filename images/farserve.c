/* farserve.c - the answers to who copies from here
 *
 * One question after the other. What fails is told in place of its answer, and
 * the conversation goes on; but who asks what cannot be asked is not answered
 * any more.
 */
#include "images/farserve.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "images/base/buf.h"
#include "images/base/bytes.h"
#include "images/base/digest.h"
#include "images/base/hex.h"
#include "images/base/packer.h"
#include "images/farrow.h"
#include "images/registry/account.h"

/* Packing has to save an eighth to be worth the unpacking. */
#define WORTH (BLOCK_SIZE - BLOCK_SIZE / 8)

#define ENTRY_SIZE (8 + SHA256_SIZE)

struct server {
	const struct call *call;
	const struct far_serving *serving;
	struct wire *wire;
	struct far *far;	  /* owned; NULL until the hello */
	struct far_disk *disk;	  /* owned; the one that is open */
	struct packer *packer;	  /* owned */
	uint8_t key[SHA256_SIZE]; /* of digests, for this connection */
	uint8_t *block, *packed;  /* BLOCK_SIZE bytes; owned */
	bool over;		  /* what fails now ends it */
};

static void server_done(struct server *server)
{
	far_disk_close(server->disk);
	far_close(server->far);
	packer_free(server->packer);
	free(server->block);
	free(server->packed);
}

#define auto_server __attribute__((cleanup(server_done))) struct server

/* What was asked cannot be. */
static bool refuse(struct server *server, const char *what, struct error *err)
{
	server->over = true;
	return wire_wrong(what, err);
}

/* Notes that what fails in sending has nobody to be told to. */
static bool sent(struct server *server, bool ok)
{
	server->over |= !ok;
	return ok;
}

static bool answer(struct server *server, enum wire_what what, json_t *json,
		   struct error *err)
{
	return json ? sent(server,
			   wire_send_json(server->wire, what, json, err)) :
		      fail_memory(err);
}

static const char *text_of(const json_t *json, const char *name)
{
	const char *text = json_string_value(json_object_get(json, name));

	return text ? text : "";
}

/* A store of somebody else's cannot be read, and says so plainly. */
static bool check_rights(const char *path, struct error *err)
{
	auto_free char *place = store_place(path);
	auto_free char *db = place ? format_text("%s/qami.db", place) : NULL;

	if (!db)
		return fail_memory(err);
	return access(db, R_OK | W_OK) == 0 || errno != EACCES ||
	       fail(err, FAULT_UNAUTHORIZED,
		    "the store %.100s is read by its owner alone: ssh there "
		    "as that user",
		    place);
}

static bool on_hello(struct server *server, json_t *asked, struct error *err)
{
	const char *store = server->serving->store;
	const char *wanted = text_of(asked, "store");
	auto_wire_json *json = NULL;

	server->over = true;
	if (json_integer_value(json_object_get(asked, "qami-copy")) !=
	    WIRE_VERSION)
		return fail(err, FAULT_UNSUPPORTED,
			    "this qami copies by version %d of the protocol",
			    WIRE_VERSION);
	if (!hex_read(text_of(asked, "key"), server->key, sizeof(server->key)))
		return wire_wrong("no key", err);
	if (store && *wanted && strcmp(wanted, store) != 0)
		return fail(err, FAULT_UNAUTHORIZED,
			    "here is the store %.100s and no other", store);
	if (!store && *wanted == '/')
		store = wanted;
	else if (!store && *wanted)
		return wire_wrong("a store's path is absolute", err);
	if (!check_rights(store, err) ||
	    !far_dir_open(server->call, store, &server->far, err))
		return false;
	server->over = false;
	json = json_pack("{s:i}", "qami-copy", WIRE_VERSION);
	return answer(server, WIRE_HELLO, json, err);
}

/* Who asks; NULL with the error. */
static const char *account_of(struct server *server, const json_t *asked,
			      struct error *err)
{
	const char *account = text_of(asked, "account");
	const char *only = server->serving->account;

	if (!account_valid(account)) {
		refuse(server, "no account", err);
		return NULL;
	}
	if (only && strcmp(account, only) != 0) {
		fail(err, FAULT_UNAUTHORIZED,
		     "the account %s may be copied for here, and no other",
		     only);
		return NULL;
	}
	return account;
}

static bool on_snapshot(struct server *server, json_t *asked, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *account = account_of(server, asked, err);
	auto_wire_json *json = NULL;
	struct snapshot row;

	if (!account)
		return false;
	if (!arena)
		return fail_memory(err);
	if (!server->far->ops->snapshot(server->far, account,
					text_of(asked, "id"), arena, &row, err))
		return false;
	json = far_snapshot_write(&row);
	return answer(server, WIRE_SNAPSHOT, json, err);
}

static bool on_image(struct server *server, json_t *asked, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *account = account_of(server, asked, err);
	auto_wire_json *json = NULL;
	struct far_image row;

	if (!account)
		return false;
	if (!arena)
		return fail_memory(err);
	if (!server->far->ops->image(server->far, account, text_of(asked, "id"),
				     arena, &row, err))
		return false;
	json = far_image_write(&row, arena, err);
	return json && answer(server, WIRE_IMAGE, json, err);
}

static uint64_t blocks_of(const struct server *server)
{
	return (server->disk->size + BLOCK_SIZE - 1) / BLOCK_SIZE;
}

/* Whether digests go along with the list: SHA-256, as anybody makes it. */
static bool has_digests(const struct far_disk *disk)
{
	return disk->listed && disk->ops->digest(disk, 0);
}

/* A list on its way, in frames. */
struct listing {
	uint8_t *data; /* owned */
	size_t size;
	bool digests;
};

static void listing_done(struct listing *listing)
{
	free(listing->data);
}

#define auto_listing __attribute__((cleanup(listing_done))) struct listing

static bool list_add(struct server *server, struct listing *listing,
		     uint64_t block, struct error *err)
{
	const struct far_disk *disk = server->disk;
	size_t entry = listing->digests ? ENTRY_SIZE : 8;
	uint8_t *at = listing->data + listing->size;

	put64(at, block);
	if (listing->digests)
		memcpy(at + 8, disk->ops->digest(disk, block), SHA256_SIZE);
	listing->size += entry;
	if (listing->size < WIRE_LIST_MOST * entry)
		return true;
	if (!wire_send(server->wire, WIRE_LIST, NULL, 0, listing->data,
		       listing->size, err))
		return false;
	listing->size = 0;
	return true;
}

/* Sends what is left, and that it was all. */
static bool list_end(struct server *server, const struct listing *listing,
		     struct error *err)
{
	return (!listing->size ||
		wire_send(server->wire, WIRE_LIST, NULL, 0, listing->data,
			  listing->size, err)) &&
	       wire_send(server->wire, WIRE_LIST, NULL, 0, NULL, 0, err);
}

/* What of the disk is in a list; in a map, or else what it has. */
static bool send_list(struct server *server, const struct blockmap *map,
		      struct error *err)
{
	const struct far_disk *disk = server->disk;
	auto_listing listing = { .data = malloc(WIRE_LIST_MOST * ENTRY_SIZE),
				 .digests = !map && has_digests(disk) };
	uint64_t blocks = blocks_of(server);

	if (!listing.data)
		return fail_memory(err);
	for (uint64_t block = 0; block < blocks; block++)
		if ((map ? blockmap_has(map, block) :
			   disk->ops->has(disk, block)) &&
		    !list_add(server, &listing, block, err))
			return false;
	return list_end(server, &listing, err);
}

static json_t *describe(const struct far_disk *disk)
{
	json_t *json = json_pack("{s:b, s:I, s:b, s:[]}", "there", 1, "size",
				 (json_int_t)disk->size, "digests",
				 (int)has_digests(disk), "lineage");
	json_t *lineage = json_object_get(json, "lineage");

	for (size_t i = 0; json && i < disk->lineage_count; i++)
		json_array_append_new(lineage, json_string(disk->lineage[i]));
	return json;
}

/* Where one account alone is answered, it must be let see what it copies
 * still. */
static bool still_may(struct server *server, const char *snapshot,
		      struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *only = server->serving->account;
	struct snapshot row;

	if (!arena)
		return fail_memory(err);
	return !only || server->far->ops->snapshot(server->far, only, snapshot,
						   arena, &row, err);
}

static bool on_open(struct server *server, json_t *asked, struct error *err)
{
	const char *snapshot = text_of(asked, "snapshot");
	struct far_disk *disk = NULL;
	auto_wire_json *json = NULL;

	far_disk_close(take(server->disk));
	if (!still_may(server, snapshot, err)) {
		if (err->fault != FAULT_SNAPSHOT_NOT_FOUND)
			return false;
		error_clear(err);
	} else if (!server->far->ops->open(server->far, snapshot,
					   text_of(asked, "content"), &disk,
					   err)) {
		return false;
	}
	server->disk = disk;
	json = disk ? describe(disk) : json_pack("{s:b}", "there", 0);
	return answer(server, WIRE_OPEN, json, err) &&
	       (!disk || sent(server, send_list(server, NULL, err)));
}

static bool on_since(struct server *server, json_t *asked, struct error *err)
{
	const char *older = text_of(asked, "older");
	struct far_disk *disk = server->disk;
	auto_of(blockmap) map = NULL;
	auto_wire_json *json = NULL;
	bool known = false;
	size_t i = 0;

	if (!disk)
		return refuse(server, "no disk is open", err);
	while (i < disk->lineage_count && strcmp(disk->lineage[i], older) != 0)
		i++;
	if (!blockmap_new(blocks_of(server), &map, err) ||
	    (disk->ops->since && i < disk->lineage_count &&
	     !disk->ops->since(disk, i, map, &known, err)))
		return false;
	json = json_pack("{s:b}", "known", (int)known);
	return answer(server, WIRE_SINCE, json, err) &&
	       (!known || sent(server, send_list(server, map, err)));
}

/* Reads a block that was asked for. */
static bool read_block(struct server *server, const uint8_t *asked,
		       struct error *err)
{
	uint64_t block = get64(asked);
	struct far_disk *disk = server->disk;

	if (!disk || block >= blocks_of(server))
		return refuse(server, "no such block", err);
	return (!disk->ops->want || disk->ops->want(disk, block, err)) &&
	       disk->ops->read(disk, block, server->block, err);
}

static bool on_compare(struct server *server, struct error *err)
{
	uint8_t macs[WIRE_COMPARE_MOST * SHA256_SIZE];
	const struct wire *wire = server->wire;
	size_t count = wire->size / 8;

	if (wire->size % 8 || !count || count > WIRE_COMPARE_MOST)
		return refuse(server, "so many blocks at once", err);
	for (size_t i = 0; i < count; i++) {
		if (!read_block(server, wire->body + 8 * i, err))
			return false;
		hmac_sha256(server->key, server->block, BLOCK_SIZE,
			    macs + i * SHA256_SIZE);
	}
	return sent(server, wire_send(server->wire, WIRE_COMPARE, NULL, 0, macs,
				      count * SHA256_SIZE, err));
}

static bool on_block(struct server *server, struct error *err)
{
	const struct wire *wire = server->wire;
	uint8_t head[WIRE_BLOCK_HEAD];
	const uint8_t *listed;
	size_t packed;

	if (wire->size != 8)
		return refuse(server, "one block at a time", err);
	if (!read_block(server, wire->body, err))
		return false;
	memcpy(head, wire->body, 8);
	listed = server->disk->ops->digest(server->disk, get64(head));
	if (listed) /* it has been held against that */
		memcpy(head + 8, listed, SHA256_SIZE);
	else
		sha256(server->block, BLOCK_SIZE, head + 8);
	packed = packer_pack(server->packer, server->block, BLOCK_SIZE,
			     server->packed);
	if (!packed || packed > WORTH)
		return sent(server, wire_send(server->wire, WIRE_BLOCK, head,
					      sizeof(head), server->block,
					      BLOCK_SIZE, err));
	return sent(server,
		    wire_send(server->wire, WIRE_BLOCK, head, sizeof(head),
			      server->packed, packed, err));
}

static bool on_json(struct server *server, enum wire_what what,
		    struct error *err)
{
	auto_wire_json *asked = wire_json(server->wire, err);

	if (!asked) {
		server->over = true;
		return false;
	}
	if (what == WIRE_HELLO && !server->far)
		return on_hello(server, asked, err);
	if (!server->far || what == WIRE_HELLO)
		return refuse(server, "a hello comes first, and once", err);
	if (what == WIRE_SNAPSHOT)
		return on_snapshot(server, asked, err);
	if (what == WIRE_SINCE)
		return on_since(server, asked, err);
	return what == WIRE_IMAGE ? on_image(server, asked, err) :
				    on_open(server, asked, err);
}

static bool on_frame(struct server *server, enum wire_what what,
		     struct error *err)
{
	switch (what) {
	case WIRE_HELLO:
	case WIRE_SNAPSHOT:
	case WIRE_IMAGE:
	case WIRE_OPEN:
	case WIRE_SINCE:
		return on_json(server, what, err);
	case WIRE_COMPARE:
		return on_compare(server, err);
	case WIRE_BLOCK:
		return on_block(server, err);
	case WIRE_LIST:
	case WIRE_FAULT:
	case WIRE_END:
	default:
		return refuse(server, "no question", err);
	}
}

bool far_serve(const struct call *call, const struct far_serving *serving,
	       struct wire *wire, struct error *err)
{
	auto_server server = { .call = call,
			       .serving = serving,
			       .wire = wire,
			       .block = malloc(BLOCK_SIZE),
			       .packed = malloc(BLOCK_SIZE) };
	struct error unsent = { 0 };
	enum wire_what what;

	if (!server.block || !server.packed)
		return fail_memory(err);
	if (!packer_open(false, &server.packer, err))
		return false;
	for (;;) {
		if (!wire_receive(wire, WIRE_JSON_MOST, &what, err))
			return false;
		if (what == WIRE_END)
			return true;
		if (on_frame(&server, what, err))
			continue;
		if (!wire_send_fault(wire, err, &unsent) || server.over)
			return false;
		error_clear(err);
	}
}
