/* withdraw.c - images that shall be found, launched or lost less easily
 *
 * Each is a column of the image's row: what others do not see any more is left
 * out by the listing (images/registry/image.c), so that nothing has to happen
 * when a time comes.
 */
#include "images/withdraw.h"

#include <string.h>
#include <time.h>

#include "images/image.h"
#include "images/tier.h"

#define MINUTE (60 * USEC_PER_SEC)
#define DAY (24 * 60 * MINUTE)
#define PUBLIC_YEARS 2
#define PRIVATE_YEARS 10

/* The same day and hour, years later. */
static usec_t years_later(usec_t from, int years)
{
	time_t seconds = (time_t)(from / USEC_PER_SEC);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	tm.tm_year += years;
	return timegm(&tm) * USEC_PER_SEC;
}

/* Begins a change of an image of the caller's. */
static bool change_begin(const struct call *call, const char *id,
			 struct arena *arena, struct tx *tx,
			 struct image *ret_image, struct error *err)
{
	return (arena || fail_memory(err)) &&
	       tx_begin(tx, call->store->db, err) &&
	       image_own(call, id, arena, ret_image, err);
}

/* The latest time at which an image may become deprecated. */
static bool check_time(const struct call *call, const struct image *image,
		       usec_t when, usec_t rounded, struct error *err)
{
	bool public = image->is_public;
	usec_t last = public ? years_later(image->created, PUBLIC_YEARS) :
			       years_later(call->now, PRIVATE_YEARS);

	if (when < call->now)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "The specified deprecation time is in the past.");
	if (rounded <= last)
		return true;
	return public ? fail(err, FAULT_INVALID_PARAMETER,
			     "The specified deprecation time is more than %d "
			     "years after the public image '%s' was made.",
			     PUBLIC_YEARS, image->id) :
			fail(err, FAULT_INVALID_PARAMETER,
			     "The specified deprecation time is more than %d "
			     "years ahead.",
			     PRIVATE_YEARS);
}

bool image_deprecate(struct call *call, const char *id, usec_t when,
		     struct error *err)
{
	auto_of(arena) arena = arena_new();
	usec_t rounded = time_after(when, MINUTE / 2) / MINUTE * MINUTE;
	struct image image;
	auto_tx tx = TX_INIT;

	return change_begin(call, id, arena, &tx, &image, err) &&
	       check_time(call, &image, when, rounded, err) &&
	       call_dry_run(call, err) &&
	       image_set_deprecated(call->store->db, id, rounded, err) &&
	       tx_commit(&tx, err);
}

bool image_undeprecate(struct call *call, const char *id, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct image image;
	auto_tx tx = TX_INIT;

	if (!change_begin(call, id, arena, &tx, &image, err))
		return false;
	if (image.is_public)
		return fail(err, FAULT_OPERATION_NOT_PERMITTED,
			    "The deprecation of the public image '%s' cannot "
			    "be cancelled",
			    id);
	return call_dry_run(call, err) &&
	       image_set_deprecated(call->store->db, id, 0, err) &&
	       tx_commit(&tx, err);
}

/* Whether an image has come to be: one that is being restored, or could not be,
 * is neither disabled nor enabled. */
static bool check_whole(const struct image *image, struct error *err)
{
	if (strcmp(image->state, "pending") != 0 &&
	    strcmp(image->state, "failed") != 0)
		return true;
	return fail(err, FAULT_IMAGE_UNAVAILABLE, "The image ID '%s' is %s",
		    image->id, image->state);
}

bool image_disable(struct call *call, const char *id, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct image image;
	auto_tx tx = TX_INIT;

	return change_begin(call, id, arena, &tx, &image, err) &&
	       check_whole(&image, err) && call_dry_run(call, err) &&
	       image_set_state(call->store->db, id, "disabled", err) &&
	       launch_permission_clear(call->store->db, id, err) &&
	       tx_commit(&tx, err);
}

bool image_enable(struct call *call, const char *id, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct image image;
	auto_tx tx = TX_INIT;

	return change_begin(call, id, arena, &tx, &image, err) &&
	       check_whole(&image, err) && tier_check_image(call, id, err) &&
	       call_dry_run(call, err) &&
	       image_set_state(call->store->db, id, "available", err) &&
	       tx_commit(&tx, err);
}

bool image_protect(struct call *call, const char *id, bool cooldown,
		   struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct image image;
	auto_tx tx = TX_INIT;

	return change_begin(call, id, arena, &tx, &image, err) &&
	       call_dry_run(call, err) &&
	       image_set_protection(call->store->db, id,
				    cooldown ? "enabled-with-cooldown" :
					       "enabled-without-cooldown",
				    0, err) &&
	       tx_commit(&tx, err);
}

bool image_unprotect(struct call *call, const char *id, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct image image;
	auto_tx tx = TX_INIT;
	usec_t until;

	if (!change_begin(call, id, arena, &tx, &image, err) ||
	    !call_dry_run(call, err))
		return false;
	/* a cooldown that has begun is not begun anew */
	until = strcmp(image.protection, "enabled-with-cooldown") == 0 ?
			time_after(call->now, DAY) :
			image.protected_until;
	return image_set_protection(call->store->db, id, "disabled", until,
				    err) &&
	       tx_commit(&tx, err);
}

bool image_unprotected(const struct call *call, const struct image *image,
		       struct error *err)
{
	char until[TIME_SIZE];

	if (strcmp(image->protection, "disabled") != 0)
		return fail(err, FAULT_OPERATION_NOT_PERMITTED,
			    "The image '%s' is protected from being "
			    "deregistered",
			    image->id);
	if (image->protected_until <= call->now)
		return true;
	time_format(image->protected_until, until);
	return fail(err, FAULT_OPERATION_NOT_PERMITTED,
		    "The image '%s' is protected from being deregistered "
		    "until %s",
		    image->id, until);
}
