/* import.c - taking a foreign disk in as a frozen layer
 *
 * The header was checked, but the file behind the descriptor may still be its
 * owner's to change. So qemu-img only ever reads an image that is held still:
 * under a lease that no writer can get past unnoticed, or from a private copy;
 * and the header is checked again once it is held.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/chain/chain-private.h"
#include "images/chain/copy.h"
#include "images/chain/empty.h"
#include "images/chain/foreign.h"
#include "images/chain/hold.h"
#include "images/chain/qemuimg.h"
#include "images/chain/table.h"

bool copy_private(struct chain *chain, int fd, uint64_t size, int *ret_copy,
		  struct error *err)
{
	auto_draft draft = DRAFT_INIT;
	char name[LAYER_NAME_SIZE];

	layer_name_new(LAYER_QCOW2, name);
	if (!draft_open(chain, name, &draft, err))
		return false;
	if (unlinkat(chain->fd, draft.name, 0) != 0)
		return fail_errno(err, "cannot remove %s", draft.name);
	draft.name[0] = 0;
	if (!copy_disk(fd, draft.fd, size, NULL, NULL, err))
		return false;
	*ret_copy = take_fd(draft.fd);
	return true;
}

/* A small file may hide a large disk: better to say so before it has filled
 * what everybody writes to. */
static bool check_room(const struct chain *chain, uint64_t bytes,
		       struct error *err)
{
	struct statvfs fs;
	uint64_t room;

	if (fstatvfs(chain->fd, &fs) != 0)
		return fail_errno(err, "cannot look at %s", chain->path);
	room = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (bytes <= room)
		return true;
	return fail(err, FAULT_VOLUME_CAPACITY,
		    "the image may take %" PRIu64 " bytes, and %" PRIu64
		    " are free",
		    bytes, room);
}

/* Header and tables, now that nobody can change them. */
static bool check_again(int fd, const struct disk_header *header,
			uint64_t *ret_bytes, struct error *err)
{
	const uint64_t most = header->virtual_size;
	struct disk_header again;
	bool ok;

	if (strcmp(header->driver, "vmdk") == 0)
		ok = vmdk_read(fd, most, &again, ret_bytes, err);
	else if (strcmp(header->driver, "vpc") == 0)
		ok = vhd_read(fd, most, &again, ret_bytes, err);
	else
		ok = disk_header_read(fd, "qcow2", most, &again, err) &&
		     tables_check(fd, &again, ret_bytes, err);
	return ok && ((again.virtual_size == most &&
		       strcmp(again.driver, header->driver) == 0) ||
		      fail(err, FAULT_IMPORT_FORMAT,
			   "the image changed after it was checked"));
}

/* A conversion. */
struct intake {
	const struct draft *draft;
	const struct disk_header *header;
	const struct layer_secret *secret; /* NULL: into a plain layer */
	progress_fn progress;
	void *data;
};

/* Writes what the image shows into the draft. */
static bool write_layer(const struct intake *intake, int fd, struct error *err)
{
	return empty_write(intake->draft->fd, NULL,
			   intake->header->virtual_size, false, intake->secret,
			   err) &&
	       qemuimg_convert(fd, intake->draft->fd, intake->header,
			       intake->secret, intake->progress, intake->data,
			       err);
}

/* Converts an image that nobody can change. */
static bool convert(const struct intake *intake, int fd, struct error *err)
{
	uint64_t bytes;

	return check_again(fd, intake->header, &bytes, err) &&
	       check_room(intake->draft->chain, bytes, err) &&
	       write_layer(intake, fd, err);
}

static bool import_copy(const struct intake *intake, struct chain *chain,
			int fd, struct error *err)
{
	auto_close int copy = -1;

	if (intake->secret)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "the image cannot be held still while it is read, "
			    "which needs a file of the store's owner; a copy "
			    "of it, which would do as well, would be in clear");
	return copy_private(chain, fd, intake->header->file_size, &copy, err) &&
	       convert(intake, copy, err);
}

static bool import_held(const struct intake *intake, struct chain *chain,
			int fd, struct error *err)
{
	enum hold_state state = hold_still(fd);
	bool done, kept;

	if (state == HOLD_KEPT) {
		done = convert(intake, fd, err);
		kept = hold_end(fd);
		if (done && !kept)
			return fail(err, FAULT_IMPORT_FORMAT,
				    "the image was written to while it was "
				    "read");
		return done;
	}
	if (state == HOLD_WRITTEN &&
	    (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "the image is open for writing in a process");
	return import_copy(intake, chain, fd, err);
}

/* As the file is: without holes, zeros or what somebody changes meanwhile. */
static bool import_raw(const struct intake *intake, int fd, struct error *err)
{
	const struct disk_header *header = intake->header;
	int target = intake->draft->fd;
	struct stat st;

	if (!intake->secret)
		return copy_disk(fd, target, header->file_size,
				 intake->progress, intake->data, err) &&
		       (ftruncate(target, (off_t)header->virtual_size) == 0 ||
			fail_errno(err, "cannot write the layer"));
	if (!write_layer(intake, fd, err))
		return false;
	if (fstat(fd, &st) != 0)
		return fail_errno(err, "cannot look at the image");
	return (uint64_t)st.st_size >= header->file_size ||
	       fail(err, FAULT_IMPORT_FORMAT,
		    "the image became shorter while it was read");
}

static bool import_layer(struct chain *chain, const char *name, int fd,
			 struct intake intake, struct error *err)
{
	auto_draft draft = DRAFT_INIT;
	const struct disk_header *header = intake.header;

	intake.draft = &draft;
	if (!draft_open(chain, name, &draft, err))
		return false;
	if (!(strcmp(header->driver, "raw") == 0 ?
		      import_raw(&intake, fd, err) :
		      import_held(&intake, chain, fd, err)))
		return false;
	if (intake.progress)
		intake.progress(intake.data, header->virtual_size,
				header->virtual_size);
	return draft_publish(&draft, FROZEN_MODE, err);
}

/* Whether a layer of that format may have the name. */
static bool check_format(const char *name, enum layer_format wanted,
			 struct error *err)
{
	enum layer_format format;

	if (!layer_name_check(name, err))
		return false;
	return (layer_name_format(name, &format) && format == wanted) ||
	       fail(err, FAULT_INTERNAL, "%s is the name of no %s", name,
		    layer_format_name(wanted));
}

bool layer_import(struct chain *chain, const char *name, int fd,
		  const struct disk_header *header, progress_fn progress,
		  void *data, struct error *err)
{
	const struct intake intake = {
		.header = header,
		.progress = progress,
		.data = data,
	};

	return check_format(name, header->format, err) &&
	       import_layer(chain, name, fd, intake, err);
}

bool layer_import_encrypted(struct chain *chain, const char *name, int fd,
			    const struct disk_header *header,
			    const struct layer_secret *secret,
			    progress_fn progress, void *data, struct error *err)
{
	const struct intake intake = {
		.header = header,
		.secret = secret,
		.progress = progress,
		.data = data,
	};

	if (!secret->text[0])
		return fail(err, FAULT_INTERNAL, "%s is to have a key", name);
	return check_format(name, LAYER_QCOW2, err) &&
	       import_layer(chain, name, fd, intake, err);
}
