/* local.h - the command line of this host, at the unix socket
 *
 *   POST /qami/describe-images
 *   {"version": "0.1", "params": {"ImageIds": ["ami-1"]},
 *    "region": "us-east-1", "settings": {"QAMI_ACCEL": "tcg"},
 *    "log": 0, "own_key": "ssh-ed25519 …"}
 *
 * Everything but the version may be left out. The answer is lines of JSON, as
 * they come about:
 *
 *   {"stage": "…"}  {"waiting": "…"}  {"progress": [done, total]}
 *   {"say": "…"}  {"log": "…"}
 *
 * and one at the end:
 *
 *   {"reply": {…}, "raw": true, "note": "…", "body": 524288}
 *   {"error": "InvalidAMIID.NotFound", "fault": 27, "text": "…"}
 *   {"refused": "…", "busy": true}
 *
 * A body's bytes follow its line. Refused is what another process may do: the
 * store's owner opens the store then. "Busy" means that it may be asked again.
 */
#ifndef QAMI_HTTP_LOCAL_H
#define QAMI_HTTP_LOCAL_H

#include "launcher/action/action.h"
#include "launcher/http/exchange.h"

/* What of the environment decides how a call is carried out: a request whose
 * settings are others than the server's is refused. NULL ends. */
extern const char *const local_settings[];

/* Whether a row can be run away from its caller's terminal and files, with
 * these parameters. */
bool local_travels(const struct action *action, const struct args *args);

/* Says which local rows there are, and how many workers; called before the
 * first request. What may wait for minutes gets half of the workers, and is
 * refused beyond that. */
void local_verbs(const struct action *(*find)(const char *name),
		 unsigned workers);

/* Answers POST /qami/VERB, as above. */
void local_answer(struct exchange *exchange, const struct caller *caller);

/* Whether a request that names no service looks meant for this door, and the
 * answer to one that is refused before it: front.h. */
bool local_looks(const struct exchange *exchange);
void local_refuse(struct exchange *exchange, const char *service,
		  struct error *err);

#endif
