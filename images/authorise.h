/* authorise.h - the one place that says who may do what
 *
 * The rule: an account may do anything with what it owns; it may see and
 * launch an image that has a launch permission for it or for all, see a
 * snapshot and make volumes of it by a createVolumePermission. What an account
 * may not see answers exactly like what does not exist.
 */
#ifndef QAMI_IMAGES_AUTHORISE_H
#define QAMI_IMAGES_AUTHORISE_H

#include "images/store.h"
#include "images/registry/group.h"
#include "images/registry/grouprule.h"
#include "images/registry/image.h"
#include "images/registry/instance.h"
#include "images/registry/interface.h"
#include "images/registry/keypair.h"
#include "images/registry/snapshot.h"
#include "images/registry/volume.h"

enum right {
	RIGHT_SEE, /* describe, launch from, build on */
	RIGHT_OWN, /* change, share, delete */
};

/* Each fetches a row by id for the caller: *NOT_FOUND when there is none or
 * the caller may not see it, FAULT_AUTH_FAILURE when it may see but not do.
 * The row's texts are in the arena. */
bool authorise_image(const struct call *call, enum right right, const char *id,
		     struct arena *arena, struct image *ret_image,
		     struct error *err) must_check;
bool authorise_snapshot(const struct call *call, enum right right,
			const char *id, struct arena *arena,
			struct snapshot *ret_snapshot, struct error *err)
	must_check;
bool authorise_volume(const struct call *call, enum right right, const char *id,
		      struct arena *arena, struct volume *ret_volume,
		      struct error *err) must_check;
bool authorise_instance(const struct call *call, enum right right,
			const char *id, struct arena *arena,
			struct instance *ret_instance, struct error *err)
	must_check;
bool authorise_key_pair(const struct call *call, enum right right,
			const char *id, struct arena *arena,
			struct key_pair *ret_pair, struct error *err)
	must_check;
bool authorise_group(const struct call *call, enum right right, const char *id,
		     struct arena *arena, struct security_group *ret_group,
		     struct error *err) must_check;
bool authorise_group_rule(const struct call *call, enum right right,
			  const char *id, struct arena *arena,
			  struct security_rule *ret_rule, struct error *err)
	must_check;
bool authorise_interface(const struct call *call, enum right right,
			 const char *id, struct arena *arena,
			 struct interface *ret_interface, struct error *err)
	must_check;

/* The row of an instance for work that was let in when it began, whoever's it
 * is: FAULT_INSTANCE_NOT_FOUND when it went meanwhile. Texts in the arena; with
 * none (NULL) memory ran out. */
bool authorised_instance(const struct call *call, const char *id,
			 struct arena *arena, struct instance *ret_instance,
			 struct error *err) must_check;

/* Whether the caller may see several volumes, all of them. */
bool authorise_volumes(const struct call *call, const char *const *ids,
		       size_t count, struct error *err) must_check;

#endif
