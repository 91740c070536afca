/* attribute.h - ModifyInstanceAttribute: what may change, and when */
#ifndef QAMI_INSTANCE_ATTRIBUTE_H
#define QAMI_INSTANCE_ATTRIBUTE_H

#include "images/authorise.h"

enum attribute {
	ATTRIBUTE_TYPE, /* this one and the next two: only while stopped */
	ATTRIBUTE_KERNEL,
	ATTRIBUTE_RAMDISK,
	ATTRIBUTE_SHUTDOWN_BEHAVIOR,
	ATTRIBUTE_DISABLE_TERMINATION,
	ATTRIBUTE_DISABLE_STOP,
	ATTRIBUTE_EBS_OPTIMIZED,
	ATTRIBUTE_SOURCE_DEST_CHECK,
	ATTRIBUTE_NOTED, /* accepted, means nothing here */
};

/* Sets an attribute from text ("true" and "false" for flags), within the
 * caller's transaction. FAULT_INSTANCE_STATE when it needs a stopped instance,
 * FAULT_INVALID_PARAMETER for a value that it cannot have. */
bool attribute_set(struct call *call, const char *id, enum attribute attribute,
		   const char *value, struct error *err) must_check;

/* Sets the user data, at most 16 KiB, of a stopped instance. */
bool attribute_set_user_data(struct call *call, const char *id,
			     const void *data, size_t size, struct error *err)
	must_check;

/* Sets whether the volume at a device goes with the instance;
 * FAULT_BLOCK_DEVICE_MAPPING when there is no such device. */
bool attribute_set_delete(struct call *call, const char *id, const char *device,
			  bool delete_on_termination, struct error *err)
	must_check;

#endif
