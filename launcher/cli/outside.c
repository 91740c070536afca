/* outside.c - ec2-bundle-vol --instance: what the options mean from outside */
#include "bundle/volume.h"
#include "images/base/file.h"
#include "launcher/cli/tool.h"
#include "launcher/instance/rebundle.h"

#define FSTAB_MOST 65536

/* What is done with the disk that was made of an instance's root. */
struct packing {
	const struct pack *pack;
	const char *directory;
};

static bool pack_disk(void *data, int fd, struct error *err)
{
	const struct packing *packing = data;
	struct pack pack = *packing->pack;
	auto_of(source) source = NULL;

	if (!source_open_file(fd, "the new disk", &source, err))
		return false;
	pack.source = source;
	return pack_directory(&pack, packing->directory, err);
}

bool tool_outside(struct call *call, const char *id,
		  const struct volume *volume, const struct pack *pack,
		  struct error *err)
{
	struct packing packing = { pack, volume->directory };
	auto_buf fstab = BUF_INIT;
	struct rebundle request = {
		.instance = id,
		.size = volume->size,
		.table = volume->table,
		.filter = volume->filter,
		.generate_fstab = volume->generate_fstab,
		.use = pack_disk,
		.use_data = &packing,
	};

	if (volume->fstab && !file_read(volume->fstab, FSTAB_MOST, &fstab, err))
		return false;
	if (volume->fstab)
		request.fstab = buf_text(&fstab);
	return rebundle(call, &request, err);
}
