/* worker.c - the threads that do the work, each with a store of its own */
#include "launcher/http/worker.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "images/base/log.h"
#include "images/store.h"
#include "launcher/http/front.h"
#include "launcher/http/stream-private.h"
#include "launcher/instance/job.h"

struct workers {
	const struct serve *serve;
	struct keep *keep;
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct request *first, **last;
	size_t waiting, working;
	bool stopping;
	size_t count;
	pthread_t threads[WORKERS_MOST];
};

static struct request *next(struct workers *workers)
{
	struct request *request;

	pthread_mutex_lock(&workers->lock);
	while (!workers->first && !workers->stopping)
		pthread_cond_wait(&workers->more, &workers->lock);
	request = workers->first;
	if (request) {
		workers->first = request->next;
		if (!workers->first)
			workers->last = &workers->first;
		workers->waiting--;
		workers->working++;
	}
	pthread_mutex_unlock(&workers->lock);
	return request;
}

/* Answers a request; the answer is on its way when it returns. */
static void answer(const struct serve *serve, struct store *store,
		   struct request *request)
{
	struct exchange *exchange = &request->exchange;

	exchange->store = store;
	exchange->serve = serve;
	exchange->stream = request->stream = stream_new(request);
	if (!exchange->stream)
		request_refuse(request, 503, "Unavailable",
			       "There is no memory for the request now.",
			       false);
	else
		front(exchange);
	if (exchange->streamed) {
		stream_end(exchange->stream);
		return;
	}
	if (!request->response)
		request_respond(request, false);
	request->state = REQUEST_ANSWERED;
	mhd.resume_connection(request->connection);
}

static void turn_away(struct request *request, const struct error *err)
{
	log_warning("%s", err->text);
	request_refuse(request, 503, "Unavailable",
		       "The store cannot be opened now.", false);
	request->state = REQUEST_ANSWERED;
	mhd.resume_connection(request->connection);
}

/* Jobs that a request left behind begin; housekeeping would find them, too. */
static void run_jobs(struct store *store, const struct exchange *exchange)
{
	struct call call = { .store = store,
			     .action = exchange->action,
			     .now = clock_now() };
	struct error err = { 0 };

	if (!exchange->action || !exchange->account[0])
		return;
	memcpy(call.account, exchange->account, sizeof(call.account));
	if (!job_spawn(&call, &err))
		log_warning("%s", err.text);
}

/* What a request leaves behind for others is theirs from now on. A store that
 * failed is opened anew for the next. */
static void tidy(struct workers *workers, struct store **store,
		 const struct exchange *exchange)
{
	bool began = journal_let_go((*store)->journal);

	if (journal_left_job((*store)->journal))
		run_jobs(*store, exchange);
	if (began && exchange->status >= 400)
		keep_soon(workers->keep);
	if (exchange->status >= 500) {
		store_close(*store);
		*store = NULL;
	}
}

static void *work(void *data)
{
	struct workers *workers = data;
	const struct serve *serve = workers->serve;
	auto_of(store) store = NULL;
	struct request *request;

	while ((request = next(workers))) {
		struct error err = { 0 };

		if (!store &&
		    !store_open(serve->store, serve->region, &store, &err)) {
			turn_away(request, &err);
		} else {
			answer(serve, store, request);
			tidy(workers, &store, &request->exchange);
		}
		request_release(request);
		pthread_mutex_lock(&workers->lock);
		workers->working--;
		pthread_mutex_unlock(&workers->lock);
	}
	return NULL;
}

bool workers_start(const struct serve *serve, struct keep *keep,
		   struct workers **ret_workers, struct error *err)
{
	struct workers *workers = calloc(1, sizeof(*workers));
	size_t count = serve->workers ? serve->workers : WORKERS_USUAL;

	if (!workers)
		return fail_memory(err);
	workers->serve = serve;
	workers->keep = keep;
	workers->last = &workers->first;
	pthread_mutex_init(&workers->lock, NULL);
	pthread_cond_init(&workers->more, NULL);
	while (workers->count < count && workers->count < WORKERS_MOST &&
	       pthread_create(&workers->threads[workers->count], NULL, work,
			      workers) == 0)
		workers->count++;
	if (workers->count < count) {
		workers_stop(workers);
		return fail(err, FAULT_HOST, "cannot start %zu threads", count);
	}
	*ret_workers = workers;
	return true;
}

bool workers_room(struct workers *workers)
{
	bool room;

	pthread_mutex_lock(&workers->lock);
	room = workers->waiting < WORKERS_QUEUE;
	pthread_mutex_unlock(&workers->lock);
	return room;
}

void workers_put(struct workers *workers, struct request *request)
{
	request->next = NULL;
	pthread_mutex_lock(&workers->lock);
	*workers->last = request;
	workers->last = &request->next;
	workers->waiting++;
	pthread_cond_signal(&workers->more);
	pthread_mutex_unlock(&workers->lock);
}

size_t workers_busy(struct workers *workers)
{
	size_t busy;

	pthread_mutex_lock(&workers->lock);
	busy = workers->waiting + workers->working;
	pthread_mutex_unlock(&workers->lock);
	return busy;
}

void workers_stop(struct workers *workers)
{
	if (!workers)
		return;
	pthread_mutex_lock(&workers->lock);
	workers->stopping = true;
	pthread_cond_broadcast(&workers->more);
	pthread_mutex_unlock(&workers->lock);
	for (size_t i = 0; i < workers->count; i++)
		pthread_join(workers->threads[i], NULL);
	pthread_mutex_destroy(&workers->lock);
	pthread_cond_destroy(&workers->more);
	free(workers);
}
