/* authorise.c - who may do what */
#include "images/authorise.h"

#include <string.h>

/* What is known of a resource when the question is asked. */
struct subject {
	const char *noun; /* "image" */
	const char *id;
	const char *owner; /* NULL: there is no such thing */
	bool shared;	   /* with the caller, by permission */
	enum fault missing;
};

/* The rule itself. */
static bool authorise(const struct call *call, enum right right,
		      const struct subject *subject, struct error *err)
{
	bool owns = subject->owner &&
		    strcmp(subject->owner, call->account) == 0;

	if (owns || (right == RIGHT_SEE && subject->owner && subject->shared))
		return true;
	if (subject->owner && subject->shared)
		return fail(err, FAULT_AUTH_FAILURE, "Not authorized for %s:%s",
			    subject->noun, subject->id);
	if (subject->missing == FAULT_SNAPSHOT_NOT_FOUND ||
	    subject->missing == FAULT_VOLUME_NOT_FOUND)
		return fail(err, subject->missing,
			    "The %s '%s' does not exist.", subject->noun,
			    subject->id);
	if (subject->missing == FAULT_GROUP_NOT_FOUND ||
	    subject->missing == FAULT_GROUP_RULE_NOT_FOUND ||
	    subject->missing == FAULT_INTERFACE_NOT_FOUND)
		return fail(err, subject->missing, "The %s '%s' does not exist",
			    subject->noun, subject->id);
	return fail(err, subject->missing, "The %s id '%s%s%s' does not exist",
		    subject->noun,
		    subject->missing == FAULT_IMAGE_NOT_FOUND ? "[" : "",
		    subject->id,
		    subject->missing == FAULT_IMAGE_NOT_FOUND ? "]" : "");
}

bool authorise_image(const struct call *call, enum right right, const char *id,
		     struct arena *arena, struct image *ret_image,
		     struct error *err)
{
	struct subject subject = { .noun = "image",
				   .id = id,
				   .missing = FAULT_IMAGE_NOT_FOUND };
	bool found;

	if (!image_get(call->store->db, id, arena, ret_image, &found, err) ||
	    !image_launchable(call->store->db, id, call->account,
			      &subject.shared, err))
		return false;
	if (found)
		subject.owner = ret_image->owner;
	return authorise(call, right, &subject, err);
}

bool authorise_snapshot(const struct call *call, enum right right,
			const char *id, struct arena *arena,
			struct snapshot *ret_snapshot, struct error *err)
{
	struct subject subject = { .noun = "snapshot",
				   .id = id,
				   .missing = FAULT_SNAPSHOT_NOT_FOUND };
	bool found;

	if (!snapshot_get(call->store->db, id, arena, ret_snapshot, &found,
			  err) ||
	    !snapshot_usable(call->store->db, id, call->account,
			     &subject.shared, err))
		return false;
	if (found)
		subject.owner = ret_snapshot->owner;
	return authorise(call, right, &subject, err);
}

bool authorise_volume(const struct call *call, enum right right, const char *id,
		      struct arena *arena, struct volume *ret_volume,
		      struct error *err)
{
	struct subject subject = { .noun = "volume",
				   .id = id,
				   .missing = FAULT_VOLUME_NOT_FOUND };
	bool found;

	if (!volume_get(call->store->db, id, arena, ret_volume, &found, err))
		return false;
	if (found)
		subject.owner = ret_volume->owner;
	return authorise(call, right, &subject, err);
}

bool authorise_volumes(const struct call *call, const char *const *ids,
		       size_t count, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct volume volume;

	if (!arena)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++)
		if (!authorise_volume(call, RIGHT_SEE, ids[i], arena, &volume,
				      err))
			return false;
	return true;
}

bool authorise_instance(const struct call *call, enum right right,
			const char *id, struct arena *arena,
			struct instance *ret_instance, struct error *err)
{
	struct subject subject = { .noun = "instance",
				   .id = id,
				   .missing = FAULT_INSTANCE_NOT_FOUND };
	bool found;

	if (!instance_get(call->store->db, id, arena, ret_instance, &found,
			  err))
		return false;
	if (found)
		subject.owner = ret_instance->owner;
	return authorise(call, right, &subject, err);
}

bool authorised_instance(const struct call *call, const char *id,
			 struct arena *arena, struct instance *ret_instance,
			 struct error *err)
{
	bool found;

	if (!arena)
		return fail_memory(err);
	if (!instance_get(call->store->db, id, arena, ret_instance, &found,
			  err))
		return false;
	return found || fail(err, FAULT_INSTANCE_NOT_FOUND,
			     "The instance ID '%s' does not exist", id);
}

bool authorise_key_pair(const struct call *call, enum right right,
			const char *id, struct arena *arena,
			struct key_pair *ret_pair, struct error *err)
{
	struct subject subject = { .noun = "key pair",
				   .id = id,
				   .missing = FAULT_KEY_PAIR_NOT_FOUND };
	bool found;

	if (!key_pair_get(call->store->db, id, arena, ret_pair, &found, err))
		return false;
	if (found)
		subject.owner = ret_pair->owner;
	return authorise(call, right, &subject, err);
}

bool authorise_group(const struct call *call, enum right right, const char *id,
		     struct arena *arena, struct security_group *ret_group,
		     struct error *err)
{
	struct subject subject = { .noun = "security group",
				   .id = id,
				   .missing = FAULT_GROUP_NOT_FOUND };
	bool found;

	if (!security_group_get(call->store->db, id, arena, ret_group, &found,
				err))
		return false;
	if (found)
		subject.owner = ret_group->owner;
	return authorise(call, right, &subject, err);
}

bool authorise_group_rule(const struct call *call, enum right right,
			  const char *id, struct arena *arena,
			  struct security_rule *ret_rule, struct error *err)
{
	struct subject subject = { .noun = "security group rule ID",
				   .id = id,
				   .missing = FAULT_GROUP_RULE_NOT_FOUND };
	bool found;

	if (!security_rule_get(call->store->db, id, arena, ret_rule, &found,
			       err))
		return false;
	if (found)
		subject.owner = ret_rule->owner;
	return authorise(call, right, &subject, err);
}

bool authorise_interface(const struct call *call, enum right right,
			 const char *id, struct arena *arena,
			 struct interface *ret_interface, struct error *err)
{
	struct subject subject = { .noun = "networkInterface ID",
				   .id = id,
				   .missing = FAULT_INTERFACE_NOT_FOUND };
	bool found;

	if (!interface_get(call->store->db, id, arena, ret_interface, &found,
			   err))
		return false;
	if (found)
		subject.owner = ret_interface->owner;
	return authorise(call, right, &subject, err);
}
