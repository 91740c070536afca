/* waiter.h - the AWS CLI's waiters: aws ec2 wait instance-running … */
#ifndef QAMI_CLI_WAITER_H
#define QAMI_CLI_WAITER_H

#include <stddef.h>

#include "launcher/action/action.h"

struct waiter;

/* The waiter that `wait NAME` or `ec2 wait NAME` asks for, with the action
 * that it looks with, whose parameters it takes; NULL when it is none. */
const struct waiter *waiter_find(const char *const *words,
				 const struct action **ret_action,
				 size_t *ret_words);

/* What an answer (NULL: there was an error) means: the exit code, or
 * WAITER_AGAIN. A failure is told on stderr. */
#define WAITER_AGAIN (-1)
int waiter_look(const struct waiter *waiter, struct reply *reply,
		const struct error *err);

/* Sleeps until it is worth to look again: false, told on stderr, when that
 * has been done for as long as the AWS CLI does. `start` is the monotonic time
 * of the first look. */
bool waiter_sleep(const struct waiter *waiter, usec_t start);

#endif
