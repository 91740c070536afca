/* attribute.c - ModifyInstanceAttribute */
#include "launcher/instance/attribute.h"

#include <string.h>

#include "images/type.h"
#include "launcher/instance/launch.h"

/* Whether it can never be stopped. */
static bool is_store(const struct instance *instance)
{
	return strcmp(instance->root_device_type, "ebs") != 0;
}

static bool must_be_stopped(const struct instance *instance, const char *what,
			    struct error *err)
{
	if (is_store(instance))
		return fail(err, FAULT_UNSUPPORTED,
			    "The instance '%s' does not have an 'ebs' root "
			    "device type: it cannot be stopped, and its %s "
			    "cannot be changed.",
			    instance->id, what);
	if (strcmp(instance->state, "stopped") != 0)
		return fail(err, FAULT_INSTANCE_STATE,
			    "The instance '%s' must be stopped before its %s "
			    "can be changed.",
			    instance->id, what);
	return true;
}

static bool flag_value(const char *text, bool *ret_value, struct error *err)
{
	*ret_value = strcmp(text, "true") == 0;
	return *ret_value || strcmp(text, "false") == 0 ||
	       fail(err, FAULT_INVALID_PARAMETER,
		    "Value (%.32s) is invalid: it takes true or false", text);
}

static bool set_kernel(struct call *call, const char *id,
		       enum instance_text which, const char *value,
		       struct arena *arena, struct error *err)
{
	const char *kind = which == INSTANCE_KERNEL ? "kernel" : "ramdisk";
	struct image image;

	if (!*value)
		return instance_set_text(call->store->db, id, which, NULL, err);
	if (!authorise_image(call, RIGHT_SEE, value, arena, &image, err))
		return false;
	if (strcmp(image.kind, kind) != 0)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "The image %s is no %s", value, kind);
	return instance_set_text(call->store->db, id, which, value, err);
}

static bool set_text(struct call *call, const struct instance *instance,
		     enum attribute attribute, const char *value,
		     struct arena *arena, struct error *err)
{
	struct db *db = call->store->db;

	if (attribute == ATTRIBUTE_SHUTDOWN_BEHAVIOR) {
		if (strcmp(value, "stop") != 0 &&
		    strcmp(value, "terminate") != 0)
			return fail(err, FAULT_INVALID_PARAMETER,
				    "Value (%.32s) is invalid: it takes stop "
				    "or terminate",
				    value);
		if (is_store(instance) && strcmp(value, "stop") == 0)
			return fail(err, FAULT_UNSUPPORTED,
				    "The attribute "
				    "instanceInitiatedShutdownBehavior can "
				    "only be used for EBS-backed instances.");
		return instance_set_text(db, instance->id,
					 INSTANCE_SHUTDOWN_BEHAVIOR, value,
					 err);
	}
	if (attribute == ATTRIBUTE_KERNEL)
		return must_be_stopped(instance, "kernel", err) &&
		       set_kernel(call, instance->id, INSTANCE_KERNEL, value,
				  arena, err);
	if (attribute == ATTRIBUTE_RAMDISK)
		return must_be_stopped(instance, "ramdisk", err) &&
		       set_kernel(call, instance->id, INSTANCE_RAMDISK, value,
				  arena, err);
	if (!must_be_stopped(instance, "type", err))
		return false;
	if (!instance_type_find(value))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Invalid value '%.64s' for InstanceType.", value);
	return instance_set_text(db, instance->id, INSTANCE_TYPE, value, err);
}

bool attribute_set(struct call *call, const char *id, enum attribute attribute,
		   const char *value, struct error *err)
{
	static const enum instance_flag flags[] = {
		[ATTRIBUTE_DISABLE_TERMINATION] = INSTANCE_DISABLE_TERMINATION,
		[ATTRIBUTE_DISABLE_STOP] = INSTANCE_DISABLE_STOP,
		[ATTRIBUTE_EBS_OPTIMIZED] = INSTANCE_EBS_OPTIMIZED,
		[ATTRIBUTE_SOURCE_DEST_CHECK] = INSTANCE_SOURCE_DEST_CHECK,
	};
	auto_of(arena) arena = arena_new();
	struct instance instance;
	bool flag;

	if (!arena)
		return fail_memory(err);
	if (!authorise_instance(call, RIGHT_OWN, id, arena, &instance, err))
		return false;
	if (attribute == ATTRIBUTE_NOTED)
		return true;
	if (attribute <= ATTRIBUTE_SHUTDOWN_BEHAVIOR)
		return set_text(call, &instance, attribute, value, arena, err);
	if (!flag_value(value, &flag, err))
		return false;
	if (attribute == ATTRIBUTE_DISABLE_STOP && flag && is_store(&instance))
		return fail(err, FAULT_UNSUPPORTED,
			    "The instance '%s' does not have an 'ebs' root "
			    "device type: it cannot be stopped, nor be "
			    "protected from that.",
			    id);
	return instance_set_flag(call->store->db, id, flags[attribute], flag,
				 err);
}

bool attribute_set_user_data(struct call *call, const char *id,
			     const void *data, size_t size, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct instance instance;

	if (!arena)
		return fail_memory(err);
	if (!authorise_instance(call, RIGHT_OWN, id, arena, &instance, err) ||
	    !must_be_stopped(&instance, "user data", err))
		return false;
	if (size > USER_DATA_MOST)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "User data is limited to %d bytes", USER_DATA_MOST);
	return instance_set_user_data(call->store->db, id, size ? data : NULL,
				      size, err);
}

bool attribute_set_delete(struct call *call, const char *id, const char *device,
			  bool delete_on_termination, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const struct attachment *all;
	struct instance instance;
	size_t count;

	if (!arena)
		return fail_memory(err);
	if (!authorise_instance(call, RIGHT_OWN, id, arena, &instance, err) ||
	    !attachment_of(call->store->db, id, NULL, arena, &all, &count, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (strcmp(all[i].device, device) == 0)
			return attachment_set_delete(
				call->store->db, all[i].volume,
				delete_on_termination, err);
	return fail(err, FAULT_BLOCK_DEVICE_MAPPING,
		    "No device is currently mapped at %.64s", device);
}
