/* watch.h - following the machines of a store, as a process that stays can
 *
 * The end of a machine's process is noticed at once. A guest of the embedded
 * driver that powers off leaves its process behind, paused, and is found by
 * asking, about once a second.
 */
#ifndef QAMI_INSTANCE_WATCH_H
#define QAMI_INSTANCE_WATCH_H

#include "images/base/auto.h"
#include "images/call.h"

struct watch;
bool watch_open(struct watch **ret_watch, struct error *err) must_check;
void watch_close(struct watch *watch);
AUTO_DEFINE(watch, watch_close)

/* Has the rows of all accounts' instances follow their machines, and notes the
 * processes that there are now. With `news` of a daemon's machines these are
 * asked, too. */
bool watch_look(struct watch *watch, struct call *call, bool news,
		struct error *err) must_check;

/* Waits until it is time for another look: a machine has ended, a moment has
 * passed, which is longer where there are many to ask, or there is something to
 * read at `fd`. */
void watch_wait(struct watch *watch, int fd);

#endif
