/* tiercheck.c - does the archive have what the rows say? */
#include "images/tiercheck.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "images/archive.h"
#include "images/base/file.h"
#include "images/tier.h"

struct checking {
	struct call *call;
	bool deep, repair;
	void (*found)(void *data, const struct finding *finding);
	void *data;
};

static void tell(const struct checking *checking, const char *subject,
		 const char *text, bool repaired, bool note)
{
	const struct finding finding = { subject, text, repaired, note };

	checking->found(checking->data, &finding);
}

static void row_fault(void *data, const char *subject, const char *text)
{
	tell(data, subject, text, false, false);
}

/* What keeps an object from being looked at is no fault of its own. */
static bool is_away(enum fault fault)
{
	return fault == FAULT_UNAVAILABLE || fault == FAULT_AUTH_FAILURE;
}

static bool check_object(void *data, const struct archive_object *object,
			 struct error *err)
{
	const struct checking *checking = data;
	struct error failed = { 0 };
	char text[sizeof(failed.text)];
	uint64_t bytes;
	bool there;

	(void)err;
	if (!object->bytes)
		return true; /* a job is at it */
	if (!archive_look(checking->call, object, &there, &bytes, &failed)) {
		tell(checking, object->id, failed.text, false,
		     is_away(failed.fault));
		return true;
	}
	if (!there) {
		tell(checking, object->id,
		     "it is not in the archive, and what it had is lost", false,
		     false);
	} else if (bytes != (uint64_t)object->bytes) {
		snprintf(text, sizeof(text), "it has %llu bytes, not %lld",
			 (unsigned long long)bytes, (long long)object->bytes);
		tell(checking, object->id, text, false, false);
	} else if (checking->deep &&
		   !tier_verify(checking->call, object, &failed)) {
		tell(checking, object->id, failed.text, false,
		     is_away(failed.fault));
	}
	return true;
}

/* Files that nobody knows, in the directory that is the store's own. */
static bool stray(void *data, const char *path, int64_t age, struct error *err)
{
	const struct checking *checking = data;
	auto_free char *lost = store_path(checking->call->store, "lost+found");
	auto_free char *to = NULL;
	const char *name = strrchr(path, '/') + 1;
	bool repaired = false;

	(void)age;
	if (!lost)
		return fail_memory(err);
	to = format_text("%s/%s", lost, name);
	if (!to)
		return fail_memory(err);
	if (checking->repair) {
		if (!dir_make(lost, 0700, err))
			return false;
		repaired = rename(path, to) == 0;
	}
	tell(checking, name,
	     repaired ? "no row names this file of the archive: moved to "
			"lost+found" :
			"no row names this file of the archive",
	     repaired, false);
	return true;
}

bool tier_fsck(struct call *call, bool deep, bool repair,
	       void (*found)(void *data, const struct finding *finding),
	       void *data, struct error *err)
{
	struct checking checking = { call, deep, repair, found, data };
	struct db *db = call->store->db;

	return snapshot_tier_faults(db, row_fault, &checking, err) &&
	       archive_object_list(db, check_object, &checking, err) &&
	       archive_strays(call, stray, &checking, err);
}
