/* packer.c - zstd, block by block
 *
 * Each block is packed alone, into no more than it has itself, and unpacked
 * into exactly its room: whatever a frame says of its size and window, no more
 * than a block's bytes ever come of it.
 */
#include "images/base/packer.h"

#include <stdlib.h>
#include <zstd.h>

#include "images/base/library.h"

#define LEVEL 3 /* until another one is asked for */

struct packer {
	ZSTD_CCtx *pack;
	ZSTD_DCtx *unpack;
	int level;
};

/* The calls that are used here: loaded when the first packer is made. */
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
	packer->level = LEVEL;
	*ret_packer = packer;
	return true;
}

void packer_set_level(struct packer *packer, int level)
{
	packer->level = level;
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

size_t packer_pack_into(struct packer *packer, const uint8_t *data, size_t size,
			uint8_t *ret_data, size_t most)
{
	size_t packed = zstd.compressCCtx(packer->pack, ret_data, most, data,
					  size, packer->level);

	return zstd.isError(packed) ? 0 : packed;
}

size_t packer_pack(struct packer *packer, const uint8_t *block, size_t size,
		   uint8_t *ret_data)
{
	return packer_pack_into(packer, block, size, ret_data, size - 1);
}

bool packer_unpack_some(struct packer *packer, const uint8_t *data, size_t size,
			uint8_t *ret_block, size_t most, size_t *ret_size)
{
	size_t got = zstd.decompressDCtx(packer->unpack, ret_block, most, data,
					 size);

	if (zstd.isError(got))
		return false;
	*ret_size = got;
	return true;
}

bool packer_unpack(struct packer *packer, const uint8_t *data, size_t size,
		   uint8_t *ret_block, size_t most)
{
	size_t got;

	return packer_unpack_some(packer, data, size, ret_block, most, &got) &&
	       got == most;
}
