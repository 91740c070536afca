/* notify.h - what systemd is told, and the sockets it hands over
 *
 * Both protocols are a few lines (sd_notify(3), sd_listen_fds(3)), so nothing
 * of systemd's is linked, and others may speak them.
 */
#ifndef QAMI_HTTP_NOTIFY_H
#define QAMI_HTTP_NOTIFY_H

#include <stddef.h>

/* Sends "READY=1" or the like to where NOTIFY_SOCKET says; nothing without. A
 * manager that is not there does not keep anybody from serving. */
void notify(const char *text);

#define NOTIFY_FIRST 3 /* the first descriptor that is handed over */

/* How many descriptors were handed over to this process, from NOTIFY_FIRST on;
 * from now on they are nobody else's: children do not get them, nor the
 * variables that told of them. */
size_t notify_given(void);

#endif
