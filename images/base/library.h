/* library.h - shared libraries that are loaded at first use
 *
 * What most commands never need, and what takes longer to link than they take
 * to run, is not linked: its calls are found by their names when somebody
 * wants one.
 */
#ifndef QAMI_BASE_LIBRARY_H
#define QAMI_BASE_LIBRARY_H

#include "images/base/error.h"

struct library_call {
	const char *name; /* NULL ends a table */
	void *to;	  /* address of the function pointer */
};

/* Loads a library ("libnbd.so.0") and fills in all pointers, or none with
 * FAULT_HOST; the second time it does nothing. It stays for the process's life.
 * Safe from several threads. */
bool library_load(const char *name, const struct library_call *calls,
		  struct error *err) must_check;

#endif
