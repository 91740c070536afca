/* worker.h - the threads that do the work, each with a store of its own
 *
 * A fixed number of them, which live as long as the server: a program that one
 * starts ends with it. What a request left half done in the journal is given
 * up when it has been answered, for recovery to follow.
 */
#ifndef QAMI_HTTP_WORKER_H
#define QAMI_HTTP_WORKER_H

#include "launcher/http/keep.h"
#include "launcher/http/request.h"
#include "launcher/http/server.h"

#define WORKERS_QUEUE 256 /* requests that wait for one */

struct workers;

/* Starts them. `serve` and `keep` are borrowed; the store is named, and by its
 * absolute path. */
bool workers_start(const struct serve *serve, struct keep *keep,
		   struct workers **ret_workers, struct error *err) must_check;

/* Whether the queue takes one more; only who puts may ask. */
bool workers_room(struct workers *workers);

/* Hands over a request whose connection sleeps: it is answered, woken and let
 * go of. */
void workers_put(struct workers *workers, struct request *request);

/* How many requests wait or are at work. */
size_t workers_busy(struct workers *workers);

/* Ends them; each first finishes what is queued. */
void workers_stop(struct workers *workers);

#endif
