/* keypair.c - key pairs by their names */
#include "images/keypair.h"

#include <string.h>

#include "images/authorise.h"
#include "images/tags.h"

#define NAME_MOST 255

/* The name goes into guests, as the key's comment: one line of plain text. */
static bool check_name(const char *name, struct error *err)
{
	size_t size = strlen(name);

	for (size_t i = 0; i < size; i++)
		if (name[i] < ' ' || name[i] > '~')
			return fail(err, FAULT_INVALID_PARAMETER,
				    "Value for parameter KeyName is invalid. "
				    "Character sets beyond ASCII are not "
				    "supported.");
	if (size && size <= NAME_MOST && name[0] != ' ' &&
	    name[size - 1] != ' ')
		return true;
	return fail(err, FAULT_INVALID_PARAMETER,
		    "Key names have 1 to %d characters, without blanks at "
		    "their ends",
		    NAME_MOST);
}

static bool check_new(struct call *call, const struct keypair_request *request,
		      struct arena *arena, struct error *err)
{
	struct key_pair pair;
	bool found;

	if (!key_pair_named(call->store->db, call->account, request->name,
			    arena, &pair, &found, err))
		return false;
	if (found)
		return fail(err, FAULT_KEY_PAIR_DUPLICATE,
			    "The keypair already exists");
	return true;
}

static bool check_request(struct call *call,
			  const struct keypair_request *request,
			  struct arena *arena, struct error *err)
{
	if (!check_name(request->name, err) ||
	    !check_new(call, request, arena, err))
		return false;
	for (size_t i = 0; i < request->tag_count; i++)
		if (!tags_check(request->tags[i].key, request->tags[i].value,
				err))
			return false;
	if (request->tag_count > TAGS_MOST)
		return fail(err, FAULT_TAG_LIMIT,
			    "A resource has at most %d tags", TAGS_MOST);
	return true;
}

static bool fill(const struct call *call, const char *name,
		 const struct sshkey *key, struct arena *arena,
		 struct key_pair *ret_pair, struct error *err)
{
	char id[ID_SIZE];

	id_new("key", id);
	*ret_pair = (struct key_pair){
		.id = arena_str(arena, id),
		.owner = call->account,
		.name = name,
		.type = key->type,
		.fingerprint = key->fingerprint,
		.public_key = key->line,
		.created = call->now,
	};
	return ret_pair->id || fail_memory(err);
}

static bool write_pair(struct call *call, const struct keypair_request *request,
		       const struct key_pair *pair, struct arena *arena,
		       struct error *err)
{
	auto_tx tx = TX_INIT;

	/* somebody may have had the same name in mind meanwhile */
	if (!tx_begin(&tx, call->store->db, err) ||
	    !check_new(call, request, arena, err) ||
	    !key_pair_insert(call->store->db, pair, err))
		return false;
	for (size_t i = 0; i < request->tag_count; i++)
		if (!tags_set(call, pair->id, request->tags[i].key,
			      request->tags[i].value, err))
			return false;
	return tx_commit(&tx, err);
}

bool keypair_create(struct call *call, const struct keypair_request *request,
		    const char *type, struct arena *arena,
		    struct key_pair *ret_pair, struct sshkey_secret *ret_secret,
		    struct error *err)
{
	auto_sshkey_secret secret = { 0 };
	struct sshkey key;

	if (!check_request(call, request, arena, err) ||
	    !call_dry_run(call, err) ||
	    !sshkey_make(type, arena, &key, &secret, err) ||
	    !fill(call, request->name, &key, arena, ret_pair, err) ||
	    !write_pair(call, request, ret_pair, arena, err))
		return false;
	ret_secret->text = take(secret.text);
	return true;
}

bool keypair_import(struct call *call, const struct keypair_request *request,
		    const void *text, size_t size, struct arena *arena,
		    struct key_pair *ret_pair, struct error *err)
{
	struct sshkey key;

	return check_request(call, request, arena, err) &&
	       sshkey_read(text, size, arena, &key, err) &&
	       call_dry_run(call, err) &&
	       fill(call, request->name, &key, arena, ret_pair, err) &&
	       write_pair(call, request, ret_pair, arena, err);
}

bool keypair_named(struct call *call, const char *name, struct arena *arena,
		   struct key_pair *ret_pair, struct error *err)
{
	bool found;

	if (!key_pair_named(call->store->db, call->account, name, arena,
			    ret_pair, &found, err))
		return false;
	if (!found)
		return fail(err, FAULT_KEY_PAIR_NOT_FOUND,
			    "The key pair '%.100s' does not exist", name);
	return true;
}

bool keypair_for_launch(struct call *call, const char *name,
			struct arena *arena, struct key_pair *ret_pair,
			bool *ret_new, struct error *err)
{
	struct sshkey key;

	*ret_new = false;
	if (keypair_named(call, name, arena, ret_pair, err))
		return true;
	if (err->fault != FAULT_KEY_PAIR_NOT_FOUND || !call->own_key ||
	    strcmp(name, KEY_PAIR_OWN) != 0)
		return false;
	error_clear(err);
	*ret_new = sshkey_read(call->own_key, strlen(call->own_key), arena,
			       &key, err) &&
		   fill(call, KEY_PAIR_OWN, &key, arena, ret_pair, err);
	return *ret_new;
}

bool keypair_keep(struct call *call, struct key_pair *pair, struct arena *arena,
		  struct error *err)
{
	struct key_pair other;
	bool found;

	if (!key_pair_named(call->store->db, call->account, pair->name, arena,
			    &other, &found, err))
		return false;
	if (!found)
		return key_pair_insert(call->store->db, pair, err);
	*pair = other;
	return true;
}

bool keypair_remove(struct call *call, const char *id, const char *name,
		    struct arena *arena, const char **ret_id, struct error *err)
{
	struct db *db = call->store->db;
	struct key_pair pair;
	auto_tx tx = TX_INIT;
	bool found = true;

	if (!tx_begin(&tx, db, err))
		return false;
	if (id ? !authorise_key_pair(call, RIGHT_OWN, id, arena, &pair, err) :
		 !key_pair_named(db, call->account, name, arena, &pair, &found,
				 err))
		return false;
	if (!call_dry_run(call, err))
		return false;
	if (found && (!tag_clear(db, pair.id, err) ||
		      !key_pair_delete(db, pair.id, err)))
		return false;
	if (!tx_commit(&tx, err))
		return false;
	*ret_id = found ? pair.id : NULL;
	return true;
}
