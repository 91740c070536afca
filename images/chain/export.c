/* export.c - writing what a layer shows as a file for others */
#include <fcntl.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/chain/chain-private.h"
#include "images/chain/qemu.h"
#include "images/chain/qemuimg.h"

bool layer_export(const struct chain *chain, const struct layer_ref *layer,
		  const char *format, const char *path, progress_fn progress,
		  void *data, struct error *err)
{
	auto_keys keys = KEYS_INIT;
	auto_free char *node =
		qemu_node(chain, layer->name, layer->format, &keys, err);
	auto_close int fd = -1;
	uint64_t size;

	if (!node)
		return false;
	if (keys.count)
		return fail(err, FAULT_UNSUPPORTED,
			    "what is encrypted is not written as a plain file");
	if (!layer_size(chain, layer, &size, err))
		return false;
	/* qemu-img would make it readable for everybody */
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		  0600);
	if (fd < 0)
		return fail_errno(err, "cannot make %s", path);
	return qemuimg_export(node, path, format, size, progress, data, err) ||
	       qemu_blame("qemu-img", layer->name, err);
}
