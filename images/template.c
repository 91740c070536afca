/* template.c - launch templates and their versions
 *
 * All that happens is rows, so that the journal has nothing to do but remember
 * client tokens, in the same transaction.
 */
#include "images/template.h"

#include <stdlib.h>
#include <string.h>

#include "images/tags.h"

#define KIND "launch-template"
#define NAME_LEAST 3
#define NAME_MOST 128
#define DESCRIPTION_MOST 255
#define DIGITS_MOST 18

static bool check_name(const char *name, struct error *err)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				      "()./-_";
	size_t size = strlen(name);

	return (size >= NAME_LEAST && size <= NAME_MOST &&
		strspn(name, allowed) == size) ||
	       fail(err, FAULT_TEMPLATE_NAME_MALFORMED,
		    "A launch template name must be between %d and %d "
		    "characters, and may contain letters, numbers, and the "
		    "following characters: - ( ) . / _",
		    NAME_LEAST, NAME_MOST);
}

static bool check_new(const struct call *call,
		      const struct template_request *request,
		      struct arena *arena, struct error *err)
{
	struct launch_template template;
	bool found;

	if (!launch_template_named(call->store->db, call->account,
				   request->name, arena, &template, &found,
				   err))
		return false;
	return !found || fail(err, FAULT_TEMPLATE_NAME_EXISTS,
			      "Launch template name already in use.");
}

static bool check_description(const struct template_request *request,
			      struct error *err)
{
	return !request->description ||
	       strlen(request->description) <= DESCRIPTION_MOST ||
	       fail(err, FAULT_INVALID_PARAMETER,
		    "A version description has at most %d characters",
		    DESCRIPTION_MOST);
}

static struct op token_op(const struct call *call)
{
	return (struct op){
		.kind = KIND,
		.account = call->account,
		.action = call->action,
		.client_token = call->client_token,
		.request = call->request,
		.payload = "{}",
	};
}

/* What was made when the client token was used before; or NULL. */
static bool recall(const struct call *call, struct arena *arena,
		   const char **ret_answer, struct error *err)
{
	const struct op op = token_op(call);

	*ret_answer = NULL;
	return !call->client_token ||
	       op_answer(call->store->journal, &op, arena, ret_answer, err);
}

/* Has the token stand for what is made in the caller's transaction, in which it
 * was recall()ed. */
static bool remember(const struct call *call, const char *answer,
		     struct arena *arena, struct error *err)
{
	struct op op = token_op(call);
	const char *earlier = NULL;

	return !call->client_token ||
	       (op_begin(call->store->journal, &op, arena, &earlier, err) &&
		op_step(call->store->journal, op.id, "done", 1, NULL, answer,
			err));
}

static bool write_version(struct call *call, const char *template,
			  const struct template_request *request,
			  const json_t *data, struct arena *arena,
			  struct template_version *ret_version,
			  struct error *err)
{
	auto_free char *text = json_dumps(data, JSON_COMPACT);
	const struct template_version version = {
		.template = template,
		.description = request->description,
		.data = text,
		.creator = request->creator,
		.created = call->now,
	};
	int64_t number;
	bool found;

	if (!text)
		return fail_memory(err);
	return template_version_insert(call->store->db, &version, &number,
				       err) &&
	       template_version_get(call->store->db, template, number, arena,
				    ret_version, &found, err);
}

bool template_create(struct call *call, const struct template_request *request,
		     struct arena *arena, struct launch_template *ret_template,
		     struct error *err)
{
	struct db *db = call->store->db;
	char id[ID_SIZE];
	const struct launch_template template = {
		.id = id,
		.owner = call->account,
		.name = request->name,
		.creator = request->creator,
		.created = call->now,
	};
	struct template_version version;
	const char *earlier;
	auto_tx tx = TX_INIT;

	id_new("lt", id);
	if (!check_name(request->name, err) ||
	    !check_description(request, err) || !tx_begin(&tx, db, err) ||
	    !recall(call, arena, &earlier, err))
		return false;
	if (earlier)
		return template_find(call, earlier, NULL, arena, ret_template,
				     err);
	return remember(call, id, arena, err) &&
	       check_new(call, request, arena, err) &&
	       launch_template_insert(db, &template, err) &&
	       write_version(call, id, request, request->data, arena, &version,
			     err) &&
	       tags_set_all(call, id, request->tags, request->tag_count, err) &&
	       call_dry_run(call, err) &&
	       template_find(call, id, NULL, arena, ret_template, err) &&
	       tx_commit(&tx, err);
}

bool template_find(const struct call *call, const char *id, const char *name,
		   struct arena *arena, struct launch_template *ret_template,
		   struct error *err)
{
	struct db *db = call->store->db;
	bool found;

	if (id && name)
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "Either the launch template ID or its name must be "
			    "specified, not both");
	if (!id && !name)
		return fail(err, FAULT_MISSING_PARAMETER,
			    "Either a launch template ID or a launch template "
			    "name must be specified in the request.");
	if (id ? !launch_template_get(db, id, arena, ret_template, &found,
				      err) :
		 !launch_template_named(db, call->account, name, arena,
					ret_template, &found, err))
		return false;
	if (found && strcmp(ret_template->owner, call->account) == 0)
		return true;
	if (id)
		return fail(err, FAULT_TEMPLATE_NOT_FOUND,
			    "The specified launch template, with template ID "
			    "%s, does not exist.",
			    id);
	return fail(err, FAULT_TEMPLATE_NAME_NOT_FOUND,
		    "The specified launch template, with template name %.128s, "
		    "does not exist.",
		    name);
}

bool template_number(const struct launch_template *template,
		     const char *version, int64_t *ret_number,
		     struct error *err)
{
	if (!version || strcmp(version, "$Default") == 0) {
		*ret_number = template->default_version;
		return true;
	}
	if (strcmp(version, "$Latest") == 0) {
		*ret_number = template->latest_version;
		return true;
	}
	if (!*version || strspn(version, "0123456789") != strlen(version) ||
	    strlen(version) > DIGITS_MOST)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Invalid launch template version: '%.40s' is "
			    "neither '$Default', '$Latest' nor a number.",
			    version);
	*ret_number = strtoll(version, NULL, 10);
	return true;
}

/* A version of a template that is there. */
static bool version_find(const struct call *call,
			 const struct launch_template *template,
			 const char *text, struct arena *arena,
			 struct template_version *ret_version,
			 struct error *err)
{
	int64_t number;
	bool found;

	if (!template_number(template, text, &number, err) ||
	    !template_version_get(call->store->db, template->id, number, arena,
				  ret_version, &found, err))
		return false;
	return found || fail(err, FAULT_TEMPLATE_VERSION_NOT_FOUND,
			     "Could not find the version %.40s of the launch "
			     "template %s",
			     text ? text : "$Default", template->id);
}

bool template_choose(const struct call *call,
		     const struct template_choice *choice, struct arena *arena,
		     struct template_version *ret_version, struct error *err)
{
	struct launch_template template;

	return template_find(call, choice->id, choice->name, arena, &template,
			     err) &&
	       version_find(call, &template, choice->version, arena,
			    ret_version, err);
}

/* Snapshots of a version that another one stands on are not taken over. */
static void forget_snapshots(const json_t *data)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(data, "BlockDeviceMappings"), i, one)
		json_object_del(json_object_get(one, "Ebs"), "SnapshotId");
}

/* What the new version will say; the caller's. */
static json_t *inherit(const struct template_version *source,
		       const json_t *data, struct error *err)
{
	json_t *whole = template_data(source, err);

	if (!whole)
		return NULL;
	forget_snapshots(whole);
	if (json_object_update(whole, (json_t *)data) == 0)
		return whole;
	json_decref(whole);
	fail_memory(err);
	return NULL;
}

/* The version that an answer names, "lt-…:3". */
static bool version_of(const struct call *call,
		       const struct launch_template *template,
		       const char *answer, struct arena *arena,
		       struct template_version *ret_version, struct error *err)
{
	return version_find(call, template, answer + strcspn(answer, ":") + 1,
			    arena, ret_version, err);
}

static bool add(struct call *call, const struct launch_template *template,
		const struct template_request *request, const json_t *data,
		struct arena *arena, struct template_version *ret_version,
		struct error *err)
{
	const char *earlier;
	auto_tx tx = TX_INIT;

	if (!tx_begin(&tx, call->store->db, err) ||
	    !recall(call, arena, &earlier, err))
		return false;
	if (earlier)
		return version_of(call, template, earlier, arena, ret_version,
				  err);
	return write_version(call, template->id, request, data, arena,
			     ret_version, err) &&
	       remember(call, ret_version->id, arena, err) &&
	       call_dry_run(call, err) && tx_commit(&tx, err);
}

bool template_add(struct call *call, const struct template_choice *choice,
		  const struct template_request *request, struct arena *arena,
		  struct template_version *ret_version, struct error *err)
{
	struct launch_template template;
	struct template_version source;
	json_t *data;
	bool ok;

	if (!check_description(request, err) ||
	    !template_find(call, choice->id, choice->name, arena, &template,
			   err))
		return false;
	if (!choice->version)
		return add(call, &template, request, request->data, arena,
			   ret_version, err);
	if (!version_find(call, &template, choice->version, arena, &source,
			  err))
		return false;
	data = inherit(&source, request->data, err);
	ok = data &&
	     add(call, &template, request, data, arena, ret_version, err);
	json_decref(data);
	return ok;
}

bool template_set_default(struct call *call,
			  const struct template_choice *choice,
			  struct arena *arena,
			  struct launch_template *ret_template,
			  struct error *err)
{
	struct template_version version;
	const char *earlier;
	auto_tx tx = TX_INIT;

	if (!tx_begin(&tx, call->store->db, err) ||
	    !template_choose(call, choice, arena, &version, err) ||
	    !recall(call, arena, &earlier, err))
		return false;
	if (!earlier &&
	    (!remember(call, version.id, arena, err) ||
	     !launch_template_set_default(call->store->db, version.template,
					  version.number, err)))
		return false;
	return template_find(call, version.template, NULL, arena, ret_template,
			     err) &&
	       call_dry_run(call, err) && tx_commit(&tx, err);
}

bool template_remove(struct call *call, const char *id, const char *name,
		     struct arena *arena, struct launch_template *ret_template,
		     struct error *err)
{
	struct db *db = call->store->db;
	auto_tx tx = TX_INIT;

	return tx_begin(&tx, db, err) &&
	       template_find(call, id, name, arena, ret_template, err) &&
	       tag_clear(db, ret_template->id, err) &&
	       launch_template_delete(db, ret_template->id, err) &&
	       call_dry_run(call, err) && tx_commit(&tx, err);
}

bool template_remove_version(struct call *call,
			     const struct launch_template *template,
			     int64_t number, struct arena *arena,
			     const char **ret_why, struct error *err)
{
	struct template_version version;
	bool found;

	if (!template_version_get(call->store->db, template->id, number, arena,
				  &version, &found, err))
		return false;
	*ret_why = !found	      ? "launchTemplateVersionDoesNotExist" :
		   version.is_default ? "unexpectedError" :
					NULL;
	return *ret_why ||
	       template_version_delete(call->store->db, version.id, err);
}

json_t *template_data(const struct template_version *version, struct error *err)
{
	json_t *data = json_loads(version->data, 0, NULL);

	if (!data)
		fail(err, FAULT_INTERNAL, "%s cannot be read", version->id);
	return data;
}
