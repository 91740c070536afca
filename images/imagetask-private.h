/* imagetask-private.h - what the kinds of tasks share */
#ifndef QAMI_IMAGES_IMAGETASK_PRIVATE_H
#define QAMI_IMAGES_IMAGETASK_PRIVATE_H

#include <jansson.h>

#include "images/bucket.h"
#include "images/encrypt.h"
#include "images/imagetask.h"
#include "images/registry/layer.h"

/* A task under way. */
struct task_work {
	struct call *call;
	const struct op *op;
	struct arena *arena;
	struct image_task task;
	json_t *request; /* owned; what the row has as text */
	char *dir;	 /* owned; tasks/<id>, there while it is at work */
	const char *const *layers; /* that this round has chosen names for */
	size_t layer_count;
	const char **disk_keys; /* theirs; NULLs: they are plain */
	const char *kms_key;	/* under which; NULL: they are plain */
	bool cancel;		/* somebody has cancelled it */
	bool ending;  /* what fails now is tried again, not given up */
	int from, to; /* the percents of what is being done */
	usec_t told;
};

/* The rows of a task and its job, within the caller's transaction. `request`
 * may be NULL: then it is {}. */
bool imagetask_insert(struct call *call, struct image_task *task,
		      const json_t *request, struct error *err) must_check;

/* The same of a task whose work the caller begins himself, with the operation,
 * whose texts are in the arena, when he has committed: what he does not come to
 * do others will. */
bool imagetask_begin(struct call *call, struct image_task *task,
		     const json_t *request, struct arena *arena,
		     struct op *ret_op, struct error *err) must_check;
bool imagetask_now(struct call *call, const struct op *op, struct error *err)
	must_check;

/* Within the caller's transaction: with a client token that was used before,
 * `id` becomes that of the task which was begun then, and *ret_fresh is
 * false. */
bool imagetask_once(struct call *call, char id[ID_SIZE], struct arena *arena,
		    bool *ret_fresh, struct error *err) must_check;

/* Pairs as an object of texts; NULL when memory ran out. */
json_t *imagetask_pairs(const struct pair *pairs, size_t count);

/* Such an object as pairs, borrowed from it, the array in the arena. */
bool imagetask_read_pairs(const json_t *object, struct arena *arena,
			  const struct pair **ret_pairs, size_t *ret_count,
			  struct error *err) must_check;

/* Decides whether what a task makes is encrypted: the ARN of the key under
 * which it will be, in the arena, for the member KMS_KEY of the task's request;
 * NULL: it is plain. Faults: those of encrypt_plan(). */
#define KMS_KEY "kms-key"
bool imagetask_encryption(struct call *call, const struct encryption *wanted,
			  struct arena *arena, const char **ret_key,
			  struct error *err) must_check;

/* Opens the task's bucket. */
bool imagetask_bucket(struct task_work *work, bool make,
		      struct bucket **ret_bucket, struct error *err) must_check;

/* Opens the task's object for reading, of at most `most` bytes. One of a server
 * is fetched into the task's directory, or into memory where what becomes of it
 * is encrypted: FAULT_UNSUPPORTED if it is large. */
bool imagetask_object(struct task_work *work, uint64_t most, int *ret_fd,
		      struct error *err) must_check;

/* What is to be done next is from one percent to another one of the work. */
void imagetask_stretch(struct task_work *work, int from, int to);

/* A progress function: writes down how far that is, now and then, and looks
 * whether somebody has cancelled it. `data` is the work. */
void imagetask_progress(void *data, uint64_t done, uint64_t total);

/* Chooses names for so many layers of a format (work->layers), and disk keys
 * where they are to be encrypted (qcow2 then, in any case), and notes them:
 * what is under these is removed unless the task is completed. */
bool imagetask_layers(struct task_work *work, enum layer_format format,
		      size_t count, struct error *err) must_check;

/* Ends the task as completed, within the caller's transaction: the last thing
 * before it commits. `image`, unless NULL, is what has come to be. */
bool imagetask_complete(struct task_work *work, const char *image,
			struct error *err) must_check;

/* Ends the work, within the caller's transaction, but not the task: what it
 * made is in the hands of who fills it (images/fill.h). */
bool imagetask_handed_over(struct task_work *work, struct error *err)
	must_check;

/* The rows of a layer that is there, and of a snapshot that is its name;
 * within the caller's transaction. The snapshot's owner, state (pending if it
 * `fills`), times and key are filled in. */
bool imagetask_snapshot(struct task_work *work, const struct layer *layer,
			const struct snapshot *snapshot, struct error *err)
	must_check;

/* FAULT_UNSUPPORTED for an encrypted snapshot: a bucket would have its bytes in
 * the clear. */
bool imagetask_plain(const struct snapshot *snapshot, struct error *err)
	must_check;

/* FAULT_UNSUPPORTED for an image that boots a kernel or ramdisk of another
 * image's, which would stay behind. */
bool imagetask_alone(const struct image *image, struct error *err) must_check;

/* FAULT_UNSUPPORTED for a file that is larger than what a server takes in one
 * request, when the task's bucket is on one. */
bool imagetask_fits(const struct task_work *work, int fd, struct error *err)
	must_check;

/* The kinds; each does everything, and ends with imagetask_complete(). */
bool storetask_run(struct task_work *work, struct error *err) must_check;
bool restore_run(struct task_work *work, struct error *err) must_check;
bool exporttask_run(struct task_work *work, struct error *err) must_check;
bool importtask_run(struct task_work *work, struct error *err) must_check;

/* What is to be written when a task came to nothing, in that transaction. */
bool restore_failed(struct task_work *work, struct error *err) must_check;

#endif
