/* transfer-private.h - parts, several at a time */
#ifndef QAMI_BUNDLE_TRANSFER_PRIVATE_H
#define QAMI_BUNDLE_TRANSFER_PRIVATE_H

#include "bundle/transfer.h"

/* What is done to each part of a manifest; `data` is shared by all threads. */
struct crew {
	const struct transfer *transfer;
	const struct manifest *manifest;
	size_t first;	/* index to begin with */
	uint64_t total; /* bytes that the progress goes up to */
	bool (*part)(void *data, const struct manifest_part *part,
		     uint64_t *ret_size, struct error *err);
	void *data;
};

/* Does it to all parts; the first failure, or the transfer's cancel, ends it.
 * *ret_size, which may be NULL, is what the parts' sizes come to. */
bool crew_run(const struct crew *crew, uint64_t *ret_size, struct error *err)
	must_check;

/* The key of a bundle's file, under the transfer's prefix; caller frees; NULL
 * when memory ran out. */
char *transfer_key(const struct transfer *transfer, const char *name);

/* Fetches a bundle's manifest into an unnamed file and reads it. */
bool transfer_manifest(const struct transfer *transfer, const char *name,
		       const char *scratch, struct arena *arena, int *ret_fd,
		       struct manifest *ret_manifest, struct error *err)
	must_check;

#endif
