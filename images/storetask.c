/* storetask.c - an image goes to an object of a bucket
 *
 * It is packed whole into tasks/<id>/object first: what a bucket is given must
 * be a file, and what is packed need not be packed again when whoever stores it
 * dies. What is packed is small: a disk's blocks without zeros, compressed.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "images/base/file.h"
#include "images/base/log.h"
#include "images/base/sigv4.h"
#include "images/bundle.h"
#include "images/imagetask-private.h"
#include "images/parcel/parcel.h"
#include "images/stored.h"
#include "images/tags.h"

#define PACKED_PERCENT 80
#define OBJECT_TAGS_MOST 10 /* S3's */

static bool get_image(struct call *call, const char *id, struct arena *arena,
		      struct image *ret_image, struct error *err)
{
	if (!image_own(call, id, arena, ret_image, err))
		return false;
	return strcmp(ret_image->state, "available") == 0 ||
	       fail(err, FAULT_IMAGE_UNAVAILABLE,
		    "The image ID '%s' is %s: only an available one can be "
		    "stored",
		    id, ret_image->state);
}

static bool check_tags(const struct store_request *request, struct error *err)
{
	if (request->tag_count > OBJECT_TAGS_MOST)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "An object has at most %d tags", OBJECT_TAGS_MOST);
	for (size_t i = 0; i < request->tag_count; i++)
		if (!tags_check(request->tags[i].key, request->tags[i].value,
				err))
			return false;
	return true;
}

/* Everything that can be refused before a block is read. */
static bool check(struct call *call, const struct store_request *request,
		  struct location *ret_location, struct arena *arena,
		  struct error *err)
{
	auto_free char *text = NULL;
	const char *const *snapshots;
	struct image image;
	unsigned count;

	if (!get_image(call, request->image, arena, &image, err) ||
	    !stored_write(call, &image, arena, &text, &snapshots, &count,
			  err) ||
	    !check_tags(request, err) ||
	    !location_split(request->bucket, arena, ret_location, err))
		return false;
	return !*ret_location->key ||
	       fail(err, FAULT_INVALID_PARAMETER,
		    "'%.100s' is no bucket's name", request->bucket);
}

bool storetask_begin(struct call *call, const struct store_request *request,
		     char ret_key[ID_SIZE + 4], struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_of(bucket) bucket = NULL;
	struct image_task task = { .kind = "store",
				   .image = request->image,
				   .bucket = request->bucket,
				   .key = ret_key };
	struct location location;
	char id[ID_SIZE];
	json_t *asked;
	bool ok;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!check(call, request, &location, arena, err) ||
	    !call_dry_run(call, err) ||
	    !bucket_find(call, &location, true, &bucket, err))
		return false;
	id_new("store-ami", id);
	task.id = id;
	snprintf(ret_key, ID_SIZE + 4, "%s.bin", request->image);
	asked = json_pack("{s:o}", "tags",
			  imagetask_pairs(request->tags, request->tag_count));
	if (!asked)
		return fail_memory(err);
	ok = tx_begin(&tx, call->store->db, err) &&
	     check(call, request, &location, arena, err) &&
	     imagetask_insert(call, &task, asked, err) && tx_commit(&tx, err);
	json_decref(asked);
	return ok;
}

/* Adds a snapshot as the next disk. */
static bool pack_disk(struct task_work *work, struct parcel_writer *writer,
		      const char *snapshot, struct error *err)
{
	const struct parcel_watch watch = { .cancel = &work->cancel,
					    .progress = imagetask_progress,
					    .data = work };
	struct error late = { 0 };
	struct bundle_source source;
	bool ok;

	if (!bundle_source_open(work->call, snapshot, &source, err))
		return false;
	ok = parcel_add(writer, source.source, &watch, err);
	if (!bundle_source_close(work->call, &source, &late))
		log_warning("%s", late.text);
	return ok;
}

static bool pack_all(struct task_work *work, int fd, struct error *err)
{
	auto_of(parcel_writer) writer = NULL;
	auto_free char *text = NULL;
	const char *const *snapshots;
	struct image image;
	unsigned count;

	if (!get_image(work->call, work->task.image, work->arena, &image,
		       err) ||
	    !stored_write(work->call, &image, work->arena, &text, &snapshots,
			  &count, err) ||
	    !parcel_create(fd, text, strlen(text), count, NULL, &writer, err))
		return false;
	for (unsigned i = 0; i < count; i++) {
		imagetask_stretch(work, PACKED_PERCENT * i / count,
				  PACKED_PERCENT * (i + 1) / count);
		if (!pack_disk(work, writer, snapshots[i], err))
			return false;
	}
	return parcel_finish(writer, err);
}

/* Packs the image under a draft's name, and gives it its own when it is
 * durable. */
static bool pack(struct task_work *work, const char *object, struct error *err)
{
	auto_free char *draft = format_text("%s/draft", work->dir);
	auto_close int fd = -1;

	if (!draft)
		return fail_memory(err);
	fd = open(draft, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		  0600);
	if (fd < 0)
		return fail_errno(err, "cannot make %s", draft);
	if (!pack_all(work, fd, err))
		return false;
	if (fsync(fd) != 0 || rename(draft, object) != 0)
		return fail_errno(err, "cannot write %s", object);
	return dir_sync(work->dir, err);
}

/* The tags as S3 has them in a header: like the query of a URL. */
static bool write_tags(struct task_work *work, struct buf *ret_text,
		       struct error *err)
{
	const struct pair *tags;
	size_t count;

	if (!imagetask_read_pairs(json_object_get(work->request, "tags"),
				  work->arena, &tags, &count, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (i)
			buf_char(ret_text, '&');
		sigv4_encode(ret_text, tags[i].key, false);
		buf_char(ret_text, '=');
		sigv4_encode(ret_text, tags[i].value, false);
	}
	return !ret_text->broken || fail_memory(err);
}

static bool put(struct task_work *work, const char *object, struct error *err)
{
	auto_close int fd = open(object, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	auto_of(bucket) bucket = NULL;
	auto_buf tags = BUF_INIT;

	if (fd < 0)
		return fail_errno(err, "cannot open %s", object);
	if (!imagetask_fits(work, fd, err))
		return false;
	work->told = 0;
	imagetask_stretch(work, PACKED_PERCENT, 99);
	imagetask_progress(work, 0, 1);
	return write_tags(work, &tags, err) &&
	       imagetask_bucket(work, true, &bucket, err) &&
	       bucket_put_tagged(bucket, work->task.key, fd,
				 tags.size ? tags.data : NULL, err);
}

bool storetask_run(struct task_work *work, struct error *err)
{
	auto_free char *object = format_text("%s/object", work->dir);
	auto_tx tx = TX_INIT;

	if (!object)
		return fail_memory(err);
	if ((access(object, F_OK) != 0 && !pack(work, object, err)) ||
	    !put(work, object, err))
		return false;
	work->ending = true;
	return tx_begin(&tx, work->call->store->db, err) &&
	       imagetask_complete(work, NULL, err) && tx_commit(&tx, err);
}
