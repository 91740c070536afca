/* auto.h - clean-up on scope exit, and handing over what must outlive it
 *
 * A variable declared with one of these attributes is released when its scope
 * ends; `return take(p);` empties it first, so that the caller owns the value.
 */
#ifndef QAMI_BASE_AUTO_H
#define QAMI_BASE_AUTO_H

#include <stdlib.h>
#include <unistd.h>

static inline void auto_free_(void *p)
{
	free(*(void **)p);
}

static inline void auto_close_(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* Frees a pointer that malloc() and its kin returned. */
#define auto_free __attribute__((cleanup(auto_free_)))

/* Closes a descriptor; a negative one is none. */
#define auto_close __attribute__((cleanup(auto_close_)))

/* Defines the clean-up of a type whose closer takes `struct name *`. */
#define AUTO_DEFINE(name, closer)                          \
	static inline void auto_##name##_(struct name **p) \
	{                                                  \
		closer(*p);                                \
	}

/* Closes what AUTO_DEFINE(name, …) described: `auto_of(db) db = NULL;` */
#define auto_of(name) __attribute__((cleanup(auto_##name##_))) struct name *

/* Moves a pointer out of an auto variable. */
#define take(p)                            \
	__extension__({                    \
		__typeof__(p) take_ = (p); \
		(p) = NULL;                \
		take_;                     \
	})

/* Moves a descriptor out of an auto variable. */
#define take_fd(fd)               \
	__extension__({           \
		int take_ = (fd); \
		(fd) = -1;        \
		take_;            \
	})

#endif
