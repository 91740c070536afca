/* sweep.h - how much of a sweep is done
 *
 * `make check` takes a sample of the points at which something is killed, fails
 * or finds no room, of each kind some. QAMI_SWEEP=whole takes all of them, as
 * tests/torture/sweeps.sh does.
 */
#ifndef QAMI_TESTS_SWEEP_H
#define QAMI_TESTS_SWEEP_H

#include <stdlib.h>
#include <string.h>

/* A number for the sample, and one for the whole. */
static inline unsigned sampled(unsigned sample, unsigned whole)
{
	const char *what = getenv("QAMI_SWEEP");

	return what && strcmp(what, "whole") == 0 ? whole : sample;
}

#endif
