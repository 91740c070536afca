/* packer.c - zstd, block by block
 *
 * Each block is packed alone, into no more than it has itself, and unpacked
 * into exactly its room: whatever a frame says of its size and window, no more
 * than a block's bytes ever come of it.
 */
#include <stdlib.h>
#include <zstd.h>

#include "images/base/library.h"
#include "images/parcel/parcel-private.h"

#define LEVEL 3

struct packer {
	ZSTD_CCtx *pack;
	ZSTD_DCtx *unpack;
};

/* The calls that are used here: loaded when the first parcel is. */
#define ZSTD_CALLS(CALL)     \
	CALL(createCCtx)     \
	CALL(freeCCtx)       \
	CALL(compressCCtx)   \
	CALL(createDCtx)     \
	CALL(freeDCtx)       \
	CALL(decompressDCtx) \
	CALL(isError)

static struct {
#define CALL(name) __typeof__(ZSTD_##name) *name;
	ZSTD_CALLS(CALL)
#undef CALL
} zstd;

static bool load(struct error *err)
{
	static const struct library_call calls[] = {
#define CALL(name) { "ZSTD_" #name, &zstd.name },
		ZSTD_CALLS(CALL)
#undef CALL
			{ NULL, NULL },
	};

	return library_load("libzstd.so.1", calls, err);
}

bool packer_open(bool unpack, struct packer **ret_packer, struct error *err)
{
	struct packer *packer;

	if (!load(err))
		return false;
	packer = calloc(1, sizeof(*packer));
	if (packer && unpack)
		packer->unpack = zstd.createDCtx();
	else if (packer)
		packer->pack = zstd.createCCtx();
	if (!packer || (!packer->pack && !packer->unpack)) {
		free(packer);
		return fail_memory(err);
	}
	*ret_packer = packer;
	return true;
}

void packer_free(struct packer *packer)
{
	if (!packer)
		return;
	if (packer->pack)
		zstd.freeCCtx(packer->pack);
	if (packer->unpack)
		zstd.freeDCtx(packer->unpack);
	free(packer);
}

size_t packer_pack(struct packer *packer, const uint8_t *block,
		   uint8_t *ret_data)
{
	size_t size = zstd.compressCCtx(packer->pack, ret_data,
					PARCEL_BLOCK - 1, block, PARCEL_BLOCK,
					LEVEL);

	return zstd.isError(size) ? 0 : size;
}

bool packer_unpack(struct packer *packer, const uint8_t *data, size_t size,
		   uint8_t *ret_block)
{
	return zstd.decompressDCtx(packer->unpack, ret_block, PARCEL_BLOCK,
				   data, size) == PARCEL_BLOCK;
}
