/* log.c - a thread's lines go where it was told, by the level that was told */
#include "images/base/log.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static void note(void *data, const char *line)
{
	char *said = data;

	strcat(said, line);
}

static void *other(void *data)
{
	(void)data;
	assert(log_level_get() == LOG_LEVEL_WARNING);
	log_info("nobody hears this");
	return NULL;
}

int main(void)
{
	char said[256] = "";
	pthread_t thread;

	log_level_set(LOG_LEVEL_WARNING);
	log_divert(note, said, LOG_LEVEL_INFO);
	log_warning("one\n%d", 2);
	log_info("three");
	log_debug("four");
	assert(pthread_create(&thread, NULL, other, NULL) == 0);
	assert(pthread_join(thread, NULL) == 0);
	assert(strcmp(said, "qami: one\\x0a2\nqami: three\n") == 0);
	log_divert(NULL, NULL, LOG_LEVEL_DEBUG);
	assert(log_level_get() == LOG_LEVEL_WARNING);
	return 0;
}
