/* server.h - where an S3 server's address and keys are found
 *
 * As the AWS CLI finds them: what the caller says, the environment, then the
 * profile in ~/.aws/credentials and ~/.aws/config. No metadata service, no
 * single sign-on, no process that is run to get them.
 */
#ifndef QAMI_BUNDLE_SERVER_H
#define QAMI_BUNDLE_SERVER_H

#include "bundle/bucket.h"
#include "images/base/arena.h"
#include "images/base/buf.h"

/* Completes `given` (members NULL or 0 where the caller said nothing) from
 * AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID,
 * AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION, AWS_DEFAULT_REGION,
 * then from the files AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE under
 * AWS_PROFILE. Keys come whole from one place. FAULT_AUTH_FAILURE when there
 * are none, FAULT_INVALID_PARAMETER when what is there cannot be used. */
bool bucket_server_environment(const struct bucket_server *given,
			       struct arena *arena,
			       struct bucket_server *ret_server,
			       struct error *err) must_check;

/* Whether a URL, a region and keys are of the right form. */
bool bucket_server_check(const struct bucket_server *server, struct error *err)
	must_check;

/* Reads what bucket_server_write() wrote, into the arena; false when there are
 * no keys in it. */
bool bucket_server_read(const char *text, struct arena *arena,
			struct bucket_server *ret_server) must_check;

/* A server as the "[default]" section of the AWS CLI's files, with its keys:
 * for a file that nobody else may read. */
void bucket_server_write(const struct bucket_server *server, struct buf *text);

/* Reads one section of an INI text ("[name]", "key = value", '#' and ';'
 * begin comments, indented lines are skipped) and calls `each` for its
 * lines. */
void ini_read(const char *text, const char *section,
	      void (*each)(void *data, const char *key, const char *value),
	      void *data);

#endif
