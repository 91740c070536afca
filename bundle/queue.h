/* queue.h - a few buffers that go from one thread to another
 *
 * One producer, one consumer. Either may stop it, which the other sees at its
 * next call; who stopped has an error to tell, the other has none.
 */
#ifndef QAMI_BUNDLE_QUEUE_H
#define QAMI_BUNDLE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "images/base/auto.h"

struct queue;

/* A queue of buffers of `size` bytes; NULL when memory ran out. */
struct queue *queue_new(size_t size);
void queue_free(struct queue *queue);
AUTO_DEFINE(queue, queue_free)

/* The producer's: waits for an empty buffer, NULL when the queue was stopped;
 * hands over its first `size` bytes (none: keeps the buffer); says that these
 * were all. */
uint8_t *queue_room(struct queue *queue);
void queue_put(struct queue *queue, size_t size);
void queue_end(struct queue *queue);

/* The consumer's: waits for the next buffer, and gives back the one before;
 * NULL behind the last, with *ret_size 0, or when the queue was stopped, with
 * *ret_size 1. */
const uint8_t *queue_next(struct queue *queue, size_t *ret_size);

/* Anybody's, any number of times. */
void queue_stop(struct queue *queue);

#endif
