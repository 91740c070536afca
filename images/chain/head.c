/* head.c - what the header of a layer of ours says
 *
 * Read here and not by QEMU's tools, before they open anything: what a layer
 * stands on and whether it is encrypted decides what they are told.
 */
#include "images/chain/head.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/chain/chain-private.h"
#include "images/chain/merge.h"
#include "images/chain/qcow2.h"

static bool damaged(const char *name, struct error *err)
{
	return fail(err, FAULT_INTERNAL,
		    "%s is damaged: its header names no layer of ours", name);
}

bool head_read(const struct chain *chain, const char *file,
	       struct head *ret_head, struct error *err)
{
	auto_close int fd = filling_head(chain->fd, file);
	uint8_t header[QCOW2_CRYPT + 4];
	struct head head = { .parent = "" };
	enum layer_format format;
	uint64_t offset;
	uint32_t size, crypt;

	if (fd < 0)
		return fail_errno(err, "cannot open %s", file);
	if (pread(fd, header, sizeof(header), 0) != sizeof(header) ||
	    get32(header) != QCOW2_MAGIC)
		return damaged(file, err);
	offset = get64(header + QCOW2_BACKING_OFFSET);
	size = offset ? get32(header + QCOW2_BACKING_SIZE) : 0;
	crypt = get32(header + QCOW2_CRYPT);
	if (size >= sizeof(head.parent) || offset > INT32_MAX ||
	    (crypt != QCOW2_CRYPT_NONE && crypt != QCOW2_CRYPT_LUKS) ||
	    pread(fd, head.parent, size, (off_t)offset) != (ssize_t)size)
		return damaged(file, err);
	if (offset && !layer_name_format(head.parent, &format))
		return damaged(file, err);
	head.encrypted = crypt == QCOW2_CRYPT_LUKS;
	*ret_head = head;
	return true;
}

bool layer_parent(const struct chain *chain, const char *name,
		  char ret_parent[LAYER_NAME_SIZE], struct error *err)
{
	enum layer_format format;
	struct head head = { .parent = "" };
	struct stat st;
	auto_close int fd = layer_open(chain, name, &st, err);

	if (fd < 0)
		return false;
	if (layer_name_format(name, &format) && format == LAYER_QCOW2 &&
	    !head_read(chain, name, &head, err))
		return false;
	memcpy(ret_parent, head.parent, sizeof(head.parent));
	return true;
}

bool layer_encrypted(const struct chain *chain, const char *name,
		     bool *ret_encrypted, struct error *err)
{
	enum layer_format format;
	struct head head = { .parent = "" };

	if (!layer_name_check(name, err))
		return false;
	if (layer_name_format(name, &format) && format == LAYER_QCOW2 &&
	    !head_read(chain, name, &head, err))
		return false;
	*ret_encrypted = head.encrypted;
	return true;
}
