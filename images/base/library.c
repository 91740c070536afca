/* library.c - dlopen() and dlsym() under one lock */
#include "images/base/library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;

static void *pointer(const struct library_call *call)
{
	void *function;

	memcpy(&function, call->to, sizeof(function));
	return function;
}

/* The first pointer is set last: it says that all others are. */
static bool load_locked(const char *name, const struct library_call *calls,
			struct error *err)
{
	void *library, *first = NULL;

	if (pointer(calls))
		return true;
	library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return fail(err, FAULT_HOST, "cannot load %s: %s", name,
			    dlerror());
	for (const struct library_call *call = calls; call->name; call++) {
		void *found = dlsym(library, call->name);

		if (!found)
			return fail(err, FAULT_HOST, "%s has no %s", name,
				    call->name);
		if (call == calls)
			first = found;
		else
			memcpy(call->to, &found, sizeof(found));
	}
	memcpy(calls->to, &first, sizeof(first));
	return true;
}

bool library_load(const char *name, const struct library_call *calls,
		  struct error *err)
{
	bool loaded;

	pthread_mutex_lock(&loading);
	loaded = load_locked(name, calls, err);
	pthread_mutex_unlock(&loading);
	return loaded;
}
