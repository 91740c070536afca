/* mhd.h - libmicrohttpd, loaded when the server starts
 *
 * Only who serves needs it, so it is not linked. Its calls are used as members
 * of `mhd`, which mhd_load() fills in.
 */
#ifndef QAMI_HTTP_MHD_H
#define QAMI_HTTP_MHD_H

#include <microhttpd.h>

#include "images/base/error.h"

#define MHD_CALLS(CALL)                           \
	CALL(start_daemon)                        \
	CALL(stop_daemon)                         \
	CALL(add_connection)                      \
	CALL(suspend_connection)                  \
	CALL(resume_connection)                   \
	CALL(get_connection_info)                 \
	CALL(get_connection_values_n)             \
	CALL(queue_response)                      \
	CALL(create_response_from_buffer)         \
	CALL(create_response_from_callback)       \
	CALL(create_response_from_fd_at_offset64) \
	CALL(add_response_header)                 \
	CALL(destroy_response)

struct mhd {
#define CALL(name) __typeof__(MHD_##name) *name;
	MHD_CALLS(CALL)
#undef CALL
};

extern struct mhd mhd;

bool mhd_load(struct error *err) must_check;

#endif
