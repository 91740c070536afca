/* arena.h - memory that is freed all at once
 *
 * For what lives exactly as long as one call: rows copied out of the registry,
 * plans, reply trees. Nothing in an arena is freed alone.
 */
#ifndef QAMI_BASE_ARENA_H
#define QAMI_BASE_ARENA_H

#include <stddef.h>

#include "images/base/auto.h"

struct arena;

/* A fresh, empty arena; NULL when memory ran out. */
struct arena *arena_new(void);

/* Frees the arena and everything in it; takes NULL. */
void arena_free(struct arena *arena);
AUTO_DEFINE(arena, arena_free)

/* Zeroed memory, aligned for any type; NULL when memory ran out. */
void *arena_alloc(struct arena *arena, size_t size);

/* The same for what nobody shall find afterwards: the whole arena is
 * overwritten when it is freed. */
void *arena_secret(struct arena *arena, size_t size);

/* A copy of a text; NULL stays NULL, and is the answer when memory ran out. */
char *arena_str(struct arena *arena, const char *text);

/* A text made from a format; NULL when memory ran out. */
char *arena_format(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* An array with room for one element more than its `count` of `size` bytes:
 * the same one, or a bigger copy. Start with NULL and 0. NULL when memory ran
 * out. */
void *arena_more(struct arena *arena, void *items, size_t count, size_t size);

#endif
