/* arena.c - memory freed at once: zeroed, aligned, never moved */
#include "images/base/arena.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static void test_alloc(struct arena *arena)
{
	static const size_t sizes[] = { 0,    1,    7,	     16,     100,
					4096, 5000, 1 << 20, 3 << 20 };
	unsigned char *all[200];

	for (size_t i = 0; i < 200; i++) {
		size_t size = sizes[i % (sizeof(sizes) / sizeof(sizes[0]))];

		all[i] = arena_alloc(arena, size);
		assert(all[i]);
		assert((uintptr_t)all[i] % _Alignof(max_align_t) == 0);
		for (size_t j = 0; j < size; j++)
			assert(all[i][j] == 0);
		memset(all[i], (int)i, size);
	}
	/* none lies on another */
	for (size_t i = 0; i < 200; i++) {
		size_t size = sizes[i % (sizeof(sizes) / sizeof(sizes[0]))];

		for (size_t j = 0; j < size; j++)
			assert(all[i][j] == (unsigned char)i);
	}
}

static void test_texts(struct arena *arena)
{
	char name[] = "name";
	char *copy = arena_str(arena, name);
	char *text = arena_format(arena, "%s-%0*d", name, 6000, 7);

	name[0] = 'x';
	assert(strcmp(copy, "name") == 0);
	assert(!arena_str(arena, NULL));
	assert(strcmp(arena_str(arena, ""), "") == 0);
	assert(strlen(text) == 6005 && strncmp(text, "name-0", 6) == 0);
	assert(text[6004] == '7');
}

static void test_more(struct arena *arena)
{
	size_t *items = NULL;

	for (size_t i = 0; i < 3000; i++) {
		items = arena_more(arena, items, i, sizeof(*items));
		assert(items);
		items[i] = i * i;
		arena_alloc(arena, i % 40); /* others allocate meanwhile */
	}
	for (size_t i = 0; i < 3000; i++)
		assert(items[i] == i * i);
}

int main(void)
{
	auto_of(arena) arena = arena_new();

	assert(arena);
	test_alloc(arena);
	test_texts(arena);
	test_more(arena);
	arena_free(NULL);
	arena_free(arena_new());
	return 0;
}
