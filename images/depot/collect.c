/* collect.c - removing what nothing names, while others may be about to name it
 *
 * A bucket has no locks. What has to be ruled out is that a publisher finds a
 * block there, and so does not put it, that a collector finds nobody naming it,
 * and removes it, and that the publisher's record then names it. Each puts a
 * mark of his own first and looks for the other's then, so that of two who come
 * at a time at least one sees the other, and goes home:
 *
 *   publisher   puts publishing/P; looks for collecting/; looks which blocks
 *               are there and puts the others, and the list; puts the record;
 *               looks whether publishing/P is still there; removes it
 *   collector   puts collecting/C; looks for publishing/; reads all records and
 *               lists; removes what none names; removes collecting/C
 *
 * Who died leaves a mark. After a day in which nobody has put it anew it holds
 * nobody up any more, whoever it belonged to:
 *
 *   a publisher's is removed by a collector, before he reads a record. Should
 *   its owner have slept all that time, then his record was put either before
 *   it was removed, and is read, or after it, and he finds no mark of his and
 *   takes the record away again. To renew one he puts another, and then must
 *   still find the old one; the collector, when he has removed any, looks once
 *   more, and so sees the other. No clock has to be right for that.
 *
 *   a collector's is passed over by publishers. Should he have slept, he sees
 *   by the time that he has been at it when he wakes, and removes nothing more.
 *   Only what he was about to remove in that instant goes; an S3 server refuses
 *   even that, as a signature is good for 15 minutes. If a block is lost so,
 *   nobody is shown anything wrong: who copies the snapshot is told that the
 *   block is missing, and who publishes it again puts it there.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "images/base/arena.h"
#include "images/base/hex.h"
#include "images/base/id.h"
#include "images/depot/depot-private.h"

#define PUBLISHING "publishing/"
#define COLLECTING "collecting/"

static bool put_mark(struct depot *depot, const char *directory, usec_t now,
		     struct depot_mark *ret_mark, struct error *err)
{
	char uuid[UUID_SIZE];
	uint8_t content[8];

	uuid_random(uuid);
	snprintf(ret_mark->name, sizeof(ret_mark->name), "%s%s", directory,
		 uuid);
	ret_mark->put = now;
	put64(content, (uint64_t)now);
	if (depot_object_put(depot, ret_mark->name, content, sizeof(content),
			     err))
		return true;
	ret_mark->name[0] = 0;
	return false;
}

/* Names of objects, gathered before anything is done about them. */
struct names {
	struct arena *arena;
	const char **names;
	size_t count;
	bool failed;
};

static bool gather(void *data, const char *name, uint64_t size)
{
	struct names *names = data;

	(void)size;
	names->names = arena_more(names->arena, names->names, names->count,
				  sizeof(*names->names));
	if (names->names)
		names->names[names->count] = arena_str(names->arena, name);
	names->failed = !names->names || !names->names[names->count++];
	return !names->failed;
}

static bool gather_all(struct depot *depot, const char *prefix,
		       struct names *names, struct error *err)
{
	if (!names->arena)
		return fail_memory(err);
	return depot->ops->list(depot->data, prefix, gather, names, err) &&
	       (!names->failed || fail_memory(err));
}

/* Whether a mark holds others up; *ret_there is false when it went
 * meanwhile. */
static bool look_at_mark(struct depot *depot, const char *name, usec_t now,
			 usec_t lasts, bool *ret_there, bool *ret_holds,
			 struct error *err)
{
	auto_free uint8_t *content = NULL;
	usec_t put;
	size_t size;

	*ret_there = true;
	if (!depot_object_get(depot, name, 8, &content, &size, err)) {
		if (err->fault != FAULT_KEY_NOT_FOUND)
			return false;
		error_clear(err);
		*ret_there = *ret_holds = false;
		return true;
	}
	if (size != 8 || get64(content) > INT64_MAX)
		return depot_bad(name, "is no mark", err);
	put = (usec_t)get64(content);
	*ret_holds = (put > now ? put - now : now - put) < lasts;
	return true;
}

/* Fails while others' marks are there that hold us up; `remove` takes away the
 * others. */
static bool pass_marks(struct depot *depot, const char *directory,
		       const char *own, usec_t now, usec_t lasts, bool remove,
		       bool *ret_removed, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct names names = { .arena = arena };
	bool there, holds;

	*ret_removed = false;
	if (!gather_all(depot, directory, &names, err))
		return false;
	for (size_t i = 0; i < names.count; i++) {
		if (strcmp(names.names[i], own) == 0)
			continue;
		if (!look_at_mark(depot, names.names[i], now, lasts, &there,
				  &holds, err))
			return false;
		if (holds)
			return fail(err, FAULT_UNAVAILABLE,
				    "somebody %s in this region just now (%s): "
				    "try again when that is over",
				    *directory == 'p' ? "publishes" :
							"collects blocks",
				    names.names[i]);
		if (!there || !remove)
			continue;
		if (!depot->ops->remove(depot->data, names.names[i], err))
			return false;
		*ret_removed = true;
	}
	return true;
}

bool depot_publish_begin(struct depot *depot, usec_t now,
			 struct depot_mark *ret_mark, struct error *err)
{
	struct error late = { 0 };
	bool removed;

	if (!put_mark(depot, PUBLISHING, now, ret_mark, err))
		return false;
	if (pass_marks(depot, COLLECTING, "", now, DEPOT_MARK_LASTS, false,
		       &removed, err))
		return true;
	/* should it stay, it is no more than a mark of somebody who died */
	(void)!depot_publish_end(depot, ret_mark, &late);
	return false;
}

static bool still_there(struct depot *depot, const char *mark,
			struct error *err)
{
	bool there;

	return depot->ops->has(depot->data, mark, &there, err) &&
	       (there || fail(err, FAULT_UNAVAILABLE,
			      "nobody has heard of this publisher for so long "
			      "that blocks may have been collected: begin "
			      "again"));
}

bool depot_publish_renew(struct depot *depot, usec_t now,
			 struct depot_mark *mark, struct error *err)
{
	struct depot_mark fresh;

	if (now - mark->put < DEPOT_MARK_RENEWED && now >= mark->put)
		return true;
	if (!put_mark(depot, PUBLISHING, now, &fresh, err))
		return false;
	if (!still_there(depot, mark->name, err)) {
		struct error late = { 0 };

		(void)!depot_publish_end(depot, &fresh, &late);
		return false;
	}
	if (!depot->ops->remove(depot->data, mark->name, err))
		return false;
	*mark = fresh;
	return true;
}

/* Whether the record that is there names the same list: then no block of it
 * ever was one that nothing named. */
static bool was_published(struct depot *depot, const char *id,
			  const struct depot_record *record, bool *ret_was,
			  struct error *err)
{
	struct depot_record before;

	if (!depot_get_record(depot, id, &before, err)) {
		if (err->fault == FAULT_UNAVAILABLE)
			return false;
		error_clear(err); /* none, or a damaged one */
		*ret_was = false;
		return true;
	}
	free(before.text);
	*ret_was = memcmp(before.list, record->list, DEPOT_DIGEST) == 0;
	return true;
}

bool depot_publish(struct depot *depot, const struct depot_mark *mark,
		   const char *id, const struct depot_record *record,
		   struct error *err)
{
	struct error late = { 0 };
	bool was;

	if (!was_published(depot, id, record, &was, err) ||
	    !depot_put_record(depot, id, record, err))
		return false;
	if (was || still_there(depot, mark->name, err))
		return true;
	/* of two failures the first is told */
	(void)!depot_remove_record(depot, id, &late);
	return false;
}

bool depot_publish_end(struct depot *depot, struct depot_mark *mark,
		       struct error *err)
{
	bool done = !mark->name[0] ||
		    depot->ops->remove(depot->data, mark->name, err);

	mark->name[0] = 0;
	return done;
}

/* A collection under way. */
struct collection {
	struct depot *depot;
	struct depot_set *named; /* the HMACs in names of lists and blocks */
	struct timespec begun;
	usec_t lasts;
	struct depot_collected *collected;
	struct arena *arena; /* what is to be removed … */
	const char **names;
	uint64_t *sizes;
	size_t count;
	bool failed;
};

static bool add_list(struct collection *work,
		     const uint8_t digest[DEPOT_DIGEST], struct error *err)
{
	struct depot_list list;
	uint8_t mac[SHA256_SIZE];
	bool added, ok = true;

	name_of(work->depot, "list", digest, mac);
	if (!set_add(work->named, mac, &added, err))
		return false;
	if (!added)
		return true;
	if (!depot_get_list(work->depot, digest, &list, err))
		return false;
	for (size_t i = 0; i < list.count && ok; i++) {
		name_of(work->depot, "block", list.entries[i].digest, mac);
		ok = set_add(work->named, mac, &added, err);
	}
	depot_list_done(&list);
	return ok;
}

/* What a record names; one that cannot be read ends the collection, as nobody
 * knows what it named. */
static bool add_record(struct collection *work, const char *id,
		       struct error *err)
{
	struct depot_record record;

	if (!depot_get_record(work->depot, id, &record, err)) {
		if (err->fault != FAULT_KEY_NOT_FOUND)
			return false;
		error_clear(err); /* it was removed meanwhile */
		return true;
	}
	free(record.text);
	return add_list(work, record.list, err);
}

static bool add_records(struct collection *work, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct names names = { .arena = arena };

	if (!gather_all(work->depot, "snapshots/", &names, err))
		return false;
	for (size_t i = 0; i < names.count; i++)
		if (!add_record(work, strchr(names.names[i], '/') + 1, err))
			return false;
	return true;
}

static bool note(struct collection *work, const char *name, uint64_t size)
{
	const char **names = arena_more(work->arena, work->names, work->count,
					sizeof(*names));
	uint64_t *sizes = arena_more(work->arena, work->sizes, work->count,
				     sizeof(*sizes));

	work->failed = !names || !sizes;
	if (work->failed)
		return false;
	work->names = names;
	work->sizes = sizes;
	sizes[work->count] = size;
	names[work->count] = arena_str(work->arena, name);
	work->failed = !names[work->count++];
	return !work->failed;
}

/* Objects whose names are no block's or list's are not ours. */
static bool look_at_object(void *data, const char *name, uint64_t size)
{
	static const char lists[] = "lists/";
	struct collection *work = data;
	bool list = strncmp(name, lists, strlen(lists)) == 0;
	const char *digits = name + strlen(lists);
	uint8_t mac[SHA256_SIZE];

	if (list ? strlen(digits) != 2 * SHA256_SIZE || !hex_ok(digits) ||
			    !hex_read(digits, mac, sizeof(mac)) :
		   !block_name_read(name, mac))
		return true;
	if (!set_has(work->named, mac))
		return note(work, name, size);
	work->collected->kept += !list;
	return true;
}

static bool is_late(const struct collection *work)
{
	struct timespec now;

	/* the clock that goes on while the host sleeps */
	clock_gettime(CLOCK_BOOTTIME, &now);
	return (now.tv_sec - work->begun.tv_sec) * USEC_PER_SEC >
	       DEPOT_MARK_LASTS / 2;
}

/* Lists first: whoever dies in between leaves blocks that nothing names, and no
 * list of blocks that are not there. */
static bool remove_unnamed(struct collection *work, struct error *err)
{
	struct depot *depot = work->depot;

	if (!depot->ops->list(depot->data, "lists/", look_at_object, work,
			      err) ||
	    (!work->failed && !depot->ops->list(depot->data, "blocks/",
						look_at_object, work, err)))
		return false;
	if (work->failed)
		return fail_memory(err);
	for (size_t i = 0; i < work->count; i++) {
		bool list = work->names[i][0] == 'l';

		if (is_late(work))
			return fail(err, FAULT_UNAVAILABLE,
				    "collecting took too long: begin again");
		if (!depot->ops->remove(depot->data, work->names[i], err))
			return false;
		work->collected->lists += list;
		work->collected->blocks += !list;
		work->collected->bytes += work->sizes[i];
	}
	return true;
}

static bool collect(struct collection *work, const struct depot_mark *own,
		    usec_t now, struct error *err)
{
	bool other, removed = true;

	while (removed)
		if (!pass_marks(work->depot, COLLECTING, own->name, now,
				work->lasts, true, &other, err) ||
		    !pass_marks(work->depot, PUBLISHING, "", now, work->lasts,
				true, &removed, err))
			return false;
	return add_records(work, err) && remove_unnamed(work, err);
}

bool depot_collect(struct depot *depot, usec_t now, usec_t lasts,
		   struct depot_collected *ret_collected, struct error *err)
{
	auto_of(depot_set) named = NULL;
	auto_of(arena) arena = arena_new();
	struct collection work = {
		.depot = depot,
		.lasts = lasts,
		.collected = ret_collected,
		.arena = arena,
	};
	struct error late = { 0 };
	struct depot_mark own;
	bool done;

	*ret_collected = (struct depot_collected){ 0 };
	if (!arena)
		return fail_memory(err);
	if (!set_new(&named, err) ||
	    !put_mark(depot, COLLECTING, now, &own, err))
		return false;
	clock_gettime(CLOCK_BOOTTIME, &work.begun);
	work.named = named;
	done = collect(&work, &own, now, err);
	/* one that stays is a mark of somebody who died */
	if (!depot->ops->remove(depot->data, own.name, &late) && done)
		return fail(err, late.fault, "%s", late.text);
	return done;
}
