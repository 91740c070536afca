/* queue.c - a ring of buffers under one lock */
#include "bundle/queue.h"

#include <pthread.h>
#include <stdlib.h>

#define COUNT 4

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	size_t first, filled; /* the filled ones, from the first */
	bool held;	      /* the consumer has the first */
	bool ended, stopped;
	size_t sizes[COUNT];
	uint8_t *buffers[COUNT];
};

struct queue *queue_new(size_t size)
{
	struct queue *queue = calloc(1, sizeof(*queue));

	if (!queue)
		return NULL;
	pthread_mutex_init(&queue->lock, NULL);
	pthread_cond_init(&queue->changed, NULL);
	for (size_t i = 0; i < COUNT; i++) {
		queue->buffers[i] = malloc(size);
		if (!queue->buffers[i]) {
			queue_free(queue);
			return NULL;
		}
	}
	return queue;
}

void queue_free(struct queue *queue)
{
	if (!queue)
		return;
	for (size_t i = 0; i < COUNT; i++)
		free(queue->buffers[i]);
	pthread_cond_destroy(&queue->changed);
	pthread_mutex_destroy(&queue->lock);
	free(queue);
}

uint8_t *queue_room(struct queue *queue)
{
	uint8_t *room;

	pthread_mutex_lock(&queue->lock);
	while (!queue->stopped && queue->filled == COUNT)
		pthread_cond_wait(&queue->changed, &queue->lock);
	room = queue->stopped ?
		       NULL :
		       queue->buffers[(queue->first + queue->filled) % COUNT];
	pthread_mutex_unlock(&queue->lock);
	return room;
}

void queue_put(struct queue *queue, size_t size)
{
	if (!size)
		return;
	pthread_mutex_lock(&queue->lock);
	queue->sizes[(queue->first + queue->filled++) % COUNT] = size;
	pthread_cond_signal(&queue->changed);
	pthread_mutex_unlock(&queue->lock);
}

void queue_end(struct queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->ended = true;
	pthread_cond_signal(&queue->changed);
	pthread_mutex_unlock(&queue->lock);
}

const uint8_t *queue_next(struct queue *queue, size_t *ret_size)
{
	const uint8_t *next = NULL;

	pthread_mutex_lock(&queue->lock);
	if (queue->held) {
		queue->first = (queue->first + 1) % COUNT;
		queue->filled--;
		queue->held = false;
		pthread_cond_signal(&queue->changed);
	}
	while (!queue->stopped && !queue->filled && !queue->ended)
		pthread_cond_wait(&queue->changed, &queue->lock);
	if (queue->stopped) {
		*ret_size = 1;
	} else if (!queue->filled) {
		*ret_size = 0;
	} else {
		queue->held = true;
		next = queue->buffers[queue->first];
		*ret_size = queue->sizes[queue->first];
	}
	pthread_mutex_unlock(&queue->lock);
	return next;
}

void queue_stop(struct queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->stopped = true;
	pthread_cond_broadcast(&queue->changed);
	pthread_mutex_unlock(&queue->lock);
}
