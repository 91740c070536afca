/* record.h - what a guest has asked its metadata service for
 *
 * instances/<id>/metadata.log, which only the store's owner can read, has a
 * line a request:
 *
 *   2026-11-21T01:02:03.000Z GET /latest/meta-data/ 200 Cloud-Init/22.4.2
 *
 * The time, the method, the path as it was sent (neither has blanks), the
 * status, and to the end of the line how the program names itself ("-" if it
 * does not). What was no request is "- -". No answer is ever in it. It begins
 * anew with each process, which is each start of the machine, but goes on on a
 * bridge, where one process is many machines'; and it ends with the last line
 * that fits into RECORD_MOST.
 */
#ifndef QAMI_METADATA_RECORD_H
#define QAMI_METADATA_RECORD_H

#include "images/store.h"
#include "launcher/metadata/request.h"

#define RECORD_MOST (64 << 10)
#define RECORD_NAME "metadata.log"

struct record {
	int fd; /* -1: nothing is noted */
	size_t size;
};

/* Opens an instance's log, emptying it unless it is to go on. One that cannot
 * be opened is left unwritten: the service is worth more. */
void record_open(const struct store *store, const char *instance, bool go_on,
		 struct record *ret_record);
void record_close(struct record *record);

/* Appends a line; `request` NULL: there was none. */
void record_request(struct record *record, const struct request *request,
		    unsigned status, usec_t now);

#endif
