/* verify.c - what a layer stands on, whether it is whole, whether two are equal
 *
 * The parent is read from the header here; the rest is qemu-img's judgement,
 * which is what will read the layers for a guest.
 */
#include <string.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/chain/chain-private.h"
#include "images/chain/merge.h"
#include "images/chain/qcow2.h"
#include "images/chain/qemu.h"
#include "images/chain/verify.h"

/* The exit codes of qemu-img that are answers. */
enum { COMPARE_DIFFERENT = 1, CHECK_CORRUPT = 2, CHECK_LEAKS = 3 };

static bool damaged(const char *name, struct error *err)
{
	return fail(err, FAULT_INTERNAL,
		    "%s is damaged: its header names no layer of ours", name);
}

bool layer_parent(const struct chain *chain, const char *name,
		  char ret_parent[LAYER_NAME_SIZE], struct error *err)
{
	struct stat st;
	auto_close int fd = layer_open(chain, name, &st, err);
	uint8_t header[QCOW2_BACKING_SIZE + 4];
	char parent[LAYER_NAME_SIZE] = "";
	enum layer_format format;
	uint64_t offset;
	uint32_t size;

	if (fd < 0)
		return false;
	if (!layer_name_format(name, &format) || format == LAYER_RAW) {
		ret_parent[0] = 0;
		return true;
	}
	if (pread(fd, header, sizeof(header), 0) != sizeof(header) ||
	    get32(header) != QCOW2_MAGIC)
		return damaged(name, err);
	offset = get64(header + QCOW2_BACKING_OFFSET);
	size = get32(header + QCOW2_BACKING_SIZE);
	if (offset == 0)
		size = 0;
	if (size >= sizeof(parent) || offset > INT32_MAX ||
	    pread(fd, parent, size, (off_t)offset) != (ssize_t)size)
		return damaged(name, err);
	if (offset && !layer_name_format(parent, &format))
		return damaged(name, err);
	memcpy(ret_parent, parent, sizeof(parent));
	return true;
}

bool file_check(const struct chain *chain, const char *file,
		enum layer_health *ret_health, struct error *err)
{
	auto_free char *node = qemu_file_node(chain, file, LAYER_QCOW2);
	const char *const argv[] = { "qemu-img",     "check", "-q",
				     "--image-opts", node,    NULL };
	int code = 0;

	if (!node)
		return fail_memory(err);
	if (!qemu_img(argv, file, 1 << CHECK_CORRUPT | 1 << CHECK_LEAKS, &code,
		      err))
		return false;
	*ret_health = code == CHECK_CORRUPT ? LAYER_CORRUPT :
		      code == CHECK_LEAKS   ? LAYER_LEAKS :
					      LAYER_SOUND;
	return true;
}

bool layer_check(const struct chain *chain, const struct layer_ref *layer,
		 enum layer_health *ret_health, struct error *err)
{
	struct stat st;
	auto_close int fd = layer_open(chain, layer->name, &st, err);

	if (fd < 0)
		return false;
	if (layer->format == LAYER_QCOW2)
		return file_check(chain, layer->name, ret_health, err);
	*ret_health = LAYER_SOUND;
	return true;
}

static bool compare(const char *left, const char *right, const char *layer,
		    bool *ret_equal, struct error *err)
{
	const char *const argv[] = {
		"qemu-img", "compare", "-q", "--image-opts", left, right, NULL
	};
	int code = 0;

	if (!left || !right)
		return fail_memory(err);
	if (!qemu_img(argv, layer, 1 << COMPARE_DIFFERENT, &code, err))
		return false;
	*ret_equal = code == 0;
	return true;
}

bool file_equals(const struct chain *chain, const char *file,
		 const struct layer_ref *layer, bool *ret_equal,
		 struct error *err)
{
	auto_free char *left = qemu_file_node(chain, file, LAYER_QCOW2);
	auto_free char *right = qemu_node(chain, layer);

	return compare(left, right, layer->name, ret_equal, err);
}

bool layers_equal(const struct chain *chain, const struct layer_ref *left,
		  const struct layer_ref *right, bool *ret_equal,
		  struct error *err)
{
	auto_free char *one = qemu_node(chain, left);
	auto_free char *other = qemu_node(chain, right);

	if (!layer_name_check(left->name, err) ||
	    !layer_name_check(right->name, err))
		return false;
	return compare(one, other, left->name, ret_equal, err);
}
