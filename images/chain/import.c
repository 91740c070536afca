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

/* Converts an image that nobody can change. */
static bool convert(struct draft *draft, int fd,
		    const struct disk_header *header, progress_fn progress,
		    void *data, struct error *err)
{
	uint64_t bytes;

	if (!check_again(fd, header, &bytes, err) ||
	    !check_room(draft->chain, bytes, err))
		return false;
	return empty_write(draft->fd, NULL, header->virtual_size, false, NULL,
			   err) &&
	       qemuimg_convert(fd, draft->fd, header, progress, data, err);
}

static bool import_qcow2(struct draft *draft, struct chain *chain, int fd,
			 const struct disk_header *header, progress_fn progress,
			 void *data, struct error *err)
{
	enum hold_state state = hold_still(fd);
	auto_close int copy = -1;
	bool done, kept;

	if (state == HOLD_KEPT) {
		done = convert(draft, fd, header, progress, data, err);
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
	return copy_private(chain, fd, header->file_size, &copy, err) &&
	       convert(draft, copy, header, progress, data, err);
}

bool layer_import(struct chain *chain, const char *name, int fd,
		  const struct disk_header *header, progress_fn progress,
		  void *data, struct error *err)
{
	auto_draft draft = DRAFT_INIT;
	enum layer_format format;

	if (!layer_name_check(name, err))
		return false;
	if (!layer_name_format(name, &format) || format != header->format)
		return fail(err, FAULT_INTERNAL, "%s is the name of no %s",
			    name, layer_format_name(header->format));
	if (!draft_open(chain, name, &draft, err))
		return false;
	if (format == LAYER_RAW) {
		if (!copy_disk(fd, draft.fd, header->file_size, progress, data,
			       err))
			return false;
		if (ftruncate(draft.fd, (off_t)header->virtual_size) != 0)
			return fail_errno(err, "cannot write %s", name);
	} else if (!import_qcow2(&draft, chain, fd, header, progress, data,
				 err)) {
		return false;
	}
	if (progress)
		progress(data, header->virtual_size, header->virtual_size);
	return draft_publish(&draft, FROZEN_MODE, err);
}
