/* farreader.h - the disk of a region, read in any order
 *
 * A disk of far.h is asked by one thread, gives blocks in the order in which
 * they were wanted, and is of no use any more once the way there was cut. Here
 * any thread reads any block: a thread of the reader's own asks the region, and
 * connects anew after a cut. Blocks that have come, or will, are a fixed number
 * of buffers, however large the disk is.
 */
#ifndef QAMI_IMAGES_FARREADER_H
#define QAMI_IMAGES_FARREADER_H

#include "images/far.h"

/* Blocks that are wanted and that nobody waits for: one that is waited for is
 * behind as many on a connection, and no more. */
#define FAR_READER_AHEAD 8

/* Where a disk is. All borrowed, as long as the reader lives. */
struct far_origin {
	/* Opens the region, also again after a cut; called by the reader's own
	 * thread, which shares nothing with others that is not safe for that
	 * (a registry's handle is not). */
	bool (*open)(void *data, struct far **ret_far, struct error *err);
	void *data;
	const char *snapshot, *content; /* as far_ops.open() takes them */
};

struct far_reader;

/* *ret_reader is NULL (and no error) when the snapshot is gone, or its content
 * has another name. Faults are those of the origin's and of far_ops.open(). */
bool far_reader_open(const struct far_origin *origin,
		     struct far_reader **ret_reader, struct error *err)
	must_check;

/* Nobody reads any more. May take as long as the region is waited for. */
void far_reader_close(struct far_reader *reader);
AUTO_DEFINE(far_reader, far_reader_close)

/* In bytes. */
uint64_t far_reader_size(const struct far_reader *reader);

/* Says that a block will be read soon, so that it may be under way already;
 * waits for nothing. Of FAR_READER_AHEAD and more, those that have come give
 * way, oldest first, or else this one is not wanted. */
void far_reader_want(struct far_reader *reader, uint64_t block);

/* Reads a block of the disk, whole, with zeros behind its end, before those
 * that are only wanted. What failed is tried once more over a new connection.
 * FAULT_UNAVAILABLE while there is none to be had, and that of open() where it
 * says another one; FAULT_SNAPSHOT_NOT_FOUND when what was read is not there
 * any more. All others are damage, of this block. A later call may be luckier
 * with any of them. */
bool far_reader_read(struct far_reader *reader, uint64_t block,
		     uint8_t *ret_data, struct error *err) must_check;

/* Calls a function with the disk, of which nothing is under way then; what it
 * fails with this fails with. When that is FAULT_UNAVAILABLE it is called once
 * more, over a new connection. It must not keep the disk. */
bool far_reader_ask(struct far_reader *reader,
		    bool (*question)(void *data, struct far_disk *disk,
				     struct error *err),
		    void *data, struct error *err) must_check;

#endif
