/* credit.h - the credits of fast snapshot restore: how many volumes at once
 *
 * A bucket has room for 1024 / GiB credits, at least one and at most ten, and
 * fills at that rate an hour, which may be less than one (ec2-contract 3.4). A
 * volume uses one. To be exact at any size, credits are counted in parts: a
 * whole one is as many as the snapshot has GiB, times the microseconds of an
 * hour. Pure.
 */
#ifndef QAMI_IMAGES_CREDIT_H
#define QAMI_IMAGES_CREDIT_H

#include <stdint.h>

#include "images/base/clock.h"

/* Parts of a whole credit, for a snapshot of that many GiB. */
int64_t credit_whole(int64_t size);

/* How many whole ones the bucket has room for. */
int64_t credit_most(int64_t size);

/* The parts at a time that are there when so many were at an earlier one; a
 * clock that went back gives and takes none. */
int64_t credit_fill(int64_t size, int64_t parts, usec_t from, usec_t to);

/* How long a snapshot is optimized: 60 minutes a TiB. */
usec_t credit_optimizing(int64_t size);

#endif
