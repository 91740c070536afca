/* arena.c - blocks of memory in a list, each bigger than the last */
#include "images/base/arena.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BLOCK 4096
#define LARGEST_BLOCK (1024 * 1024)

struct block {
	struct block *next;
	size_t room;
	size_t used;
	max_align_t data[];
};

struct arena {
	struct block *blocks; /* the newest first */
	bool secret;	      /* there is something in it to be overwritten */
};

struct arena *arena_new(void)
{
	return calloc(1, sizeof(struct arena));
}

void arena_free(struct arena *arena)
{
	while (arena && arena->blocks) {
		struct block *block = arena->blocks;

		arena->blocks = block->next;
		if (arena->secret)
			explicit_bzero(block->data, block->used);
		free(block);
	}
	free(arena);
}

/* Adds a block that holds at least `size` bytes. */
static struct block *arena_grow(struct arena *arena, size_t size)
{
	size_t room = FIRST_BLOCK;
	struct block *block;

	if (arena->blocks)
		room = arena->blocks->room * 2;
	if (room > LARGEST_BLOCK)
		room = LARGEST_BLOCK;
	if (room < size)
		room = size;
	block = malloc(sizeof(*block) + room);
	if (!block)
		return NULL;
	*block = (struct block){ .next = arena->blocks, .room = room };
	arena->blocks = block;
	return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	size_t unit = _Alignof(max_align_t);
	struct block *block = arena->blocks;
	void *data;

	size = (size + unit - 1) / unit * unit;
	if (!block || block->room - block->used < size)
		block = arena_grow(arena, size);
	if (!block)
		return NULL;
	data = (char *)block->data + block->used;
	block->used += size;
	return memset(data, 0, size);
}

void *arena_secret(struct arena *arena, size_t size)
{
	arena->secret = true;
	return arena_alloc(arena, size);
}

char *arena_str(struct arena *arena, const char *text)
{
	size_t size = text ? strlen(text) + 1 : 0;
	char *copy = text ? arena_alloc(arena, size) : NULL;

	return copy ? memcpy(copy, text, size) : NULL;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
	va_list args, again;
	char *text = NULL;
	int size;

	va_start(args, format);
	va_copy(again, args);
	size = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (size >= 0)
		text = arena_alloc(arena, (size_t)size + 1);
	if (text)
		vsnprintf(text, (size_t)size + 1, format, args);
	va_end(args);
	return text;
}

void *arena_more(struct arena *arena, void *items, size_t count, size_t size)
{
	void *more;

	/* full at 0, 4, 8, 16, … */
	if (count && (count < 4 || (count & (count - 1))))
		return items;
	more = arena_alloc(arena, (count ? 2 * count : 4) * size);
	if (more && count)
		memcpy(more, items, count * size);
	return more;
}
