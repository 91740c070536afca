/* limit.c - how large a request's body may be
 *
 * A body arrives before its signature can be verified, so whoever reaches the
 * server can send one. That costs room for as long as it arrives, never more
 * than half of what is free.
 */
#include "launcher/http/limit.h"

#include <pthread.h>
#include <string.h>
#include <sys/statvfs.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t under_way;

/* Whether a request says that it is signed for S3, in either form. */
static bool is_for_objects(const struct exchange *exchange)
{
	const char *header = exchange_header(exchange, "Authorization");
	const char *query = strstr(exchange->query, "X-Amz-Credential=");

	if (header)
		return strncmp(header, "AWS4-HMAC-SHA256 ", 17) == 0 &&
		       strstr(header, "/s3/aws4_request");
	return query && strcasestr(query, "%2Fs3%2Faws4_request");
}

uint64_t limit_body(const struct exchange *exchange)
{
	return strcmp(exchange->method, "PUT") == 0 &&
			       is_for_objects(exchange) ?
		       LIMIT_OBJECT :
		       LIMIT_BODY;
}

bool limit_reserve(const char *store, uint64_t size)
{
	struct statvfs fs;
	bool room;

	if (statvfs(store, &fs) != 0)
		return false;
	pthread_mutex_lock(&lock);
	room = under_way + size <= (uint64_t)fs.f_bavail * fs.f_frsize / 2;
	if (room)
		under_way += size;
	pthread_mutex_unlock(&lock);
	return room;
}

void limit_release(uint64_t size)
{
	pthread_mutex_lock(&lock);
	under_way -= size;
	pthread_mutex_unlock(&lock);
}
